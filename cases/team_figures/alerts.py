"""How many alerts came and went, whether in time, what they were about and what they turned out to be."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from uuid import UUID

import msgspec

from cases.case_view.listing import IN_REVIEW
from cases.team_figures.windows import DAY
from ratel.identifiers import first_id_of
from ratel.statements import driver_connection

MOST_COUNTED: Final = 50_000
MOST_CAUSES: Final = 8
DAYS: Final = 30
# Identifiers begin with the time, so the newest alerts are one stretch of an index.
_FLOW: Final = (
    "SELECT created, closed, about, count(*),"
    " count(*) FILTER (WHERE closed_at <= due_at), count(*) FILTER (WHERE closed_at > due_at),"
    " count(*) FILTER (WHERE disposition = 'true_positive'), count(*) FILTER (WHERE disposition = 'false_positive')"
    " FROM (SELECT (created_at AT TIME ZONE 'UTC')::date AS created, (closed_at AT TIME ZONE 'UTC')::date AS closed,"
    "  CASE WHEN key LIKE 'rule:%%' THEN key WHEN key LIKE 'layer:%%' THEN key"
    "   WHEN trigger = 'screening_match' THEN 'names' ELSE trigger END AS about,"
    "  closed_at, due_at, disposition FROM cases_alert WHERE team_id = %(team)s AND id >= %(first)s"
    "  ORDER BY id DESC LIMIT %(most)s) AS newest"
    " GROUP BY GROUPING SETS ((created), (closed), (about))"
)
_WAITING: Final = (
    "SELECT severity, count(*), count(*) FILTER (WHERE due_at < %(now)s),"
    " count(*) FILTER (WHERE assigned_to_id IS NULL), count(*) FILTER (WHERE due_at BETWEEN %(now)s AND %(soon)s),"
    " count(*) FILTER (WHERE assigned_to_id = %(person)s), min(due_at)"
    " FROM cases_alert WHERE team_id = %(team)s AND status IN ('open', 'in_progress', 'escalated')"
    " AND (snoozed_until IS NULL OR snoozed_until <= %(now)s) GROUP BY severity"
)
_MINE: Final = (
    "SELECT (SELECT count(*) FROM cases_case WHERE team_id = %(team)s AND status = ANY(%(open)s)"  # noqa: S608 - our own names
    "  AND assigned_to_id = %(person)s),"
    " (SELECT count(*) FROM cases_case c WHERE team_id = %(team)s AND status = ANY(%(open)s)"
    f"  AND {IN_REVIEW}),"
    " (SELECT count(*) FROM cases_report WHERE team_id = %(team)s AND status = 'PENDING_REVIEW')"
)
SOON: Final = timedelta(hours=2)
SEVERITIES: Final = ("critical", "high", "medium", "low")
OPEN_CASES: Final = ("OPEN", "IN_PROGRESS", "PENDING_REVIEW", "ESCALATED")


class AlertDay(msgspec.Struct, frozen=True):
    """How many alerts were created on a day, and how many closed in time or late."""

    day: date
    created: int = 0
    in_time: int = 0
    late: int = 0

    @property
    def closed(self) -> int:
        return self.in_time + self.late


class Cause(msgspec.Struct, frozen=True):
    """What alerts were about: `rule:` and an id, `layer:` and a name, `names`, or how else they came about."""

    about: str
    alerts: int
    true_positives: int
    false_positives: int

    @property
    def judged(self) -> int:
        return self.true_positives + self.false_positives

    @property
    def false_share(self) -> int | None:
        """In percent; None while nothing is judged."""
        return round(100 * self.false_positives / self.judged) if self.judged else None

    @property
    def rule_id(self) -> UUID | None:
        return UUID(self.about.removeprefix("rule:")) if self.about.startswith("rule:") else None


class Flow(msgspec.Struct, frozen=True):
    """The alerts created in the last DAYS days."""

    days: list[AlertDay]
    causes: list[Cause]

    @property
    def created(self) -> int:
        return sum(day.created for day in self.days)

    @property
    def in_time(self) -> int:
        return sum(day.in_time for day in self.days)

    @property
    def late(self) -> int:
        return sum(day.late for day in self.days)

    @property
    def share_in_time(self) -> int | None:
        closed = self.in_time + self.late
        return round(100 * self.in_time / closed) if closed else None


class Severity(msgspec.Struct, frozen=True):
    severity: str
    waiting: int
    overdue: int


class Waiting(msgspec.Struct, frozen=True):
    """What is not done with now; `mine` is the person's own."""

    severities: list[Severity]
    unassigned: int
    due_soon: int
    mine: int
    next_due: datetime | None

    @property
    def total(self) -> int:
        return sum(one.waiting for one in self.severities)

    @property
    def overdue(self) -> int:
        return sum(one.overdue for one in self.severities)


class Mine(msgspec.Struct, frozen=True):
    """The person's open cases, and what waits for somebody's second look."""

    cases: int
    reviews: int
    reports: int


def flow_of(team_id: UUID, now: datetime) -> Flow:
    today = now.astimezone(UTC).date()
    first = today - timedelta(days=DAYS - 1)
    wanted = {
        "team": team_id,
        "first": first_id_of(datetime.combine(first, time.min, UTC)),
        "most": MOST_COUNTED,
    }
    days = {first + DAY * number: [0, 0, 0] for number in range(DAYS)}
    causes = []
    for created, closed, about, count, in_time, late, true, false in (
        driver_connection().execute(_FLOW, wanted).fetchall()
    ):
        if about is not None:
            causes.append(Cause(about, count, true, false))
        elif created in days:
            days[created][0] = count
        elif created is None and closed in days:
            days[closed][1:] = in_time, late
    causes.sort(key=lambda one: (-one.alerts, one.about))
    return Flow([AlertDay(day, *found) for day, found in days.items()], causes[:MOST_CAUSES])


def waiting_of(team_id: UUID, person_id: UUID | None, now: datetime) -> Waiting:
    wanted = {"team": team_id, "person": person_id, "now": now, "soon": now + SOON}
    rows = driver_connection().execute(_WAITING, wanted).fetchall()
    found = {severity: rest for severity, *rest in rows}
    return Waiting(
        severities=[
            Severity(severity, *found[severity][:2]) if severity in found else Severity(severity, 0, 0)
            for severity in SEVERITIES
        ],
        unassigned=sum(row[2] for row in found.values()),
        due_soon=sum(row[3] for row in found.values()),
        mine=sum(row[4] for row in found.values()),
        next_due=min((row[5] for row in found.values()), default=None),
    )


def mine_of(team_id: UUID, person_id: UUID | None) -> Mine:
    wanted = {"team": team_id, "person": person_id, "open": list(OPEN_CASES)}
    cases, reviews, reports = driver_connection().execute(_MINE, wanted).fetchone() or (0, 0, 0)
    return Mine(cases, reviews, reports)
