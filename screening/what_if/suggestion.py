"""Where true positives would be missed by a few points: which rule they have in common, and what raising it would cost.

Only for sums, where a rule's points are the score's, and only where every missed alert is known by name.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from ratel.statements import driver_connection
from screening.policy import LAYER_NAMES, Policy
from screening.what_if.counting import policy_values, spans_of
from screening.what_if.days import COMBINATIONS
from screening.what_if.judging import JUDGED, POLICY_COLUMNS
from screening.what_if.outcomes import Outcomes, common_rules
from screening.what_if.window import Window
from teams.principal import TeamFacts

_NUMBERS: Final = ", ".join((*LAYER_NAMES, "points", "forces", "hits", "counts"))
_COST: Final = f"""
    WITH p({", ".join(POLICY_COLUMNS)}) AS (SELECT {", ".join(POLICY_COLUMNS)}
        FROM (VALUES {{policies}}) v(number, {", ".join(POLICY_COLUMNS)})),
    g AS (SELECT {_NUMBERS} FROM ({COMBINATIONS}) live
        UNION ALL SELECT u.* FROM screening_whatifday d CROSS JOIN LATERAL unnest(
            {", ".join(f"d.{name}" for name in (*LAYER_NAMES, "points", "forces", "hits", "counts"))}) u
        WHERE d.team_id = %(team)s AND d.day >= %(first)s)
    SELECT c.rule::uuid, COALESCE(sum(g.counts), 0)::bigint FROM unnest(%(rules)s::text[]) c(rule)
    LEFT JOIN (SELECT g.hits, g.counts FROM g CROSS JOIN p {JUDGED}
        WHERE g.forces IS NOT NULL AND o.outcome = 0 AND g.points + %(points)s >= %(review)s) g
        ON position(c.rule IN g.hits) > 0
    GROUP BY 1 ORDER BY 2, 1 LIMIT 1"""  # noqa: S608 - our own names


@dataclass(frozen=True)
class Suggestion:
    """Raising this rule by so many points keeps every missed alert and raises so many more over the window."""

    rule_id: UUID
    code: str
    points: int
    more_alerts: int


def suggest(
    team: TeamFacts, window: Window, counted_days: Sequence[date], draft: Policy, outcomes: Outcomes
) -> Suggestion | None:
    """The cheapest of the rules that every missed alert has; None where there is none. Inside `tenant(...)`."""
    missed = outcomes.examples
    common = common_rules(missed)
    if draft.aggregation != "sum" or not common or len(missed) < outcomes.missed_draft:
        return None
    points = math.ceil(max(draft.review_score - one.score for one in missed))
    if points <= 0:
        return None
    values: dict[str, Any] = {
        "team": team.id,
        "first": window.first_day,
        "rules": [str(rule) for rule in common],
        "points": points,
        "review": draft.review_score,
    }
    statement = _COST.format(
        spans=spans_of(window, counted_days, values), policies=policy_values([draft], values)
    )
    row = driver_connection().execute(statement, values, prepare=False).fetchone()
    if row is None:
        return None
    place = missed[0].rule_ids.index(row[0])
    return Suggestion(row[0], missed[0].rules[place], points, row[1])
