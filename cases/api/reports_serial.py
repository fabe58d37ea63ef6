"""Reports as JSON: the summary of a list, and one whole. Call inside `tenant(...)`."""

from typing import Any
from uuid import UUID

from django.utils import timezone

from cases.models import Report
from cases.reports.entity import Entity
from cases.reports.goaml.check import problems
from cases.reports.selectors import Row, Step, filings_of, names_of, rows, steps_of, told
from cases.reports.serial import camel, content_json
from cases.reports.transitions import OPEN, allowed_in
from cases.reports.working import content_of, detected, document_of, entity_row, name_of, open_entity
from ratel.identifiers import show
from teams.principal import Principal, TeamFacts


def summary(team: TeamFacts, row: Row) -> dict[str, Any]:
    report = row.report
    return {
        "id": row.id,
        "type": report.type,
        "name": name_of(team.pack, report.type),
        "status": report.status,
        "customerId": row.reference,
        "caseId": _shown("cas", report.case_id),
        "alertId": _shown("alt", report.alert_id),
        "evaluationId": _shown("evl", report.evaluation_id),
        "transactionId": _shown("txn", report.transaction_id),
        "reason": report.reason,
        "createdAt": report.created_at,
        "detectedAt": detected(report),
        "dueAt": row.due_at,
        "isOverdue": row.is_overdue,
        "approvedAt": report.approved_at,
        "filedAt": report.filed_at,
        "version": report.version,
    }


def report_json(caller: Principal, report: Report) -> dict[str, Any]:
    team = caller.team
    content, entity = content_of(report, team), open_entity(entity_row(team.id))
    found = problems(document_of(report, team, content, entity)) if report.status in OPEN else []
    steps = steps_of(report)
    return {
        **summary(team, rows(team, [report], timezone.now())[0]),
        "content": content_json(content),
        "missing": [{"path": one.path, "message": one.message} for one in found],
        "allowed": allowed_in(report.status),
        "steps": [_step(step) for step in told(steps, names_of(steps))],
        "filings": [
            {
                "kind": one.kind,
                "reference": one.reference,
                "fileName": one.file_name or None,
                "at": one.at,
            }
            for one in filings_of(report)
        ],
    }


def entity_json(entity: Entity, version: int) -> dict[str, Any]:
    return {
        **{camel(name): getattr(entity, name) or None for name in entity.__struct_fields__},
        "version": version,
    }


def _step(step: Step) -> dict[str, Any]:
    return {
        "at": step.at,
        "action": step.action,
        "by": step.who,
        "words": step.words or None,
        "version": step.version,
    }


def _shown(prefix: str, identifier: UUID | None) -> str | None:
    return show(prefix, identifier) if identifier else None
