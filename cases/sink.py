"""What a decision leaves for people: an alert, its case, report drafts, and the events that tell of them.

Called with the decisions of one turn inside their own database transaction; returns rows, touches nothing itself. A
decision that is made again with every layer (`cases/retroactive.py`) leaves the same, by the same rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from cases.reports.deadlines import clock
from cases.sink_statements import (
    ALERT_INSERT,
    CASE_INSERT,
    COUNT_ON_PROFILE,
    JOIN_ALERT,
    JOIN_CASE,
    LINK_INSERT,
    REPORT_INSERT,
)
from ratel.identifiers import new_id, show
from ratel.statements import Write
from screening.decide import LEVELS
from screening.evaluation import Evaluation
from screening.joining import as_known
from screening.persist import Recorded
from screening.transaction import Transaction
from teams.principal import TeamFacts
from webhooks.outbox import OUTBOX_INSERT, event_row

# An alert is never milder than the decision it stands for.
LEAST_SEVERITY: Final = {"review": "medium", "escalate": "high", "block": "critical"}
DUE_AFTER: Final = {
    "low": timedelta(hours=72),
    "medium": timedelta(hours=24),
    "high": timedelta(hours=8),
    "critical": timedelta(hours=2),
}


@dataclass(frozen=True)
class Finding:
    """One evaluation as people are told of it. `drafts` are the reports that are new with it, which hang on `alert_id`
    and `case_id`; `trigger` says what an alert is about, `tells_partial` whether operators hear that it lacks a layer."""

    evaluation: Evaluation
    transaction: Transaction
    team: TeamFacts
    customer_id: UUID
    open_case_id: UUID | None
    now: datetime
    trigger: str
    drafts: Sequence[tuple[str, str]]
    alert_id: UUID | None
    case_id: UUID | None
    tells_partial: bool = False

    @property
    def opens_case(self) -> bool:
        return self.evaluation.case_id is not None and self.evaluation.case_id != self.open_case_id

    @property
    def joins_case(self) -> bool:
        return self.evaluation.case_id is not None and self.evaluation.case_id == self.open_case_id

    @property
    def opens_alert(self) -> bool:
        return self.evaluation.alert_id is not None and not self.evaluation.joins_alert

    @property
    def severity(self) -> str:
        return max(self.evaluation.risk_level, LEAST_SEVERITY[self.evaluation.decision], key=LEVELS.index)


def open_alerts(recorded: Sequence[Recorded]) -> list[Write]:
    """Anything but pass creates an alert; escalate and block open or join a case; policy and rules draft reports."""
    findings = [_finding(record) for record in recorded if _concerns_people(record.evaluation)]
    return rows_of(findings, [finding for finding in findings if finding.evaluation.alert_id is not None])


def _concerns_people(evaluation: Evaluation) -> bool:
    """Most payments leave nothing but themselves."""
    return evaluation.alert_id is not None or bool(evaluation.drafts) or evaluation.partial


def _finding(record: Recorded) -> Finding:
    evaluation = record.evaluation
    return Finding(
        evaluation=evaluation,
        transaction=record.request.transaction,
        team=record.team,
        customer_id=record.customer_id,
        open_case_id=record.open_case_id,
        now=record.now,
        trigger=trigger_of(evaluation),
        drafts=evaluation.drafts,
        alert_id=evaluation.alert_id,
        case_id=evaluation.case_id,
        tells_partial=evaluation.partial,
    )


def rows_of(findings: Sequence[Finding], counted: Sequence[Finding]) -> list[Write]:
    """Every row of these findings, in order; `counted` are those that their customers' profiles count."""
    alerted = [finding for finding in findings if finding.evaluation.alert_id is not None]
    return [
        # First, because everybody who changes alerts takes the customer's row before theirs.
        (COUNT_ON_PROFILE, [_counts(finding) for finding in counted]),
        (CASE_INSERT, [_case_row(finding) for finding in alerted if finding.opens_case]),
        (ALERT_INSERT, [_alert_row(finding) for finding in alerted if finding.opens_alert]),
        (JOIN_ALERT, [_join_alert_row(finding) for finding in alerted if not finding.opens_alert]),
        (LINK_INSERT, [_link_row(finding) for finding in alerted]),
        (REPORT_INSERT, [row for finding in findings for row in _report_rows(finding)]),
        (JOIN_CASE, [_join_row(finding) for finding in alerted if finding.joins_case]),
        (OUTBOX_INSERT, [row for finding in findings for row in _events(finding)]),
    ]


