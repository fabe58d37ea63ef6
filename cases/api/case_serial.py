"""Cases as JSON: in the native dialect's words, and in the bank dialect's, which differ in the envelope only."""

from typing import Any

from cases.models import Case, CaseNote, Report
from cases.selectors import CaseFile, timeline
from cases.services.cases import description_of, reason_of, text_of
from ratel.identifiers import show


def summary(case: Case, reference: str | None) -> dict[str, Any]:
    return {
        "id": show("cas", case.id),
        "status": case.status,
        "type": case.type,
        "priority": case.priority,
        "title": case.title,
        "tags": case.tags,
        "customerId": reference,
        "assignedToId": str(case.assigned_to_id) if case.assigned_to_id else None,
        "relatedTransactionId": show("txn", case.related_transaction_id)
        if case.related_transaction_id
        else None,
        "disposition": case.disposition or None,
        "awaitsApproval": case.proposed_by_id is not None and case.resolved_at is None,
        "createdAt": case.created_at,
        "updatedAt": case.updated_at,
        "resolvedAt": case.resolved_at,
        "version": case.version,
    }


def whole(file: CaseFile) -> dict[str, Any]:
    document = {
        **summary(file.case, file.customer_reference),
        "description": description_of(file.case),
        "reason": reason_of(file.case) or None,
        "alertIds": [show("alt", alert.id) for alert in file.alerts],
        "notes": [note_json(note) for note in file.notes],
        "timeline": timeline(file),
    }
    if file.reports is not None:
        document["reports"] = [_report(report) for report in file.reports]
    return document


def note_json(note: CaseNote) -> dict[str, Any]:
    return {
        "id": show("nte", note.id),
        "text": text_of(note),
        "authorKind": note.author_kind,
        "authorId": str(note.author_id) if note.author_id else None,
        "createdAt": note.created_at,
    }


def _report(report: Report) -> dict[str, Any]:
    return {
        "id": show("rep", report.id),
        "type": report.type,
        "status": report.status,
        "createdAt": report.created_at,
    }
