"""What a decision that was made again with every layer leaves for people: an alert, its case, reports, their events.

Only what is more severe than the first answer raises an alert; a report that the first decision did not ask for is
drafted in any case. Called inside the transaction of the full evaluation; returns rows, touches nothing itself.
"""

from collections.abc import Sequence
from typing import Any, Final

from cases.sink import (
    ALERT_INSERT,
    CASE_INSERT,
    DUE_AFTER,
    JOIN_CASE,
    LEAST_SEVERITY,
    LINK_INSERT,
    REPORT_INSERT,
)
from ratel.identifiers import new_id, show
from ratel.statements import Update, Write
from screening.decide import LEVELS
from screening.evaluation import Evaluation
from screening.rescreening.store import Rescreened
from webhooks.outbox import OUTBOX_INSERT, event_row

TRIGGER: Final = "retroactive"
LANE: Final = "transaction"
_COUNT: Final = Update(
    b"UPDATE screening_customer SET prior_alerts = prior_alerts + %s::int, prior_sars = prior_sars + %s::int,"
    b" open_case_id = COALESCE(%s::uuid, open_case_id) WHERE id = %s::uuid"
)


def open_alerts(rescreened: Sequence[Rescreened]) -> list[Write]:
    """The sink of re-screening (RATEL_RESCREENING_SINKS)."""
    concerned = [one for one in rescreened if one.concerns_people]
    alerted = [one for one in concerned if one.full.alert_id is not None]
    return [
        (CASE_INSERT, [_case_row(one) for one in alerted if _opens_case(one)]),
        (ALERT_INSERT, [_alert_row(one) for one in alerted]),
        (LINK_INSERT, [_link_row(one) for one in alerted]),
        (REPORT_INSERT, [row for one in concerned for row in _report_rows(one)]),
        (_COUNT, [_counts(one) for one in concerned]),
        (JOIN_CASE, [_join_row(one) for one in alerted if _joins_case(one)]),
        (OUTBOX_INSERT, [row for one in concerned for row in _events(one)]),
    ]


def _opens_case(one: Rescreened) -> bool:
    return one.full.case_id is not None and one.full.case_id != one.open_case_id


def _joins_case(one: Rescreened) -> bool:
    return one.full.case_id is not None and one.full.case_id == one.open_case_id


def _severity(full: Evaluation) -> str:
    return max(full.risk_level, LEAST_SEVERITY[full.decision], key=LEVELS.index)


def _alert_row(one: Rescreened) -> tuple[Any, ...]:
    full, severity = one.full, _severity(one.full)
    return (
        full.alert_id,
        one.team.organisation_id,
        one.team.id,
        one.customer_id,
        full.transaction_id,
        full.id,
        full.case_id,
        TRIGGER,
        LANE,
        full.decision,
        full.risk_score,
        severity,
        "open",
        1,
        one.now + DUE_AFTER[severity],
        one.now,
    )


def _link_row(one: Rescreened) -> tuple[Any, ...]:
    return (new_id(), one.team.organisation_id, one.team.id, one.full.alert_id, one.full.id, one.now)


def _case_row(one: Rescreened) -> tuple[Any, ...]:
    return (
        one.full.case_id,
        one.team.organisation_id,
        one.team.id,
        one.customer_id,
        _case_type(one.full),
        _severity(one.full).upper(),
        "OPEN",
        one.now,
        one.now,
    )


def _case_type(full: Evaluation) -> str:
    evidence = full.layer("sanctions").evidence
    facts = evidence["facts"] if evidence else {}
    for name, kind in (("Sanctions", "SANCTIONS_HIT"), ("Pep", "PEP_MATCH")):
        if any(facts.get(f"{party}Matches{name}") for party in ("customer", "counterparty")):
            return kind
    if full.hits:
        return "SUSPICIOUS_TRANSACTION"
    strongest = max(full.layers, key=lambda layer: layer.score)
    return {"kyc": "KYC_REVIEW", "behavioral": "BEHAVIORAL_ANOMALY"}.get(strongest.name, "AML_ALERT")


def _report_rows(one: Rescreened) -> list[tuple[Any, ...]]:
    """Drafts hang on the newer alert and case where there are any, else on those of the first decision."""
    full, first = one.full, one.first
    return [
        (
            new_id(),
            one.team.organisation_id,
            one.team.id,
            one.customer_id,
            report,
            "DRAFT",
            full.id,
            full.transaction_id,
            full.alert_id or first.alert_id,
            full.case_id or first.case_id,
            reason,
            one.now,
        )
        for report, reason in one.new_drafts
    ]


def _counts(one: Rescreened) -> tuple[Any, ...]:
    suspicions = sum(report == "SAR" for report, _ in one.new_drafts)
    return (int(one.full.alert_id is not None), suspicions, one.full.case_id, one.customer_id)


def _join_row(one: Rescreened) -> tuple[Any, ...]:
    case_id, priority = one.full.case_id, _severity(one.full).upper()
    case = show("cas", case_id) if case_id else ""
    event = _event(one, "case.updated", case, {"caseId": case, **_case_links(one)})
    return (one.now, priority, priority, case_id, *event)


def _events(one: Rescreened) -> list[tuple[Any, ...]]:
    """The rows of the outbox, in the order in which things happened."""
    full, rows = one.full, []
    if full.case_id is not None and _opens_case(one):
        case = show("cas", full.case_id)
        opened = {"status": "OPEN", "type": _case_type(full), "priority": _severity(full).upper()}
        rows.append(_event(one, "case.created", case, {"caseId": case, **opened, **_case_links(one)}))
    if full.alert_id is not None:
        alert, data = show("alt", full.alert_id), _alert_data(one)
        rows.append(_event(one, "alert.created", alert, data))
        if full.decision in {"escalate", "block"}:
            rows.append(_event(one, "alert.escalated", alert, data))
    if any(report == "SAR" for report, _ in one.new_drafts):
        subject = show("evl", full.id)
        rows.append(_event(one, "sar.drafted", subject, {"evaluationId": subject, **_about(one)}))
    return rows


def _event(one: Rescreened, name: str, subject: str, data: dict[str, Any]) -> tuple[Any, ...]:
    return event_row(
        name,
        organisation_id=one.team.organisation_id,
        team_id=one.team.id,
        subject=subject,
        occurred_at=one.now,
        data=data,
    )


def _about(one: Rescreened) -> dict[str, Any]:
    return {
        "customerId": one.transaction.customer_id,
        "transactionId": show("txn", one.full.transaction_id),
        "externalId": one.transaction.external_id,
    }


def _alert_data(one: Rescreened) -> dict[str, Any]:
    full = one.full
    return {
        "alertId": show("alt", full.alert_id) if full.alert_id else None,
        **_about(one),
        "triggerType": TRIGGER,
        "riskScore": full.risk_score,
        "severity": _severity(full),
        "decision": full.decision,
        "lane": LANE,
    }


def _case_links(one: Rescreened) -> dict[str, Any]:
    external_id = one.transaction.external_id
    return {
        "alertIds": [show("alt", one.full.alert_id)] if one.full.alert_id else [],
        "externalIds": [external_id] if external_id else [],
    }
