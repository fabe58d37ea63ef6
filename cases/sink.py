"""What a decision leaves for people: an alert, its case, report drafts, and the events that tell of them.

Called with the decisions of one turn inside their own database transaction; returns rows, touches nothing itself.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from ratel.identifiers import new_id, show
from ratel.statements import InsertInto, Update, Write
from screening.decide import LEVELS
from screening.persist import Recorded
from webhooks.outbox import OUTBOX_INSERT, event_row

# An alert is never milder than the decision it stands for.
LEAST_SEVERITY: Final = {"review": "medium", "escalate": "high", "block": "critical"}
DUE_AFTER: Final = {
    "low": timedelta(hours=72),
    "medium": timedelta(hours=24),
    "high": timedelta(hours=8),
    "critical": timedelta(hours=2),
}

ALERT_INSERT: Final = InsertInto(
    "cases_alert",
    {
        "id": "uuid",
        "organisation_id": "uuid",
        "team_id": "uuid",
        "customer_id": "uuid",
        "transaction_id": "uuid",
        "evaluation_id": "uuid",
        "case_id": "uuid",
        "trigger": "text",
        "lane": "text",
        "decision": "text",
        "risk_score": "numeric",
        "severity": "text",
        "status": "text",
        "count": "int",
        "due_at": "timestamptz",
        "created_at": "timestamptz",
    },
)
LINK_INSERT: Final = InsertInto(
    "cases_alertevaluation",
    {
        "id": "uuid",
        "organisation_id": "uuid",
        "team_id": "uuid",
        "alert_id": "uuid",
        "evaluation_id": "uuid",
        "linked_at": "timestamptz",
    },
)
CASE_INSERT: Final = InsertInto(
    "cases_case",
    {
        "id": "uuid",
        "organisation_id": "uuid",
        "team_id": "uuid",
        "customer_id": "uuid",
        "type": "text",
        "priority": "text",
        "status": "text",
        "created_at": "timestamptz",
        "updated_at": "timestamptz",
    },
)
REPORT_INSERT: Final = InsertInto(
    "cases_report",
    {
        "id": "uuid",
        "organisation_id": "uuid",
        "team_id": "uuid",
        "customer_id": "uuid",
        "type": "text",
        "status": "text",
        "evaluation_id": "uuid",
        "transaction_id": "uuid",
        "alert_id": "uuid",
        "case_id": "uuid",
        "reason": "text",
        "created_at": "timestamptz",
    },
)
COUNT_ON_PROFILE: Final = Update(
    b"UPDATE screening_customer SET prior_alerts = prior_alerts + 1, prior_sars = prior_sars + %s::int,"
    b" open_case_id = COALESCE(%s::uuid, open_case_id) WHERE id = %s::uuid"
)
# A case that is joined takes on the more severe priority; what it is by then is what the event tells of it.
JOIN_CASE: Final = Update(
    b"WITH joined AS (UPDATE cases_case SET version = version + 1, updated_at = %s::timestamptz, priority = CASE"
    b" WHEN array_position(ARRAY['LOW', 'MEDIUM', 'HIGH', 'CRITICAL'], priority::text)"
    b" < array_position(ARRAY['LOW', 'MEDIUM', 'HIGH', 'CRITICAL'], %s::text) THEN %s::text ELSE priority END"
    b" WHERE id = %s::uuid RETURNING status, type, priority)"
    b" INSERT INTO webhooks_outboxevent (id, organisation_id, team_id, event, subject, is_confidential, payload,"
    b" occurred_at) SELECT %s::uuid, %s::uuid, %s::uuid, %s::text, %s::text, %s::boolean,"
    b" %s::jsonb || jsonb_build_object('status', status, 'type', type, 'priority', priority), %s::timestamptz FROM joined"
)


def open_alerts(recorded: Sequence[Recorded]) -> list[Write]:
    """Anything but pass creates an alert; escalate and block open or join a case; policy and rules draft reports."""
    alerted = [record for record in recorded if record.evaluation.alert_id is not None]
    opening = [record for record in alerted if _opens_case(record)]
    return [
        (CASE_INSERT, [_case_row(record) for record in opening]),
        (ALERT_INSERT, [_alert_row(record) for record in alerted]),
        (LINK_INSERT, [_link_row(record) for record in alerted]),
        (REPORT_INSERT, [row for record in recorded for row in _report_rows(record)]),
        (COUNT_ON_PROFILE, [_counts(record) for record in alerted]),
        (JOIN_CASE, [_join_row(record) for record in alerted if _joins_case(record)]),
        (OUTBOX_INSERT, [row for record in recorded for row in _events(record)]),
    ]


def _opens_case(record: Recorded) -> bool:
    return record.evaluation.case_id is not None and record.evaluation.case_id != record.open_case_id


def _joins_case(record: Recorded) -> bool:
    return record.evaluation.case_id is not None and record.evaluation.case_id == record.open_case_id


def _counts(record: Recorded) -> tuple[Any, ...]:
    suspicions = sum(report == "SAR" for report, _ in record.evaluation.drafts)
    return (suspicions, record.evaluation.case_id, record.customer_id)


def _join_row(record: Recorded) -> tuple[Any, ...]:
    case_id, priority = record.evaluation.case_id or UUID(int=0), severity_of(record).upper()
    case = show("cas", case_id)
    event = _event(record, "case.updated", case, {"caseId": case, **_case_links(record)})
    return (record.now, priority, priority, case_id, *event)


def severity_of(record: Recorded) -> str:
    evaluation = record.evaluation
    return max(evaluation.risk_level, LEAST_SEVERITY[evaluation.decision], key=LEVELS.index)


def trigger_of(record: Recorded) -> str:
    """What the alert is about: a name match, else the rules that hit, else a layer's own outcome."""
    sanctions = record.evaluation.layer("sanctions")
    if sanctions.answered and sanctions.score > 0:
        return "screening_match"
    return "rule_fire" if record.evaluation.hits else "layer"


