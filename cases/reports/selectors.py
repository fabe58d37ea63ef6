"""Reports as lists and pages show them. Reads only; callers have checked the right to know that there are any."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Q, QuerySet

from cases.models import Report, ReportFiling, ReportStep
from cases.reports import deadlines
from cases.reports.filing import open_filing
from cases.reports.transitions import OPEN
from cases.reports.working import due
from ratel.identifiers import show
from ratel.problem import NotFound
from ratel.sealing import unseal
from ratel.statements import driver_connection
from screening.models import Customer
from screening.screenings.customers import open_profile
from teams.models import ApiKey, Person
from teams.principal import TeamFacts

MOST_COUNTED: Final = 1_000
VIEWS: Final = ("open", "overdue", "review", "filed", "all")
TYPES: Final = ("SAR", "CTR", "FTR")
# Those in which the most urgent comes first; in the others the newest does.
BY_DUE: Final = frozenset({"open", "overdue", "review"})
_COUNTS: Final = (
    "SELECT count(*), count(*) FILTER (WHERE due_at < %(now)s), count(*) FILTER (WHERE status = 'PENDING_REVIEW')"
    " FROM (SELECT due_at, status FROM cases_report WHERE team_id = %(team)s AND status <> 'FILED'"
    " ORDER BY due_at LIMIT %(most)s) AS waiting"
)


@dataclass(frozen=True)
class Wanted:
    """The filters of a list; None where one does not filter. `customer` is the bank's own reference."""

    view: str = "all"
    type: str | None = None
    status: str | None = None
    customer: str | None = None


@dataclass(frozen=True)
class Row:
    """One report of a list."""

    report: Report
    id: str
    reference: str
    name: str
    due_at: datetime
    deadline: deadlines.Deadline
    is_open: bool
    is_overdue: bool


@dataclass(frozen=True)
class Counts:
    """Of the first MOST_COUNTED that are not filed."""

    open: int
    overdue: int
    review: int


@dataclass(frozen=True)
class Step:
    """One thing that happened, with who did it in words."""

    action: str
    who: str
    words: str
    at: datetime
    version: int | None


@dataclass(frozen=True)
class Filed:
    kind: str
    reference: str
    file_name: str
    at: datetime


def report_of(team: TeamFacts, report_id: UUID | None) -> Report:
    report = Report.objects.filter(team_id=team.id, id=report_id).first() if report_id else None
    if report is None:
        raise NotFound
    return report


def filtered(team: TeamFacts, wanted: Wanted, now: datetime) -> "QuerySet[Report]":
    """Unordered: see `due_first` and the newest first by id."""
    reports = Report.objects.filter(team_id=team.id)
    if wanted.view in BY_DUE and not wanted.status:
        reports = reports.exclude(status=Report.Status.FILED)
    if wanted.view == "overdue":
        reports = reports.filter(due_at__lt=now)
    if wanted.view == "review":
        reports = reports.filter(status=Report.Status.PENDING_REVIEW)
    if wanted.view == "filed":
        reports = reports.filter(status=Report.Status.FILED)
    for name in ("type", "status"):
        if getattr(wanted, name):
            reports = reports.filter(**{name: getattr(wanted, name)})
    if wanted.customer:
        customers = Customer.objects.filter(team_id=team.id, reference=wanted.customer)
        reports = reports.filter(customer_id__in=customers.values("id"))
    return reports


def due_first(reports: "QuerySet[Report]", after: UUID | None) -> "QuerySet[Report]":
    ordered = reports.order_by("due_at", "id")
    if after is None:
        return ordered
    last = Report.objects.filter(id=after).values_list("due_at", flat=True).first()
    if last is None:
        return ordered.filter(due_at=None, id__gt=after)
    return ordered.filter(Q(due_at__gt=last) | Q(due_at=last, id__gt=after))


def newest_first(reports: "QuerySet[Report]", after: UUID | None) -> "QuerySet[Report]":
    ordered = reports.order_by("-id")
    return ordered if after is None else ordered.filter(id__lt=after)


def rows(team: TeamFacts, reports: Iterable[Report], now: datetime) -> list[Row]:
    """With customers in one statement."""
    found = list(reports)
    customers = {
        one.id: one
        for one in Customer.objects.filter(team_id=team.id, id__in={report.customer_id for report in found})
    }
    return list(_rows(team, found, customers, now))


def _rows(
    team: TeamFacts, reports: list[Report], customers: dict[UUID, Customer], now: datetime
) -> Iterator[Row]:
    for report in reports:
        customer = customers.get(report.customer_id)
        due_at, is_open = due(report, team.pack), report.status in OPEN
        yield Row(
            report=report,
            id=show("rep", report.id),
            reference=customer.reference if customer else "",
            name=(open_profile(customer.id, customer.sealed_profile).name or "") if customer else "",
            due_at=due_at,
            deadline=deadlines.deadline_of(team.pack, report.type),
            is_open=is_open,
            is_overdue=is_open and due_at < now,
        )


def counts(team: TeamFacts, now: datetime) -> Counts:
    found = driver_connection().execute(_COUNTS, {"team": team.id, "now": now, "most": MOST_COUNTED})
    return Counts(*(found.fetchone() or (0, 0, 0)))


def steps_of(report: Report) -> list[ReportStep]:
    return list(ReportStep.objects.filter(team_id=report.team_id, report_id=report.id).order_by("id"))


def steps_of_case(team_id: UUID, case_id: UUID) -> list[ReportStep]:
    """What happened to the reports of a case: for its timeline, and only for whoever may read reports."""
    return list(ReportStep.objects.filter(team_id=team_id, case_id=case_id).order_by("id"))


def filings_of(report: Report) -> list[Filed]:
    found = ReportFiling.objects.filter(team_id=report.team_id, report_id=report.id).order_by("id")
    return [_filed(row) for row in found]


def _filed(row: ReportFiling) -> Filed:
    filing = open_filing(row)
    return Filed(row.kind, filing.reference, filing.file_name, row.at)


def names_of(steps: Iterable[ReportStep]) -> dict[UUID, str]:
    """Who people and keys are, by id, in at most two statements."""
    ids: dict[str, set[UUID]] = {"person": set(), "key": set()}
    for step in steps:
        if step.actor_id and step.actor_kind in ids:
            ids[step.actor_kind].add(step.actor_id)
    found: dict[UUID, str] = {}
    if ids["person"]:
        found |= dict(Person.objects.filter(id__in=ids["person"]).values_list("id", "name"))
    if ids["key"]:
        keys = ApiKey.objects.filter(id__in=ids["key"]).values_list("id", "name")
        found |= {identifier: f"key {name}" for identifier, name in keys}
    return found


def told(steps: Iterable[ReportStep], names: dict[UUID, str]) -> list[Step]:
    return [
        Step(
            action=step.action,
            who=names.get(step.actor_id, "somebody") if step.actor_id else "Ratel",
            words=words_of(step),
            at=step.at,
            version=step.detail.get("version"),
        )
        for step in steps
    ]


def words_of(step: ReportStep) -> str:
    return "" if step.sealed_words is None else unseal(bytes(step.sealed_words), step.id.bytes).decode()
