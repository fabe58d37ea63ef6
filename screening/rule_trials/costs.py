"""What each rule costs per evaluation, measured on the team's own newest payments: the compiled rule alone.

Measured in the background, never while somebody waits; a number to compare rules with, not a promise.
"""

import time
from typing import Final

from ratel.statements import driver_connection
from screening.as_decided import AsDecided, Reader
from screening.rules.compile import Slots, compile_rules
from screening.rules.rule import Rule
from teams.principal import TeamFacts

SAMPLE: Final = 20
_ROUNDS: Final = 5
_NEWEST: Final = (
    "SELECT id FROM screening_evaluation WHERE decided_at >= now() - interval '1 day' AND team_id = %s"
    " AND rescreens_id IS NULL ORDER BY decided_at DESC LIMIT %s"
)
# A team with more rules than this is not measured: it would take a hand for too long.
_MOST_RULES: Final = 500


def measured(team: TeamFacts) -> dict[str, int]:
    """Nanoseconds per evaluation by the rule's id; empty where nothing was decided lately. Call inside `tenant(...)`."""
    rows = driver_connection().execute(_NEWEST, (team.id, SAMPLE)).fetchall()
    decided = list(Reader(team).read([row[0] for row in rows]).values()) if rows else []
    if not decided:
        return {}
    newest = max(decided, key=lambda one: one.evaluation.decided_at)
    rules = newest.configuration.rules
    same = [one for one in decided if one.configuration is newest.configuration]
    return {rule.rule_id: _cost(rule, same) for rule in rules[:_MOST_RULES]}


def _cost(rule: Rule, decided: list[AsDecided]) -> int:
    slots = Slots()
    compiled = compile_rules([rule], slots)
    prepared = []
    for one in decided:
        context = one.context()
        names = one.evaluation.layer("sanctions")
        if names.answered and names.evidence:
            context.facts.update(names.evidence["facts"])
        numbers = [context.aggregates[aggregate] for aggregate in slots.aggregates]
        values = [context.facts.get(name) for name in slots.fields]
        prepared.append((values, numbers, one.evaluation.decided_at))
    rounds = []
    for _ in range(_ROUNDS):
        started = time.perf_counter_ns()
        for values, numbers, now in prepared:
            compiled.run(values, numbers, now)
        rounds.append(time.perf_counter_ns() - started)
    # The quickest: whatever else the processor did in the others is no cost of the rule.
    return min(rounds) // len(prepared)