def _alert_row(record: Recorded) -> tuple[Any, ...]:
    evaluation, severity = record.evaluation, severity_of(record)
    return (
        evaluation.alert_id,
        record.team.organisation_id,
        record.team.id,
        record.customer_id,
        evaluation.transaction_id,
        evaluation.id,
        evaluation.case_id,
        trigger_of(record),
        "transaction",
        evaluation.decision,
        evaluation.risk_score,
        severity,
        "open",
        1,
        record.now + DUE_AFTER[severity],
        record.now,
    )


def _link_row(record: Recorded) -> tuple[Any, ...]:
    team, evaluation = record.team, record.evaluation
    return (new_id(), team.organisation_id, team.id, evaluation.alert_id, evaluation.id, record.now)


def _case_row(record: Recorded) -> tuple[Any, ...]:
    team = record.team
    return (
        record.evaluation.case_id,
        team.organisation_id,
        team.id,
        record.customer_id,
        _case_type(record),
        severity_of(record).upper(),
        "OPEN",
        record.now,
        record.now,
    )


def _case_type(record: Recorded) -> str:
    facts = _name_facts(record)
    if facts.get("customerMatchesSanctions") or facts.get("counterpartyMatchesSanctions"):
        return "SANCTIONS_HIT"
    if facts.get("customerMatchesPep") or facts.get("counterpartyMatchesPep"):
        return "PEP_MATCH"
    if record.evaluation.hits:
        return "SUSPICIOUS_TRANSACTION"
    strongest = max(record.evaluation.layers, key=lambda layer: layer.score)
    return {"kyc": "KYC_REVIEW", "behavioral": "BEHAVIORAL_ANOMALY"}.get(strongest.name, "AML_ALERT")


def _name_facts(record: Recorded) -> dict[str, Any]:
    evidence = record.evaluation.layer("sanctions").evidence
    return evidence["facts"] if evidence else {}


def _report_rows(record: Recorded) -> list[tuple[Any, ...]]:
    team, evaluation = record.team, record.evaluation
    return [
        (
            new_id(),
            team.organisation_id,
            team.id,
            record.customer_id,
            report,
            "DRAFT",
            evaluation.id,
            evaluation.transaction_id,
            evaluation.alert_id,
            evaluation.case_id,
            reason,
            record.now,
        )
        for report, reason in evaluation.drafts
    ]


def _events(record: Recorded) -> list[tuple[Any, ...]]:
    """The rows of the outbox, in the order in which things happened."""
    evaluation = record.evaluation
    rows = []
    if evaluation.case_id is not None and _opens_case(record):
        case = show("cas", evaluation.case_id)
        rows.append(_event(record, "case.created", case, _case_data(record, case)))
    if evaluation.alert_id is not None:
        alert = show("alt", evaluation.alert_id)
        data = _alert_data(record, alert)
        rows.append(_event(record, "alert.created", alert, data))
        if evaluation.decision in {"escalate", "block"}:
            rows.append(_event(record, "alert.escalated", alert, data))
    if any(report == "SAR" for report, _ in evaluation.drafts):
        subject = show("evl", evaluation.id)
        rows.append(_event(record, "sar.drafted", subject, {"evaluationId": subject, **_about(record)}))
    if evaluation.partial:
        subject = show("evl", evaluation.id)
        data = {
            "evaluationId": subject,
            "missingLayers": list(evaluation.missing_layers),
            "failedRules": _failed_rules(record),
            **_about(record),
        }
        rows.append(_event(record, "evaluation.partial", subject, data))
    return rows


def _failed_rules(record: Recorded) -> list[str]:
    """Codes of the rules that raised an error."""
    layers = [layer.evidence for layer in record.evaluation.layers if layer.evidence]
    return sorted(code for evidence in layers for code in evidence.get("failedRules", {}))


def _event(record: Recorded, name: str, subject: str, data: dict[str, Any]) -> tuple[Any, ...]:
    team = record.team
    return event_row(
        name,
        organisation_id=team.organisation_id,
        team_id=team.id,
        subject=subject,
        occurred_at=record.now,
        data=data,
    )


def _about(record: Recorded) -> dict[str, Any]:
    transaction = record.request.transaction
    return {
        "customerId": transaction.customer_id,
        "transactionId": show("txn", record.evaluation.transaction_id),
        "externalId": transaction.external_id,
    }


def _alert_data(record: Recorded, alert: str) -> dict[str, Any]:
    evaluation = record.evaluation
    return {
        "alertId": alert,
        **_about(record),
        "triggerType": trigger_of(record),
        "riskScore": evaluation.risk_score,
        "severity": severity_of(record),
        "decision": evaluation.decision,
        "lane": "transaction",
    }


def _case_data(record: Recorded, case: str) -> dict[str, Any]:
    return {
        "caseId": case,
        "status": "OPEN",
        "type": _case_type(record),
        "priority": severity_of(record).upper(),
        **_case_links(record),
    }


def _case_links(record: Recorded) -> dict[str, Any]:
    """What this decision adds to its case."""
    evaluation, transaction = record.evaluation, record.request.transaction
    return {
        "alertIds": [show("alt", evaluation.alert_id)] if evaluation.alert_id else [],
        "externalIds": [transaction.external_id] if transaction.external_id else [],
    }
