"""One range of a back-test: the stored evaluations that the rule would hit, and what would have been decided then.

SQL sorts out what surely is no hit; where the text of the statement could not ask everything, the stored facts of what
is left are judged by the compiled rule. What would have been decided comes from the stored layers and the policy of the
time, by the functions that decide live. Reads only: the same range gives the same result whenever it is judged.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import msgspec

from ratel.identifiers import show
from ratel.sealing import Unreadable
from ratel.statements import driver_connection
from screening.configuration import policy_of_version
from screening.context import make_facts
from screening.evaluation import Evaluation
from screening.layers.result import Outcome
from screening.policy import Policy
from screening.replays import open_evaluation, open_transaction
from screening.rule_trials.as_if import CUSTOM, bare_hit, decided_with
from screening.rule_trials.outcomes import FALSE_POSITIVE, TRUE_POSITIVE, AlertOutcome, feedback
from screening.rule_trials.result import Counted
from screening.rules.compile import CompiledRules, Slots, compile_rules
from screening.rules.rule import Rule
from screening.rules.sql import HistoryQuery, as_read, history_query
from teams.principal import TeamFacts

_OVERVIEW: Final = (
    "SELECT (decided_at AT TIME ZONE 'UTC')::date, count(*), count(*) FILTER (WHERE decision <> 'pass')"
    " FROM screening_evaluation WHERE team_id = %s AND id >= %s AND id < %s AND rescreens_id IS NULL"
    " GROUP BY 1 ORDER BY 1"
)
_HIT_BEFORE: Final = (
    "SELECT id FROM screening_evaluation WHERE team_id = %s AND id >= %s AND id < %s AND rescreens_id IS NULL"
    " AND %s = ANY (hit_rules)"
)
_STORED: Final = (
    "SELECT e.id, e.sealed_detail, e.alert_id, e.customer_id, t.id, t.sealed_input FROM screening_evaluation e"
    " JOIN screening_transaction t ON t.id = e.transaction_id AND t.organisation_id = e.organisation_id"
    " WHERE e.id = ANY (%s) ORDER BY e.id"
)
# So many stored evaluations are held in memory at once.
_AT_ONCE: Final = 500


@dataclass(frozen=True)
class Candidate:
    """What the statement said of one evaluation: the verdicts of the rule's parts and the aggregates' values."""

    applies: bool | None
    verdicts: tuple[bool | None, ...]
    numbers: tuple[Any, ...]

    @property
    def variant(self) -> int | None:
        """The first alternative that surely holds, of a rule that surely applies."""
        if self.applies is not True:
            return None
        return next((index for index, verdict in enumerate(self.verdicts) if verdict), None)


@dataclass
class Trial:
    """A rule made ready to be judged over history."""

    team: TeamFacts
    rule: Rule
    query: HistoryQuery = field(init=False)
    _slots: Slots = field(init=False)
    _compiled: CompiledRules = field(init=False)
    _policies: dict[int, Policy] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.query = history_query(self.rule)
        self._slots = Slots()
        self._compiled = compile_rules([self.rule], self._slots)

    def candidates(self, first: UUID, end: UUID) -> dict[UUID, Candidate]:
        """Every evaluation of the range that may be a hit. Call inside `tenant(...)`, as everything here."""
        parameters = {**self.query.constants, "team": self.team.id, "first": first, "end": end}
        rows = driver_connection().execute(self.query.text.encode(), parameters).fetchall()
        width = 2 + self.query.alternatives
        return {row[0]: Candidate(row[1], tuple(row[2:width]), tuple(row[width:])) for row in rows}

    def judge(self, first: UUID, end: UUID) -> Counted:
        """The result of one range."""
        counted = Counted()
        bounds = (self.team.id, first, end)
        for day, evaluated, alerts in driver_connection().execute(_OVERVIEW, bounds).fetchall():
            counted.evaluated += evaluated
            counted.alerts_before += alerts
            counted.of_day(day.isoformat(), "evaluated", evaluated)
        found = self.candidates(first, end)
        before = driver_connection().execute(_HIT_BEFORE, (*bounds, UUID(self.rule.rule_id))).fetchall()
        hit_before = {row[0] for row in before}
        counted.hits_before = len(hit_before)
        wanted = sorted({one for one in found if self._must_be_read(found[one])} | hit_before)
        counted.unknown = len(found.keys() - set(wanted))
        for some in _pieces(wanted):
            self._judge_some(some, found, hit_before, counted)
        return counted

    def _must_be_read(self, one: Candidate) -> bool:
        """Whatever the statement is sure of is a hit; where it could not ask everything, the facts are asked."""
        return one.variant is not None or not self.query.is_complete

    def _judge_some(
        self, some: Sequence[UUID], found: Mapping[UUID, Candidate], before: set[UUID], counted: Counted
    ) -> None:
        outcomes = feedback().outcomes_of(some)
        for row in driver_connection().execute(_STORED, (list(some),)).fetchall():
            try:
                stored = _Stored.of(row)
                variant = self._variant(stored, found.get(row[0]), counted)
            except (Unreadable, msgspec.DecodeError):
                counted.cannot_tell += 1
                continue
            if variant is None and row[0] not in before:
                continue
            self._count(stored, variant, outcomes.get(row[0]), counted)

    def _variant(self, stored: "_Stored", candidate: Candidate | None, counted: Counted) -> int | None:
        if candidate is None:
            return None
        if self.query.is_complete:
            counted.unknown += candidate.variant is None
            return candidate.variant
        facts = stored.facts()
        values = [facts.get(name) for name in self._slots.fields]
        numbers = dict(zip(self.query.aggregates, candidate.numbers, strict=True))
        aggregates = [as_read(numbers.get(one), one) for one in self._slots.aggregates]
        outcome = self._compiled.run(values, aggregates, stored.evaluation.decided_at)
        counted.unknown += outcome.states in ("I", "G")
        counted.cannot_tell += outcome.states == "F"
        return outcome.triggered[0][1] if outcome.triggered else None

    def _count(
        self, stored: "_Stored", variant: int | None, outcome: AlertOutcome | None, counted: Counted
    ) -> None:
        evaluation = stored.evaluation
        day = evaluation.decided_at.date().isoformat()
        disposition = outcome.disposition if outcome else ""
        if variant is not None:
            counted.hits += 1
            counted.of_day(day, "hits")
            counted.true_positives += disposition == TRUE_POSITIVE
            counted.false_positives += disposition == FALSE_POSITIVE
        kind = self._change(stored, variant, counted)
        if kind == "added":
            counted.added += 1
            counted.of_day(day, kind)
        elif kind == "removed":
            counted.removed += 1
            counted.of_day(day, kind)
            counted.lost_true_positives += disposition == TRUE_POSITIVE
            counted.saved_false_positives += disposition == FALSE_POSITIVE
        counted.example(kind or "hits", stored.example(outcome))

    def _change(self, stored: "_Stored", variant: int | None, counted: Counted) -> str | None:
        """What becomes of the evaluation's alert; nothing can be said where the rules did not answer then."""
        evaluation = stored.evaluation
        layers = {layer.name: layer for layer in evaluation.layers}
        if not layers[CUSTOM].answered:
            counted.cannot_tell += 1
            return None
        hit = None if variant is None else bare_hit(self.rule, variant)
        decision = decided_with(layers, self._policy(evaluation.policy_version), self.rule.rule_id, hit)
        before, after = Outcome[evaluation.decision.upper()], decision.outcome
        stored.would_be = after.code
        if before == after:
            return None
        if before == Outcome.PASS:
            return "added"
        if after == Outcome.PASS:
            return "removed"
        counted.raised += after > before
        counted.lowered += after < before
        return None

    def _policy(self, version: int) -> Policy:
        if version not in self._policies:
            self._policies[version] = policy_of_version(self.team.id, version)
        return self._policies[version]