def _counts(finding: Finding) -> tuple[Any, ...]:
    suspicions = sum(report == "SAR" for report, _ in finding.drafts)
    evaluation, known = finding.evaluation, None
    if evaluation.alert_id is not None and evaluation.alert_key:
        known = (
            as_known(evaluation.alert_id, evaluation.alert_key, finding.now) if finding.opens_alert else None
        )
    return (int(finding.opens_alert), suspicions, evaluation.case_id, known, known, finding.customer_id)


def _join_alert_row(finding: Finding) -> tuple[Any, ...]:
    evaluation, severity = finding.evaluation, finding.severity
    alert_id = evaluation.alert_id or UUID(int=0)
    alert = show("alt", alert_id)
    event = _event(finding, "alert.triggered", alert, _alert_data(finding, alert))
    due_at = finding.now + DUE_AFTER[severity]
    return (
        *(finding.now, evaluation.decision, evaluation.risk_score, severity),
        *(due_at, evaluation.case_id, alert_id),
        *event,
    )


def _join_row(finding: Finding) -> tuple[Any, ...]:
    case_id, priority = finding.evaluation.case_id or UUID(int=0), finding.severity.upper()
    case = show("cas", case_id)
    event = _event(finding, "case.updated", case, {"caseId": case, **_case_links(finding)})
    return (finding.now, priority, priority, case_id, *event)


def trigger_of(evaluation: Evaluation) -> str:
    """What the alert is about: a name match, else the rules that hit, else a layer's own outcome."""
    sanctions = evaluation.layer("sanctions")
    if sanctions.answered and sanctions.score > 0:
        return "screening_match"
    return "rule_fire" if evaluation.hits else "layer"


def _alert_row(finding: Finding) -> tuple[Any, ...]:
    evaluation, severity = finding.evaluation, finding.severity
    return (
        evaluation.alert_id,
        finding.team.organisation_id,
        finding.team.id,
        finding.customer_id,
        evaluation.transaction_id,
        evaluation.id,
        evaluation.case_id,
        finding.trigger,
        "transaction",
        evaluation.decision,
        evaluation.risk_score,
        severity,
        "open",
        finding.evaluation.alert_key,
        1,
        finding.now + DUE_AFTER[severity],
        finding.now,
    )


def _link_row(finding: Finding) -> tuple[Any, ...]:
    team, evaluation = finding.team, finding.evaluation
    return (new_id(), team.organisation_id, team.id, evaluation.alert_id, evaluation.id, finding.now)


def _case_row(finding: Finding) -> tuple[Any, ...]:
    team = finding.team
    return (
        finding.evaluation.case_id,
        team.organisation_id,
        team.id,
        finding.customer_id,
        _case_type(finding),
        finding.severity.upper(),
        "OPEN",
        finding.now,
        finding.now,
    )


def _case_type(finding: Finding) -> str:
    facts = _name_facts(finding)
    if facts.get("customerMatchesSanctions") or facts.get("counterpartyMatchesSanctions"):
        return "SANCTIONS_HIT"
    if facts.get("customerMatchesPep") or facts.get("counterpartyMatchesPep"):
        return "PEP_MATCH"
    if finding.evaluation.hits:
        return "SUSPICIOUS_TRANSACTION"
    strongest = max(finding.evaluation.layers, key=lambda layer: layer.score)
    return {"kyc": "KYC_REVIEW", "behavioral": "BEHAVIORAL_ANOMALY"}.get(strongest.name, "AML_ALERT")


