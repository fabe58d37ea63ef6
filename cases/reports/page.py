"""One report as its page shows it: what it says, what it lacks, how long there is, who did what. Reads only.

The statements of the frame and these together stay within a page's twelve: a report that nobody has worked on has no
steps and no filings to read, and takes its content from four statements instead.
"""

from dataclasses import dataclass
from datetime import datetime

from cases.models import Report
from cases.reports import deadlines, fields
from cases.reports.content import Content, Party, Payment
from cases.reports.entity import Entity
from cases.reports.goaml.check import problems
from cases.reports.selectors import Filed, Step, filings_of, names_of, steps_of, told
from cases.reports.services import is_maker, needs_four_eyes
from cases.reports.transitions import OPEN, allowed_in
from cases.reports.working import content_of, detected, document_of, due, entity_row, name_of, open_entity
from ratel.identifiers import show
from ratel.problem import Problem
from teams.principal import Principal

_EDITED = ("DRAFT", "REJECTED")


@dataclass(frozen=True)
class Value:
    """One field of a party with what it holds; `id` is that of its input, `path` that of its problem."""

    field: fields.Field
    value: str
    id: str
    name: str

    @property
    def shown(self) -> str:
        return (self.field.choices or {}).get(self.value, self.value)


@dataclass(frozen=True)
class PartyForm:
    party: Party
    title: str
    values: list[Value]


@dataclass(frozen=True)
class PaymentRow:
    """One payment with who is on its other side, in a word."""

    payment: Payment
    other: str


@dataclass(frozen=True)
class Missing:
    """One thing in the way, with the id of the input that mends it (empty where none does); a key leads to the next."""

    message: str
    anchor: str
    is_next: bool
    is_of_entity: bool


@dataclass(frozen=True)
class ReportPage:
    report: Report
    id: str
    name: str
    headline: str
    content: Content
    entity: Entity
    parties: list[PartyForm]
    payments: list[PaymentRow]
    missing: list[Missing]
    steps: list[Step]
    filings: list[Filed]
    deadline: deadlines.Deadline
    detected_at: datetime
    due_at: datetime
    is_open: bool
    is_overdue: bool
    is_editable: bool
    allowed: list[str]
    is_maker: bool


def report_page(caller: Principal, report: Report, now: datetime) -> ReportPage:
    content = content_of(report, caller.team)
    entity = open_entity(entity_row(report.team_id))
    found = problems(document_of(report, caller.team, content, entity)) if report.status in OPEN else []
    steps = steps_of(report) if report.version > 1 or report.sealed_content is not None else []
    due_at, is_open = due(report, caller.team.pack), report.status in OPEN
    name = name_of(caller.team.pack, report.type)
    missing = missing_of(found)
    return ReportPage(
        report=report,
        id=show("rep", report.id),
        name=name,
        headline=_headline(report, name, content, missing),
        content=content,
        entity=entity,
        parties=[_form(party) for party in content.involved],
        payments=_payments(content),
        missing=missing,
        steps=told(steps, names_of(steps)),
        filings=filings_of(report) if report.status == Report.Status.FILED else [],
        deadline=deadlines.deadline_of(caller.team.pack, report.type),
        detected_at=detected(report),
        due_at=due_at,
        is_open=is_open,
        is_overdue=is_open and due_at < now,
        is_editable=report.status in _EDITED and caller.may("reports.write"),
        allowed=allowed_in(report.status),
        is_maker=is_maker(caller, report) and needs_four_eyes(caller),
    )


def missing_of(problems_found: list[Problem]) -> list[Missing]:
    anchors = [
        "" if one.path.startswith(("/", "reportingEntity")) else anchor(one.path) for one in problems_found
    ]
    following = next((number for number, one in enumerate(anchors) if one), None)
    return [
        Missing(one.message, anchors[number], number == following, one.path.startswith("reportingEntity"))
        for number, one in enumerate(problems_found)
    ]


def anchor(path: str) -> str:
    """The id of the input at a path: a transaction's problem leads to its row."""
    if path.startswith("payments."):
        return "-".join(path.split(".")[:2])
    return path.replace(".", "-")


def _headline(report: Report, name: str, content: Content, missing: list[Missing]) -> str:
    about = f"{name} about {content.customer.name or 'an unnamed customer'}"
    status = Report.Status(report.status)
    if status in {Report.Status.DRAFT, Report.Status.REJECTED}:
        if missing:
            return f"{about}: {len(missing)} thing{'' if len(missing) == 1 else 's'} missing before review"
        return f"{about}: complete, ready for review"
    endings = {
        Report.Status.PENDING_REVIEW: "waits for a second person",
        Report.Status.APPROVED: "is approved and waits to be filed",
        Report.Status.FILED: "is filed",
    }
    return f"{about} {endings[status]}"


def _payments(content: Content) -> list[PaymentRow]:
    names = {party.key: party.name or party.account or party.national_id for party in content.parties}
    return [PaymentRow(payment, names.get(payment.party, "")) for payment in content.payments]


def _form(party: Party) -> PartyForm:
    title = (
        "The customer" if party.is_customer else f"Counterparty: {party.name or party.account or party.key}"
    )
    values = [
        Value(
            field,
            getattr(party, field.name),
            f"parties-{party.key}-{field.name}",
            f"party.{party.key}.{field.name}",
        )
        for field in fields.fields_of(party)
    ]
    return PartyForm(party, title, values)
