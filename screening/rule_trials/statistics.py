"""What rules did lately, read from the counts by day (`tally.py`). Reads only; call inside `tenant(...)` of the team."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from orjson import loads

from ratel.identifiers import first_id_of, show
from ratel.statements import driver_connection
from screening.models import BackTest, RuleDay, RuleTally
from screening.rule_trials.result import precision
from screening.rule_trials.tally import DAYS

_SUMS: Final = (
    "SELECT rule_id, sum(evaluated), sum(hits), sum(alerts), sum(true_positives), sum(false_positives)"
    " FROM screening_ruleday WHERE team_id = %s AND day > %s AND NOT is_shadow GROUP BY rule_id"
)
# Of the newest day with a hit only, so that a rule that rarely hits costs no more than another.
_EXAMPLES: Final = """
    SELECT e.id, e.decided_at, e.decision, e.risk_score, e.alert_id, e.customer_id, t.base_amount, t.type, t.channel
    FROM screening_evaluation e
    JOIN screening_transaction t ON t.id = e.transaction_id AND t.organisation_id = e.organisation_id
    WHERE e.team_id = %(team)s AND %(rule)s = ANY (e.hit_rules) AND e.rescreens_id IS NULL
    AND e.id >= %(start)s AND e.id < %(end)s ORDER BY e.id DESC LIMIT 5"""
_SHADOW_EXAMPLES: Final = """
    SELECT e.id, e.decided_at, e.decision, e.risk_score, e.alert_id, e.customer_id, t.base_amount, t.type, t.channel,
    s.would_be FROM (SELECT * FROM screening_shadowhit WHERE team_id = %(team)s AND rule_id = %(rule)s
    AND version = %(version)s ORDER BY id DESC LIMIT 5) s JOIN screening_evaluation e ON e.id = s.evaluation_id
    JOIN screening_transaction t ON t.id = e.transaction_id AND t.organisation_id = e.organisation_id
    ORDER BY s.id DESC"""
_TESTS: Final = """
    SELECT b.id, b.version, b.days, b.status, b.total, b.created_at, b.finished_at, b.result,
    (SELECT count(*) FROM screening_backtestrange r WHERE r.back_test_id = b.id AND r.done_at IS NOT NULL),
    (SELECT count(*) FROM screening_backtestrange r WHERE r.back_test_id = b.id)
    FROM screening_backtest b WHERE b.team_id = %s AND b.rule_id = %s ORDER BY b.id DESC LIMIT 5"""


@dataclass(frozen=True)
class Figures:
    """What a rule, or one of its versions, did. The positives are those of closed alerts."""

    evaluated: int = 0
    hits: int = 0
    alerts: int = 0
    true_positives: int = 0
    false_positives: int = 0

    @property
    def hit_rate(self) -> Decimal | None:
        return Decimal(self.hits) / self.evaluated if self.evaluated else None

    @property
    def closed(self) -> int:
        return self.true_positives + self.false_positives

    @property
    def precision(self) -> Decimal | None:
        return precision(self.true_positives, self.false_positives)

    def with_day(self, day: "RuleDay | Figures") -> "Figures":
        return Figures(
            self.evaluated + day.evaluated,
            self.hits + day.hits,
            self.alerts + day.alerts,
            self.true_positives + day.true_positives,
            self.false_positives + day.false_positives,
        )


@dataclass(frozen=True)
class DayFigures:
    day: date
    figures: Figures


@dataclass(frozen=True)
class Example:
    """An evaluation to click; `would_be` is what a shadow rule would have made of it."""

    evaluation_id: UUID
    decided_at: datetime
    decision: str
    risk_score: Decimal
    alert_id: UUID | None
    customer_id: UUID
    amount: Decimal | None
    type: str | None
    channel: str | None
    would_be: str = ""

    @property
    def alert(self) -> str:
        return show("alt", self.alert_id) if self.alert_id else ""

    @property
    def customer(self) -> str:
        return show("cus", self.customer_id)


@dataclass(frozen=True)
class TestLine:
    """One back-test in a list."""

    id: UUID
    version: int
    days: int
    status: str
    total: int | None
    created_at: datetime
    finished_at: datetime | None
    result: Mapping[str, Any] | None
    done: int
    ranges: int

    @property
    def public_id(self) -> str:
        return show("bkt", self.id)

    @property
    def is_open(self) -> bool:
        return self.status in (BackTest.Status.QUEUED, BackTest.Status.RUNNING)


def first_day(now: datetime) -> date:
    return now.astimezone(UTC).date() - timedelta(days=DAYS)


def figures_of_all(team_id: UUID, now: datetime) -> dict[UUID, Figures]:
    """By rule, over the last DAYS."""
    rows = driver_connection().execute(_SUMS, (team_id, first_day(now))).fetchall()
    return {row[0]: Figures(*(int(value) for value in row[1:])) for row in rows}


def days_of(team_id: UUID, rule_id: UUID, now: datetime) -> list[RuleDay]:
    """Every counted day of a rule's versions, the oldest first."""
    found = RuleDay.objects.filter(team_id=team_id, rule_id=rule_id, day__gt=first_day(now))
    return list(found.order_by("day", "version"))


def by_day(days: Iterable[RuleDay], now: datetime, *, is_shadow: bool = False) -> list[DayFigures]:
    """Each of the last DAYS, also those on which nothing was counted."""
    sums: dict[date, Figures] = {}
    for one in days:
        if one.is_shadow == is_shadow:
            sums[one.day] = sums.get(one.day, Figures()).with_day(one)
    first = first_day(now)
    every = [first + timedelta(days=number) for number in range(1, DAYS + 1)]
    return [DayFigures(day, sums.get(day, Figures())) for day in every]


def by_version(days: Iterable[RuleDay], *, is_shadow: bool = False) -> dict[int, Figures]:
    sums: dict[int, Figures] = {}
    for one in days:
        if one.is_shadow == is_shadow:
            sums[one.version] = sums.get(one.version, Figures()).with_day(one)
    return sums


def tally_of(team_id: UUID) -> RuleTally | None:
    return RuleTally.objects.filter(team_id=team_id).first()


def examples_of(team_id: UUID, rule_id: UUID, days: Sequence[RuleDay]) -> list[Example]:
    """A few payments of the newest day on which the rule hit."""
    newest = max((one.day for one in days if one.hits and not one.is_shadow), default=None)
    if newest is None:
        return []
    start = datetime(newest.year, newest.month, newest.day, tzinfo=UTC)
    bounds = {"start": first_id_of(start), "end": first_id_of(start + timedelta(days=1))}
    wanted = {"team": team_id, "rule": rule_id, **bounds}
    return [Example(*row) for row in driver_connection().execute(_EXAMPLES, wanted).fetchall()]


def shadow_examples_of(team_id: UUID, rule_id: UUID, version: int) -> list[Example]:
    wanted = {"team": team_id, "rule": rule_id, "version": version}
    return [Example(*row) for row in driver_connection().execute(_SHADOW_EXAMPLES, wanted).fetchall()]


def tests_of(team_id: UUID, rule_id: UUID) -> list[TestLine]:
    """The newest back-tests of a rule, with how far each is."""
    rows = driver_connection().execute(_TESTS, (team_id, rule_id)).fetchall()
    return [TestLine(*(*row[:7], loads(row[7]) if row[7] else None, *row[8:])) for row in rows]
