"""What every action on a report has in common: the locked row, its content, its step, version and events.

A step is written beside the report, never among the steps of its case: who may not read reports finds none there.
"""

from typing import Any
from uuid import UUID

import msgspec
from django.utils import timezone

from cases.models import Report, ReportingEntity, ReportStep, ReportVersion
from cases.reports import content as contents
from cases.reports import deadlines
from cases.reports.content import Content
from cases.reports.document import Document
from cases.reports.entity import Entity
from cases.reports.prefill import prefilled
from cases.reports.stored import read_stored
from ratel.identifiers import show
from ratel.problem import Conflict, Forbidden, NotFound
from ratel.sealing import seal, unseal
from ratel.statements import insert
from screening.models import Customer, Transaction
from screening.packs import load_pack
from teams import audit
from teams.principal import Principal, TeamFacts
from webhooks.outbox import OUTBOX_INSERT, event_row

SAR = "SAR"
_ENTITY = b"reporting entity"


def require(caller: Principal, scope: str) -> None:
    if not caller.may(scope):
        raise Forbidden


def locked_report(caller: Principal, report_id: UUID | None, *, version: int | None = None) -> Report:
    """The team's report, which nobody else changes until the transaction ends; NotFound, or Conflict if stale."""
    if report_id is None:
        raise NotFound
    report = Report.objects.select_for_update().filter(team_id=caller.team.id, id=report_id).first()
    if report is None:
        raise NotFound
    if version is not None and version != report.version:
        raise Conflict(
            "Somebody changed it meanwhile: look again",
            code="stale",
            extra={"current": {"status": report.status, "version": report.version}},
        )
    return report


def content_of(report: Report, team: TeamFacts) -> Content:
    """What the report says; before anybody has worked on it, what is stored about its subject."""
    if report.sealed_content is None:
        return prefilled(read_stored(report), pack=team.pack, currency=team.currency)
    return contents.decode(unseal(bytes(report.sealed_content), report.id.bytes))


def save_content(caller: Principal, report: Report, content: Content) -> None:
    """Keeps the content and a copy of it for good; `save` afterwards."""
    report.sealed_content = seal(contents.encode(content), report.id.bytes)
    report.edited_by_id, report.edited_by_person_id = caller.id, caller.person_id
    kept = ReportVersion(
        organisation_id=report.organisation_id,
        team_id=report.team_id,
        report_id=report.id,
        version=report.version + 1,
        author_kind=caller.kind,
        author_id=caller.id,
        created_at=timezone.now(),
    )
    kept.sealed_content = seal(contents.encode(content), kept.id.bytes)
    kept.save(force_insert=True)


def save(report: Report) -> None:
    report.version += 1
    report.save()


def step(caller: Principal, report: Report, action: str, *, words: str = "", **detail: Any) -> None:
    """One entry of the report's history and one of the audit trail; words are sealed and stay out of the trail."""
    kept = ReportStep(
        organisation_id=report.organisation_id,
        team_id=report.team_id,
        report_id=report.id,
        case_id=report.case_id,
        action=action,
        actor_kind=caller.kind,
        actor_id=caller.id,
        detail=detail,
        at=timezone.now(),
    )
    kept.sealed_words = seal(words.encode(), kept.id.bytes) if words else None
    kept.save(force_insert=True)
    audit.note(
        caller=caller,
        action=f"report.{action}",
        subject=("report", show("rep", report.id)),
        after={"type": report.type, "status": report.status, **detail},
    )


def tell(report: Report, event: str, *, reference: str | None = None) -> None:
    """An event about a report of suspicion; other kinds have none. Marked confidential by its name."""
    if report.type != SAR:
        return
    customer = Customer.objects.get(team_id=report.team_id, id=report.customer_id)
    external_id = None
    if report.transaction_id:
        payments = Transaction.objects.filter(team_id=report.team_id, id=report.transaction_id)
        external_id = payments.values_list("external_id", flat=True).first()
    identifier = show("rep", report.id)
    data = {
        "reportId": identifier,
        "evaluationId": show("evl", report.evaluation_id) if report.evaluation_id else None,
        "customerId": customer.reference,
        "transactionId": show("txn", report.transaction_id) if report.transaction_id else None,
        "externalId": external_id,
        "caseId": show("cas", report.case_id) if report.case_id else None,
        "reference": reference,
    }
    row = event_row(
        event,
        organisation_id=report.organisation_id,
        team_id=report.team_id,
        subject=identifier,
        occurred_at=timezone.now(),
        data=data,
    )
    insert(OUTBOX_INSERT, row)


def entity_row(team_id: UUID) -> ReportingEntity | None:
    return ReportingEntity.objects.filter(team_id=team_id).first()


def open_entity(row: ReportingEntity | None) -> Entity:
    """Who reports; everything unknown where nobody has said it yet."""
    if row is None:
        return Entity()
    return msgspec.json.decode(unseal(bytes(row.sealed_document), row.id.bytes + _ENTITY), type=Entity)


def seal_entity(row: ReportingEntity, entity: Entity) -> bytes:
    return seal(msgspec.json.encode(entity), row.id.bytes + _ENTITY)


def detected(report: Report) -> Any:
    return report.detected_at or report.created_at


def due(report: Report, pack: str) -> Any:
    return report.due_at or deadlines.due_at(pack, report.type, detected(report))


def document_of(report: Report, team: TeamFacts, content: Content, entity: Entity) -> Document:
    """What is checked and exported. A report that was filed is dated by its filing, any other by now."""
    return Document(
        id=show("rep", report.id),
        type=report.type,
        name=name_of(team.pack, report.type),
        status=report.status,
        pack=team.pack,
        currency=team.currency,
        detected_at=detected(report),
        due_at=due(report, team.pack),
        dated_at=report.filed_at or timezone.now(),
        content=content,
        entity=entity,
    )


def name_of(pack: str, report_type: str) -> str:
    """What the jurisdiction calls such a report."""
    known = load_pack(pack).report_types.get(report_type)
    return known.name if known else report_type
