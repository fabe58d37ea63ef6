"""Which alerts of the queue are wanted and in which order, read from the query string and written as SQL.

The text is made of our own fragments; whatever somebody typed travels as a parameter.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from uuid import UUID

from cases.models import Alert
from ratel.pages import Page, Query
from ratel.problem import Problem
from screening.decide import LEVELS
from screening.rules.fields import TELLS_OF_REPORTS
from teams.principal import Principal

DUE_SOON: Final = timedelta(hours=2)
# As literals, so that the partial indexes of the queue are used.
WAITING: Final = "a.status IN ('open', 'in_progress', 'escalated')"
_AWAKE: Final = f"{WAITING} AND (a.snoozed_until IS NULL OR a.snoozed_until <= %(now)s)"
VIEWS: Final = {
    "open": _AWAKE,
    "mine": f"{_AWAKE} AND a.assigned_to_id = %(me)s",
    "due": f"{_AWAKE} AND a.due_at <= %(soon)s",
    "unassigned": f"{_AWAKE} AND a.assigned_to_id IS NULL",
    "snoozed": f"{WAITING} AND a.snoozed_until > %(now)s",
    "closed": "a.status IN ('dismissed', 'resolved')",
}
SORTS: Final = ("due", "score", "newest")
LANES: Final = ("transaction", "onboarding", "ongoing")
ME: Final = "me"
NOBODY: Final = "nobody"
NAMES: Final = (
    "view",
    "severity",
    "trigger",
    "lane",
    "rule",
    "assignee",
    "scoreFrom",
    "scoreTo",
    "from",
    "to",
    "customer",
    "sort",
)
# Of the evaluations that joined an alert the gravest, and of equal ones the newest: it has seen the most.
GRAVEST: Final = (
    "LATERAL (SELECT v.* FROM (SELECT l.evaluation_id FROM cases_alertevaluation l WHERE l.alert_id = a.id"
    " ORDER BY l.evaluation_id DESC LIMIT 20) l JOIN screening_evaluation v ON v.id = l.evaluation_id"
    " ORDER BY v.risk_score DESC, v.id DESC LIMIT 1) e"
)
# The rules (r) that read of earlier reports, in any version: whoever may not know of reports may not find by them.
READS_REPORTS: Final = (
    "EXISTS (SELECT 1 FROM screening_ruleversion w WHERE w.rule_id = r.id"  # noqa: S608 - our own name
    f" AND w.document::text LIKE '%%{TELLS_OF_REPORTS}%%')"
)
# A sub-select for each alert, so that what is looked at are its own evaluation and no other.
_RULE: Final = (
    "(SELECT (SELECT r.id FROM screening_rule r WHERE r.team_id = %(team)s AND r.code = %(rule)s"  # noqa: S608 - our own
    f" AND (%(knows)s OR NOT {READS_REPORTS})) = ANY (v.hit_rules)"
    " FROM screening_evaluation v WHERE v.id = a.evaluation_id)"
)
_CUSTOMER: Final = (
    "a.customer_id = (SELECT c.id FROM screening_customer c"
    " WHERE c.team_id = %(team)s AND c.reference = %(customer)s)"
)
_CONDITIONS: Final = {
    "severity": "a.severity = %(severity)s",
    "trigger": "a.trigger = %(trigger)s",
    "lane": "a.lane = %(lane)s",
    "rule": _RULE,
    "assignee": "a.assigned_to_id = %(assignee)s",
    "nobody": "a.assigned_to_id IS NULL",
    "score_from": "a.risk_score >= %(score_from)s",
    "score_to": "a.risk_score <= %(score_to)s",
    "since": "a.created_at >= %(since)s",
    "until": "a.created_at <= %(until)s",
    "customer": _CUSTOMER,
}


@dataclass(frozen=True)
class QueueFilter:
    """`given` are the filters that are set, by the names of _CONDITIONS; `shown` as they stand in the query string."""

    view: str
    sort: str
    given: dict[str, Any]
    shown: dict[str, str] = field(default_factory=dict)

    @property
    def is_filtered(self) -> bool:
        return bool(self.given)

    def where(self) -> str:
        return " AND ".join([VIEWS[self.view], *(_CONDITIONS[name] for name in self.given)])

    def parameters(self, caller: Principal, now: datetime) -> dict[str, Any]:
        return {
            **self.given,
            "team": caller.team.id,
            "me": caller.person_id,
            "now": now,
            "soon": now + DUE_SOON,
            "knows": caller.may("reports.read"),
        }


def read_filter(query: Query, caller: Principal) -> tuple[QueueFilter, Page]:
    """Raises Invalid with every problem."""
    shown = {name: value for name in NAMES if (value := query.text(name)) is not None}
    view = query.choice("view", tuple(VIEWS)) or "open"
    sort = query.choice("sort", SORTS) or ("newest" if view == "closed" else "due")
    given: dict[str, Any] = {
        "severity": query.choice("severity", LEVELS),
        "trigger": query.choice("trigger", Alert.Trigger.values),
        "lane": query.choice("lane", LANES),
        "rule": query.text("rule"),
        "score_from": _score(query, "scoreFrom"),
        "score_to": _score(query, "scoreTo"),
        "since": query.moment("from"),
        "until": query.moment("to", is_end=True),
        "customer": query.text("customer"),
        **_assignee(query, caller),
    }
    page = query.page()
    query.finish()
    return QueueFilter(
        view, sort, {name: value for name, value in given.items() if value is not None}, shown
    ), page


def order(sort: str, *, backwards: bool = False) -> str:
    """ORDER BY; every order is a total one."""
    up, down = ("DESC", "ASC") if backwards else ("ASC", "DESC")
    return {
        "due": f"a.due_at {up}, a.id {up}",
        "score": f"a.risk_score {down}, a.id {down}",
        "newest": f"a.id {down}",
    }[sort]


def beyond(sort: str, *, backwards: bool = False) -> str:
    """Those that come after the alert `at` (one row: id, due_at, risk_score) in the order; backwards, before it."""
    later, earlier = ("<", ">") if backwards else (">", "<")
    if sort == "newest":
        return f"a.id {earlier} (SELECT at.id FROM at)"  # noqa: S608 - our own fragments
    column, way = ("due_at", later) if sort == "due" else ("risk_score", earlier)
    here = f"(SELECT at.{column} FROM at)"  # noqa: S608 - as above
    # The first part is what an index is searched by, the second what makes it exact.
    exact = f"(a.{column} {way} {here} OR a.id {way} (SELECT at.id FROM at))"  # noqa: S608 - as above
    return f"a.{column} {way}= {here} AND {exact}"


def _assignee(query: Query, caller: Principal) -> dict[str, Any]:
    text = query.text("assignee")
    if text is None:
        return {}
    if text == NOBODY:
        return {"nobody": True}
    if text == ME:
        return {"assignee": caller.person_id}
    try:
        return {"assignee": UUID(text)}
    except ValueError:
        query.problems.append(Problem("assignee", f"must be {ME}, {NOBODY} or the id of a person"))
        return {}


def _score(query: Query, name: str) -> Decimal | None:
    text = query.text(name)
    if text is None:
        return None
    try:
        score = Decimal(text)
    except InvalidOperation:
        score = Decimal("NaN")
    if not score.is_finite() or not 0 <= score < 10**8:
        query.problems.append(Problem(name, "must be a number from 0 on"))
        return None
    return score
