"""Reads everything that belongs into a bundle, part by part, in transactions that see one team.

Only what whoever asked may know: without the right to read reports nothing here tells that there is one.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from cases.api.case_serial import whole
from cases.bundle import documents
from cases.bundle.scope import Scope
from cases.bundle.trail import entries_about
from cases.case_view.records import tells_of_report
from cases.files import store
from cases.files.services import name_of
from cases.models import Alert, Attachment, Case, CaseRelation, Report
from cases.relations import reason_of
from cases.selectors import case_file
from ratel.identifiers import show
from ratel.json import encode
from ratel.statements import driver_connection
from ratel.tenancy import tenant
from screening.models import Customer

AT_ONCE: Final = 1_000
# A period is read by background work, which may take its time.
_PATIENCE: Final = "SET LOCAL statement_timeout = '5min'"
_OF_ALERTS: Final = (
    "SELECT DISTINCT l.evaluation_id FROM cases_alertevaluation l WHERE l.team_id = %(team)s"
    " AND l.alert_id = ANY(%(ids)s) ORDER BY 1"
)
_OF_CUSTOMER: Final = (
    "SELECT e.id FROM screening_transaction t JOIN screening_evaluation e ON e.transaction_id = t.id"
    " WHERE t.team_id = %(team)s AND t.customer_id = %(customer)s ORDER BY e.id"
)
_OF_PERIOD: Final = (
    "SELECT e.id FROM screening_evaluation e WHERE e.team_id = %(team)s AND e.decided_at >= %(start)s"
    " AND e.decided_at <= %(end)s ORDER BY e.id"
)


@dataclass(frozen=True)
class Part:
    path: str
    content: bytes


@dataclass
class Found:
    """What the scope covers; the audit trail is searched for it."""

    cases: list[UUID] = field(default_factory=list)
    alerts: list[UUID] = field(default_factory=list)
    customers: list[UUID] = field(default_factory=list)
    evaluations: list[UUID] = field(default_factory=list)
    reports: list[UUID] = field(default_factory=list)
    since: datetime | None = None


def found_in(scope: Scope) -> Found:
    with _seeing(scope):
        found = {"case": _of_case, "customer": _of_customer, "period": _of_period}[scope.kind](scope)
        if scope.with_reports:
            found.reports = _reports_of(scope, found)
        return found


def _of_case(scope: Scope) -> Found:
    case = Case.objects.get(team_id=scope.team.id, id=scope.subject)
    alerts = list(Alert.objects.filter(team_id=scope.team.id, case_id=case.id).order_by("id"))
    return Found(
        cases=[case.id],
        alerts=[one.id for one in alerts],
        customers=[case.customer_id] if case.customer_id else [],
        evaluations=_ids(_OF_ALERTS, team=scope.team.id, ids=[one.id for one in alerts]),
        since=min([case.created_at, *(one.created_at for one in alerts)]),
    )


def _of_customer(scope: Scope) -> Found:
    customer = Customer.objects.get(team_id=scope.team.id, id=scope.subject)
    about = {"team_id": scope.team.id, "customer_id": customer.id}
    return Found(
        cases=_listed(Case.objects.filter(**about)),
        alerts=_listed(Alert.objects.filter(**about)),
        customers=[customer.id],
        evaluations=_ids(_OF_CUSTOMER, team=scope.team.id, customer=customer.id),
        since=customer.created_at,
    )


def _of_period(scope: Scope) -> Found:
    team_id, during = scope.team.id, {"created_at__gte": scope.start, "created_at__lte": scope.end}
    alerts = list(Alert.objects.filter(team_id=team_id, **during).values_list("id", "customer_id", "case_id"))
    opened = Case.objects.filter(team_id=team_id, **during)
    changed = Case.objects.filter(team_id=team_id, updated_at__gte=scope.start, created_at__lte=scope.end)
    cases = {*_listed(opened), *_listed(changed), *(one[2] for one in alerts if one[2])}
    of_cases = Case.objects.filter(team_id=team_id, id__in=cases, customer_id__isnull=False)
    customers = {one for one in of_cases.values_list("customer_id", flat=True) if one}
    customers |= {one[1] for one in alerts if one[1]}
    return Found(
        cases=sorted(cases),
        alerts=sorted(one[0] for one in alerts),
        customers=sorted(customers),
        evaluations=_ids(_OF_PERIOD, team=team_id, start=scope.start, end=scope.end),
        since=scope.start,
    )


def _reports_of(scope: Scope, found: Found) -> list[UUID]:
    reports = Report.objects.filter(team_id=scope.team.id)
    if scope.kind == "period":
        return _listed(reports.filter(created_at__gte=scope.start, created_at__lte=scope.end))
    if scope.kind == "customer":
        return _listed(reports.filter(customer_id=scope.subject))
    return _listed(reports.filter(case_id__in=found.cases))


def parts_of(scope: Scope, found: Found) -> Iterator[Part]:
    """Every file of the bundle but those that say how to check it."""
    for case_id in found.cases:
        yield from _case_parts(scope, case_id)
    yield from _lines(scope, "customers", found.customers, documents.customers)
    yield from _lines(scope, "alerts", found.alerts, documents.alerts)
    yield from _lines(scope, "evaluations", found.evaluations, documents.evaluations)
    if scope.kind != "case":
        yield from _lines(scope, "screenings", found.customers, documents.screenings)
        yield from _lines(scope, "match-decisions", found.customers, documents.match_decisions)
    if scope.with_reports:
        yield from _lines(scope, "reports", found.reports, documents.reports)
    number = 0
    for entries in entries_about(
        scope.team, _subjects(scope, found), found.since, scope.end, is_all=scope.kind == "period"
    ):
        kept = [one for one in entries if scope.with_reports or not _gives_away(one)]
        if kept:
            number += 1
            yield Part(f"audit/{number:04d}.jsonl", b"".join(encode(one) + b"\n" for one in kept))


def _gives_away(entry: dict[str, Any]) -> bool:
    """Also what merely mentions one, such as an export that counts them."""
    return tells_of_report(entry["action"]) or '"report' in entry["canonical"].lower()


def _subjects(scope: Scope, found: Found) -> list[str]:
    named = {
        "cas": found.cases,
        "alt": found.alerts,
        "cus": found.customers,
        "evl": found.evaluations,
        "rep": found.reports if scope.with_reports else [],
    }
    return [show(prefix, one) for prefix, ids in named.items() for one in ids]


def _case_parts(scope: Scope, case_id: UUID) -> Iterator[Part]:
    shown = show("cas", case_id)
    with _seeing(scope):
        case = Case.objects.get(team_id=scope.team.id, id=case_id)
        document = whole(case_file(case, with_reports=scope.with_reports))
        if not scope.with_reports:
            document["timeline"] = [
                one for one in document["timeline"] if not tells_of_report(str(one["action"]))
            ]
        document["relations"] = _relations(case)
        attachments = list(Attachment.objects.filter(team_id=case.team_id, case_id=case.id).order_by("id"))
    document["files"] = [
        {
            "id": show("att", one.id),
            "name": name_of(one),
            "kind": one.kind,
            "bytes": one.size_bytes,
            "sha256": one.sha256,
            "addedAt": one.added_at,
        }
        for one in attachments
    ]
    yield Part(f"cases/{shown}/case.json", encode(document))
    for one in attachments:
        yield Part(
            f"cases/{shown}/files/{show('att', one.id)}-{name_of(one)}", store.content(one.id, one.stored_as)
        )


def _relations(case: Case) -> list[dict[str, Any]]:
    made = CaseRelation.objects.filter(team_id=case.team_id)
    return [
        {
            "from": show("cas", one.case_id),
            "to": show("cas" if one.kind == "case" else "alt", one.other_id),
            "reason": reason_of(one.id, one.sealed_reason),
            "at": one.related_at,
        }
        for one in [*made.filter(case_id=case.id), *made.filter(other_id=case.id)]
    ]


def _lines(scope: Scope, folder: str, identifiers: Sequence[UUID], read: Any) -> Iterator[Part]:
    """One file with a line of JSON for each thing, for every AT_ONCE of them."""
    for number, start in enumerate(range(0, len(identifiers), AT_ONCE), start=1):
        with _seeing(scope):
            things = list(read(scope, identifiers[start : start + AT_ONCE]))
        if things:
            yield Part(f"{folder}/{number:04d}.jsonl", b"".join(encode(one) + b"\n" for one in things))


def _listed(rows: Any) -> list[UUID]:
    return sorted(rows.values_list("id", flat=True))


def _ids(statement: str, **asked: Any) -> list[UUID]:
    rows: Iterable[tuple[UUID]] = driver_connection().execute(statement.encode(), asked).fetchall()
    return [row[0] for row in rows]


@contextmanager
def _seeing(scope: Scope) -> Iterator[None]:
    """A transaction that sees the scope's team, with the patience of background work."""
    with tenant(scope.team.organisation_id, [scope.team.id]):
        driver_connection().execute(_PATIENCE)
        yield
