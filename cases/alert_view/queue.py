"""The queue of alerts: one page of it, how many wait in each of its parts, and what comes next. Reads only.

Call inside `tenant(...)`. A page costs one statement, whatever is on it; counts stop where they are large enough.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import msgspec
import orjson

from cases.alert_view.queue_filter import GRAVEST, READS_REPORTS, VIEWS, WAITING, QueueFilter, beyond, order
from cases.alert_view.wording import Hidden, Why, why_by_hand, why_of_evaluation, why_of_screening
from cases.services.manual_alerts import reason_of
from ratel.pages import Page
from ratel.sealing import unseal
from ratel.statements import driver_connection
from ratel.templatetags.desk import tone_of
from screening.policy import LAYER_NAMES
from screening.replays import open_evaluation
from screening.screenings.customers import open_profile
from screening.screenings.judge import Judged
from screening.screenings.record import RESULT_CONTEXT
from screening.screenings.subject import Subject
from teams.principal import Principal
from teams.roles import ROLE_SCOPES

# Counting stops here: nobody plans a day by the difference between 9,999 and 12,345.
MOST_COUNTED: Final = 9_999
_EXPORT_AT_ONCE: Final = 2_000
_LINES: Final = (
    " SELECT a.id, a.status, a.severity, a.trigger, a.due_at, a.created_at, a.snoozed_until, a.closed_at,"  # noqa: S608 - our own
    " a.disposition, a.risk_score, a.count, a.case_id, a.assigned_to_id, p.name, a.customer_id, a.sealed_reason,"
    " c.reference, c.sealed_profile, c.entity_type, c.since, e.id, e.layer_scores, e.sealed_detail,"
    " s.id, s.sealed_subject, s.sealed_result"
    " FROM page a LEFT JOIN teams_person p ON p.id = a.assigned_to_id"
    " LEFT JOIN screening_customer c ON c.id = a.customer_id"
    f" LEFT JOIN {GRAVEST} ON true"
    " LEFT JOIN screening_screening s ON s.id = a.screening_id"
)
_HIDDEN: Final = f"SELECT r.id FROM screening_rule r WHERE r.team_id = %(team)s AND {READS_REPORTS}"  # noqa: S608 - our own
# Whom alerts can be given to.
WORKING_ROLES: Final = [role.value for role, scopes in ROLE_SCOPES.items() if "case.write" in scopes]
_LAYER_WORDS: Final = dict(
    zip(LAYER_NAMES, ("regulatory", "KYC", "team rules", "sanctions", "learned", "behaviour"), strict=True)
)
_AT: Final = (
    "at AS (SELECT one.id, one.due_at, one.risk_score FROM cases_alert one"
    " WHERE one.team_id = %(team)s AND one.id = %(after)s)"
)
_COUNT: Final = (
    f"SELECT count(*) FILTER (WHERE {VIEWS['open']}), count(*) FILTER (WHERE {VIEWS['mine']}),"  # noqa: S608 - our own fragments
    f" count(*) FILTER (WHERE {VIEWS['due']}), count(*) FILTER (WHERE {VIEWS['unassigned']}),"
    f" count(*) FILTER (WHERE {VIEWS['snoozed']}),"
    f" count(*) FILTER (WHERE {VIEWS['open']} AND a.due_at <= %(now)s),"
    f" (SELECT count(*) FROM (SELECT 1 FROM cases_alert a WHERE a.team_id = %(team)s AND {VIEWS['closed']}"
    " LIMIT %(most)s) c)"
    " FROM (SELECT a.status, a.snoozed_until, a.assigned_to_id, a.due_at FROM cases_alert a"
    f" WHERE a.team_id = %(team)s AND {WAITING} ORDER BY a.due_at LIMIT %(most)s) a"
)


@dataclass(frozen=True)
class Counts:
    """How many alerts each part of the queue holds, at most MOST_COUNTED + 1."""

    open: int
    mine: int
    due: int
    unassigned: int
    snoozed: int
    overdue: int
    closed: int


@dataclass(frozen=True)
class Line:
    """One alert as the queue shows it. `scores` are those of the layers, None where one did not answer."""

    id: UUID
    status: str
    severity: str
    trigger: str
    due_at: datetime
    created_at: datetime
    snoozed_until: datetime | None
    closed_at: datetime | None
    disposition: str
    score: Decimal
    count: int
    case_id: UUID | None
    assigned_to_id: UUID | None
    assignee: str
    why: Why
    customer_id: UUID | None
    customer: str
    about: str
    scores: tuple[Decimal | None, ...]
    left_share: float

    @property
    def heights(self) -> list[Decimal]:
        return [score or Decimal(0) for score in self.scores]

    @property
    def tones(self) -> list[str]:
        return [tone_of(score) for score in self.heights]

    @property
    def layers_in_words(self) -> str:
        """What screen readers say of the columns."""
        if not self.scores:
            return "not scored"
        return ", ".join(
            f"{word} {'no answer' if score is None else f'{score:.0f}'}"
            for word, score in zip(_LAYER_WORDS.values(), self.scores, strict=True)
        )

    @property
    def urgency(self) -> str:
        """The tone of the time that is left; the words stand beside it."""
        if self.left_share < 15:
            return "critical"
        return "high" if self.left_share < 40 else "good"


@dataclass(frozen=True)
class QueuePage:
    lines: list[Line]
    next_cursor: str | None


def count_alerts(caller: Principal, now: datetime) -> Counts:
    wanted = {**QueueFilter("open", "due", {}).parameters(caller, now), "most": MOST_COUNTED + 1}
    row = driver_connection().execute(_COUNT, wanted).fetchone() or (0,) * 7
    return Counts(*row)


def find_page(caller: Principal, wanted: QueueFilter, page: Page, now: datetime) -> QueuePage:
    """One page of the queue with why each alert is there, in one statement."""
    parameters = {**wanted.parameters(caller, now), "after": page.after, "limit": page.limit + 1}
    after = f" AND {beyond(wanted.sort)}" if page.after is not None else ""
    picked = (
        f"WITH {_AT}, page AS MATERIALIZED (SELECT a.* FROM cases_alert a WHERE a.team_id = %(team)s"  # noqa: S608 - our own fragments
        f" AND {wanted.where()}{after} ORDER BY {order(wanted.sort)} LIMIT %(limit)s)"
    )
    sql = f"{picked}{_LINES} ORDER BY {order(wanted.sort)}"
    shown, next_cursor = page.cut(_lines(caller, sql, parameters, now), lambda line: line.id)
    return QueuePage(shown, next_cursor)


def find_lines(caller: Principal, alert_ids: Sequence[UUID], now: datetime) -> dict[UUID, Line]:
    """These alerts as the queue shows them; what the team does not have is left out."""
    sql = (
        "WITH page AS MATERIALIZED (SELECT a.* FROM cases_alert a WHERE a.team_id = %(team)s"  # noqa: S608 - as above
        " AND a.id = ANY (%(ids)s))" + _LINES
    )
    lines = _lines(caller, sql, {"team": caller.team.id, "ids": list(alert_ids)}, now)
    return {line.id: line for line in lines}


def _lines(caller: Principal, sql: str, parameters: Mapping[str, Any], now: datetime) -> list[Line]:
    rows = driver_connection().execute(sql.encode(), parameters).fetchall()
    hidden = hidden_rules(caller)
    return [_line(row, now, hidden) for row in rows]


def hidden_rules(caller: Principal) -> Hidden:
    """The rules whose hits tell of earlier reports; None, without a look, for whoever may know of those."""
    if caller.may("reports.read"):
        return None
    rows = driver_connection().execute(_HIDDEN.encode(), {"team": caller.team.id}).fetchall()
    return frozenset(str(row[0]) for row in rows)


def neighbour(
    caller: Principal, wanted: QueueFilter, alert_id: UUID, now: datetime, *, backwards: bool
) -> UUID | None:
    """The alert that comes after (before) this one in that view of the queue, wherever this one is by now."""
    parameters = {**wanted.parameters(caller, now), "after": alert_id}
    sql = (
        f"WITH {_AT} SELECT a.id FROM cases_alert a WHERE a.team_id = %(team)s AND {wanted.where()}"  # noqa: S608 - as above
        f" AND {beyond(wanted.sort, backwards=backwards)} ORDER BY {order(wanted.sort, backwards=backwards)} LIMIT 1"
    )
    row = driver_connection().execute(sql.encode(), parameters).fetchone()
    return row[0] if row else None


def exported(caller: Principal, wanted: QueueFilter, now: datetime) -> Iterator[tuple[Any, ...]]:
    """Every alert that the filters leave, streamed, without what is sealed. Inside one transaction."""
    sql = (
        "SELECT a.id, a.status, a.severity, a.trigger, a.lane, a.decision, a.risk_score, a.count, c.reference,"  # noqa: S608 - as above
        " (SELECT string_agg(r.code, ' ' ORDER BY r.code) FROM screening_rule r WHERE r.id = ANY (e.hit_rules)"
        f" AND (%(knows)s OR NOT {READS_REPORTS})),"
        " p.name, a.due_at, a.created_at, a.closed_at, a.disposition, a.case_id"
        " FROM cases_alert a LEFT JOIN teams_person p ON p.id = a.assigned_to_id"
        " LEFT JOIN screening_customer c ON c.id = a.customer_id"
        " LEFT JOIN screening_evaluation e ON e.id = a.evaluation_id"
        f" WHERE a.team_id = %(team)s AND {wanted.where()} ORDER BY {order(wanted.sort)}"
    )
    with driver_connection().cursor(name="alerts") as cursor:
        cursor.itersize = _EXPORT_AT_ONCE
        cursor.execute(sql.encode(), wanted.parameters(caller, now))
        yield from cursor


@dataclass(frozen=True)
class Choices:
    """What the filters and dialogs of the queue offer: the team's people and rules, and the person's own views."""

    people: list[tuple[str, str]]
    rules: list[str]
    views: list[Mapping[str, str]]


_CHOICES: Final = (
    "SELECT (SELECT jsonb_agg(jsonb_build_array(p.id, p.name) ORDER BY p.name) FROM teams_membership m"  # noqa: S608 - our own
    " JOIN teams_person p ON p.id = m.person_id WHERE m.team_id = %(team)s"
    " AND m.role = ANY (%(roles)s)),"
    " (SELECT jsonb_agg(r.code ORDER BY r.code) FROM (SELECT r.code FROM screening_rule r WHERE r.team_id = %(team)s"
    " AND r.status <> 'archived'"
    f" AND (%(knows)s OR NOT {READS_REPORTS}) ORDER BY r.code LIMIT 1000) r),"
    " (SELECT jsonb_agg(jsonb_build_object('id', v.id, 'name', v.name, 'query', v.query) ORDER BY v.name)"
    " FROM cases_savedview v WHERE v.team_id = %(team)s AND v.person_id = %(me)s AND v.section = 'alerts')"
)


def choices_of(caller: Principal) -> Choices:
    wanted: dict[str, Any] = {"team": caller.team.id, "me": caller.person_id, "roles": WORKING_ROLES}
    wanted["knows"] = caller.may("reports.read")
    row = driver_connection().execute(_CHOICES, wanted).fetchone()
    people, rules, views = (decoded(value) or [] for value in row or (None, None, None))
    return Choices([(str(one[0]), str(one[1])) for one in people], rules, views)


def decoded(value: Any) -> Any:
    """A JSON column, whether the driver decodes it or not."""
    return orjson.loads(value) if isinstance(value, str | bytes) else value


def _line(row: tuple[Any, ...], now: datetime, hidden: Hidden) -> Line:
    identifier, status, severity, trigger, due_at, created_at, snoozed_until, closed_at = row[:8]
    disposition, score, count, case_id, assigned_to_id, assignee, customer_id, sealed_reason = row[8:16]
    reference, sealed_profile, entity_type, since, evaluation_id, layer_scores, detail = row[16:23]
    screening_id, sealed_subject, sealed_result = row[23:]
    name = open_profile(customer_id, sealed_profile).name if sealed_profile is not None else None
    if evaluation_id is not None:
        evaluation = open_evaluation(evaluation_id, bytes(detail))
        why = why_of_evaluation(evaluation, trigger, hidden)
    elif screening_id is not None:
        subject = msgspec.json.decode(unseal(bytes(sealed_subject), screening_id.bytes), type=Subject)
        opened = unseal(bytes(sealed_result), screening_id.bytes + RESULT_CONTEXT)
        why = why_of_screening(msgspec.json.decode(opened, type=Judged), subject.name)
        name = name or subject.name
    else:
        why = why_by_hand(reason_of(identifier, sealed_reason))
    kind = [entity_type or "", f"since {since.year}" if since else ""]
    allowed = (due_at - created_at).total_seconds()
    return Line(
        id=identifier,
        status=status,
        severity=severity,
        trigger=trigger,
        due_at=due_at,
        created_at=created_at,
        snoozed_until=snoozed_until if snoozed_until and snoozed_until > now else None,
        closed_at=closed_at,
        disposition=disposition,
        score=score,
        count=count,
        case_id=case_id,
        assigned_to_id=assigned_to_id,
        assignee=assignee or "",
        why=why,
        customer_id=customer_id,
        customer=name or reference or "",
        about=", ".join(part for part in ([reference or ""] if name else []) + kind if part),
        scores=tuple(layer_scores) if layer_scores else (),
        left_share=max(0.0, 100 * (due_at - now).total_seconds() / allowed) if allowed > 0 else 0.0,
    )