@dataclass
class _Stored:
    """One stored evaluation with what was sent."""

    evaluation: Evaluation
    alert_id: UUID | None
    customer_id: UUID
    transaction_id: UUID
    sealed_input: bytes
    would_be: str = ""

    @classmethod
    def of(cls, row: tuple[Any, ...]) -> "_Stored":
        return cls(open_evaluation(row[0], bytes(row[1])), row[2], row[3], row[4], bytes(row[5]))

    def facts(self) -> dict[str, Any]:
        """What the rules could read by then, name screening included."""
        one = self.evaluation
        transaction = open_transaction(self.transaction_id, self.sealed_input)
        facts = make_facts(transaction, one.profile, one.past, one.amount)
        names = one.layer("sanctions")
        if names.answered and names.evidence:
            facts.update(names.evidence["facts"])
        return facts

    def example(self, outcome: AlertOutcome | None) -> dict[str, Any]:
        return {
            "evaluationId": show("evl", self.evaluation.id),
            "alertId": show("alt", outcome.alert_id) if outcome else None,
            "customerId": show("cus", self.customer_id),
            "decision": self.evaluation.decision,
            "wouldBe": self.would_be or self.evaluation.decision,
            "disposition": (outcome.disposition if outcome else "") or None,
            "decidedAt": self.evaluation.decided_at.isoformat(),
        }


def _pieces(wanted: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    for start in range(0, len(wanted), _AT_ONCE):
        yield wanted[start : start + _AT_ONCE]
