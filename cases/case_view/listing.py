"""The list of cases: filters, order and cursor as one statement over indexes, and what each chip counts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from cases.services.cases import OPEN_ALERTS
from cases.sink import DUE_AFTER
from cases.transitions import OPEN_STATUSES, Status
from ratel.statements import driver_connection

VIEWS: Final = ("open", "mine", "unassigned", "review", "overdue", "closed", "all")
SORTS: Final = ("due", "newest", "priority")
MOST_COUNTED: Final = 1_000
NOBODY: Final = "nobody"
# A case is due when the first of its open alerts is; without one, by its priority from when it was opened.
_DUE_BY_PRIORITY: Final = " ".join(
    f"WHEN '{severity.upper()}' THEN interval '{int(length.total_seconds())} seconds'"
    for severity, length in DUE_AFTER.items()
)
_DUE: Final = (
    "CASE WHEN c.status = ANY(%(open)s) THEN COALESCE(w.due_at, c.created_at + CASE c.priority"
    f" {_DUE_BY_PRIORITY} ELSE interval '72 hours' END) END"
)
_OF_ALERTS: Final = (
    "LEFT JOIN LATERAL (SELECT min(a.due_at) FILTER (WHERE a.status = ANY(%(open_alerts)s)) AS due_at,"
    " count(*) AS alerts FROM (SELECT x.due_at, x.status FROM cases_alert x WHERE x.case_id = c.id LIMIT 200) a) w"
    " ON true"
)
_RANK: Final = "array_position(ARRAY['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'], c.priority::text)"
_CASES: Final = (
    f"SELECT c.id, c.status, c.type, c.priority, c.title, c.customer_id, c.assigned_to_id, c.created_at,"  # noqa: S608 - our own names
    " c.updated_at,"
    f" c.proposed_by_id IS NOT NULL AS is_proposed, w.alerts, {_DUE} AS due_at, {_RANK} AS rank"
    f" FROM cases_case c {_OF_ALERTS} WHERE c.team_id = %(team)s"
)
_OF_CUSTOMER: Final = (
    "c.customer_id = (SELECT r.id FROM screening_customer r"
    " WHERE r.team_id = %(team)s AND r.reference = %(customer)s)"
)
_ORDERS: Final = {
    "newest": ("l.id DESC", "l.id < %(after)s"),
    "due": ("l.due_at, l.id", "(l.due_at, l.id) > (%(after_due)s, %(after)s)"),
    "priority": ("l.rank, l.id", "(l.rank, l.id) > (%(after_rank)s, %(after)s)"),
}
# An escalated case stays so when its resolution is proposed: it waits for a second pair of eyes all the same.
IN_REVIEW: Final = "(c.status = 'PENDING_REVIEW' OR c.proposed_by_id IS NOT NULL)"
_COUNTS: Final = (
    "SELECT count(*), count(*) FILTER (WHERE assigned_to_id = %(me)s), count(*) FILTER (WHERE assigned_to_id IS NULL),"  # noqa: S608 - our own names
    " count(*) FILTER (WHERE in_review), count(*) FILTER (WHERE due_at < %(now)s)"
    f" FROM (SELECT c.assigned_to_id, {IN_REVIEW} AS in_review, {_DUE} AS due_at FROM cases_case c {_OF_ALERTS}"
    " WHERE c.team_id = %(team)s AND c.status = ANY(%(open)s) LIMIT %(most)s) x"
)


@dataclass(frozen=True)
class Wanted:
    """Which cases, in which order; None asks for nothing. `assignee` may be NOBODY."""

    view: str = "open"
    sort: str = "due"
    status: str | None = None
    type: str | None = None
    priority: str | None = None
    assignee: UUID | str | None = None
    customer: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Listed:
    id: UUID
    status: str
    type: str
    priority: str
    title: str
    customer_id: UUID | None
    assigned_to_id: UUID | None
    created_at: datetime
    updated_at: datetime
    is_proposed: bool
    alerts: int
    due_at: datetime | None
    reference: str | None
    assignee: str | None

    @property
    def severity(self) -> str:
        return self.priority.lower()


def cases_listed(
    team_id: UUID, me: UUID, wanted: Wanted, now: datetime, *, after: UUID | None, limit: int
) -> Iterator[Listed]:
    """Call inside `tenant(...)`."""
    asked = _asked(team_id, now) | {"me": me, "after": after, "limit": limit}
    inner, outer = _conditions(wanted, asked)
    order, beyond = _ORDERS[_order_of(wanted)]
    if after is not None:
        if _order_of(wanted) != "newest":
            asked |= _place(asked)
        outer.append(beyond)
    where = f" WHERE {' AND '.join(outer)}" if outer else ""
    statement = (
        "SELECT l.id, l.status, l.type, l.priority, l.title, l.customer_id, l.assigned_to_id, l.created_at,"  # noqa: S608 - our own names
        " l.updated_at, l.is_proposed, l.alerts, l.due_at, u.reference, p.name"
        f" FROM ({_CASES}{''.join(f' AND {one}' for one in inner)}) l"
        " LEFT JOIN screening_customer u ON u.id = l.customer_id LEFT JOIN teams_person p ON p.id = l.assigned_to_id"
        f"{where} ORDER BY {order} LIMIT %(limit)s"
    )
    for row in driver_connection().execute(statement.encode(), asked):
        yield Listed(*row)


def counts(team_id: UUID, me: UUID, now: datetime) -> dict[str, int]:
    """How many cases each chip shows, out of the first MOST_COUNTED that are open."""
    asked = _asked(team_id, now) | {"me": me, "most": MOST_COUNTED}
    row = driver_connection().execute(_COUNTS.encode(), asked).fetchone() or (0, 0, 0, 0, 0)
    return dict(zip(("open", "mine", "unassigned", "review", "overdue"), row, strict=True))


def _asked(team_id: UUID, now: datetime) -> dict[str, Any]:
    return {
        "team": team_id,
        "now": now,
        "open": list(OPEN_STATUSES),
        "open_alerts": list(OPEN_ALERTS),
    }


def _order_of(wanted: Wanted) -> str:
    """What is closed is never due."""
    return "newest" if wanted.view in {"closed", "all"} and wanted.sort == "due" else wanted.sort


def _conditions(wanted: Wanted, asked: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Conditions on the case itself, and those on what is computed of it."""
    inner, outer = [], []
    if wanted.view == "closed":
        asked["closed"] = [one for one in Status if one not in OPEN_STATUSES]
        inner.append("c.status = ANY(%(closed)s)")
    elif wanted.view != "all":
        inner.append("c.status = ANY(%(open)s)")
    if wanted.view == "mine":
        inner.append("c.assigned_to_id = %(me)s")
    if wanted.view == "unassigned" or wanted.assignee == NOBODY:
        inner.append("c.assigned_to_id IS NULL")
    if wanted.view == "review":
        inner.append(IN_REVIEW)
    if wanted.view == "overdue":
        outer.append("l.due_at < %(now)s")
    plain = {
        "status": ("c.status = %(status)s", wanted.status),
        "type": ("c.type = %(type)s", wanted.type),
        "priority": ("c.priority = %(priority)s", wanted.priority),
        "since": ("c.created_at >= %(since)s", wanted.since),
        "until": ("c.created_at <= %(until)s", wanted.until),
        "assignee": (
            "c.assigned_to_id = %(assignee)s",
            wanted.assignee if wanted.assignee != NOBODY else None,
        ),
        "customer": (_OF_CUSTOMER, wanted.customer),
    }
    for name, (condition, value) in plain.items():
        if value is not None:
            asked[name] = value
            inner.append(condition)
    return inner, outer


def _place(asked: dict[str, Any]) -> dict[str, Any]:
    """Where the cursor's case stands by now; one that is gone from the list is the end of it."""
    statement = f"SELECT l.due_at, l.rank FROM ({_CASES} AND c.id = %(after)s) l"  # noqa: S608 - our own names
    row = driver_connection().execute(statement.encode(), asked).fetchone() or (None, None)
    return {"after_due": row[0], "after_rank": row[1]}