def _name_facts(finding: Finding) -> dict[str, Any]:
    evidence = finding.evaluation.layer("sanctions").evidence
    return evidence["facts"] if evidence else {}


def _report_rows(finding: Finding) -> list[tuple[Any, ...]]:
    team, evaluation = finding.team, finding.evaluation
    return [
        (
            new_id(),
            team.organisation_id,
            team.id,
            finding.customer_id,
            report,
            "DRAFT",
            evaluation.id,
            evaluation.transaction_id,
            finding.alert_id,
            finding.case_id,
            reason,
            finding.now,
            *clock(team.pack, report, finding.now, finding.transaction.occurred_at),
        )
        for report, reason in finding.drafts
    ]


def _events(finding: Finding) -> list[tuple[Any, ...]]:
    """The rows of the outbox, in the order in which things happened."""
    evaluation = finding.evaluation
    rows = []
    if evaluation.case_id is not None and finding.opens_case:
        case = show("cas", evaluation.case_id)
        rows.append(_event(finding, "case.created", case, _case_data(finding, case)))
    if evaluation.alert_id is not None:
        alert = show("alt", evaluation.alert_id)
        data = _alert_data(finding, alert)
        if finding.opens_alert:
            rows.append(_event(finding, "alert.created", alert, data))
        if evaluation.decision in {"escalate", "block"}:
            rows.append(_event(finding, "alert.escalated", alert, data))
    if any(report == "SAR" for report, _ in finding.drafts):
        subject = show("evl", evaluation.id)
        rows.append(_event(finding, "sar.drafted", subject, {"evaluationId": subject, **_about(finding)}))
    if finding.tells_partial:
        subject = show("evl", evaluation.id)
        data = {
            "evaluationId": subject,
            "missingLayers": list(evaluation.missing_layers),
            "failedRules": _failed_rules(finding),
            **_about(finding),
        }
        rows.append(_event(finding, "evaluation.partial", subject, data))
    return rows


def _failed_rules(finding: Finding) -> list[str]:
    """Codes of the rules that raised an error."""
    layers = [layer.evidence for layer in finding.evaluation.layers if layer.evidence]
    return sorted(code for evidence in layers for code in evidence.get("failedRules", {}))


def _event(finding: Finding, name: str, subject: str, data: dict[str, Any]) -> tuple[Any, ...]:
    team = finding.team
    return event_row(
        name,
        organisation_id=team.organisation_id,
        team_id=team.id,
        subject=subject,
        occurred_at=finding.now,
        data=data,
    )


def _about(finding: Finding) -> dict[str, Any]:
    transaction = finding.transaction
    return {
        "customerId": transaction.customer_id,
        "transactionId": show("txn", finding.evaluation.transaction_id),
        "externalId": transaction.external_id,
    }


def _alert_data(finding: Finding, alert: str) -> dict[str, Any]:
    evaluation = finding.evaluation
    return {
        "alertId": alert,
        **_about(finding),
        "triggerType": finding.trigger,
        "riskScore": evaluation.risk_score,
        "severity": finding.severity,
        "decision": evaluation.decision,
        "lane": "transaction",
    }


def _case_data(finding: Finding, case: str) -> dict[str, Any]:
    return {
        "caseId": case,
        "status": "OPEN",
        "type": _case_type(finding),
        "priority": finding.severity.upper(),
        **_case_links(finding),
    }


def _case_links(finding: Finding) -> dict[str, Any]:
    """What this decision adds to its case."""
    evaluation, transaction = finding.evaluation, finding.transaction
    return {
        "alertIds": [show("alt", evaluation.alert_id)] if evaluation.alert_id else [],
        "externalIds": [transaction.external_id] if transaction.external_id else [],
    }
