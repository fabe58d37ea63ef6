"""An alert that a person raises by hand about a customer, with a reason in their own words."""

from typing import Any, Final
from uuid import UUID

from django.db.models import F
from django.utils import timezone

from cases.models import Alert
from cases.services.investigation import LONGEST_REASON, working
from cases.sink import DUE_AFTER
from ratel.identifiers import new_id, show
from ratel.problem import Invalid, NotFound, Problem
from ratel.sealing import seal, unseal
from ratel.statements import insert
from screening.decide import LEVELS
from screening.models import Customer
from teams import audit
from teams.principal import Principal
from webhooks.outbox import OUTBOX_INSERT, event_row

# A person asks for a review: nothing was scored, and no payment is held.
DECISION: Final = "review"
LANE: Final = "ongoing"


def alert_raise(*, caller: Principal, customer_id: UUID | None, severity: str, reason: str) -> Alert:
    """A new open alert with the due time of its severity. Raises NotFound for somebody else's customer."""
    reason = reason.strip()
    _require(severity, reason)
    with working(caller):
        now = timezone.now()
        customer = (
            Customer.objects.select_for_update().filter(team_id=caller.team.id, id=customer_id).first()
            if customer_id
            else None
        )
        if customer is None:
            raise NotFound
        alert = Alert(
            id=new_id(),
            organisation_id=caller.team.organisation_id,
            team_id=caller.team.id,
            customer_id=customer.id,
            trigger=Alert.Trigger.MANUAL,
            lane=LANE,
            decision=DECISION,
            risk_score=0,
            severity=severity,
            due_at=now + DUE_AFTER[severity],
            created_at=now,
        )
        alert.sealed_reason = seal(reason.encode(), alert.id.bytes)
        alert.save(force_insert=True)
        Customer.objects.filter(team_id=caller.team.id, id=customer.id).update(
            prior_alerts=F("prior_alerts") + 1
        )
        insert(OUTBOX_INSERT, _event(alert, customer.reference))
        audit.note(
            caller=caller,
            action="alert.raised",
            subject=("alert", show("alt", alert.id)),
            after={"customer": show("cus", customer.id), "severity": severity},
        )
        return alert


def reason_of(alert_id: UUID, sealed: bytes | memoryview | None) -> str:
    """Why it was raised; empty for an alert that no person raised."""
    return "" if sealed is None else unseal(bytes(sealed), alert_id.bytes).decode()


def _require(severity: str, reason: str) -> None:
    problems = []
    if severity not in LEVELS:
        problems.append(Problem("severity", f"must be one of {', '.join(LEVELS)}"))
    if not 1 <= len(reason) <= LONGEST_REASON or "\x00" in reason:
        problems.append(Problem("reason", f"must be text of 1 to {LONGEST_REASON} characters"))
    if problems:
        raise Invalid(errors=problems)


def _event(alert: Alert, reference: str) -> tuple[Any, ...]:
    shown = show("alt", alert.id)
    return event_row(
        "alert.created",
        organisation_id=alert.organisation_id,
        team_id=alert.team_id,
        subject=shown,
        occurred_at=alert.created_at,
        data={
            "alertId": shown,
            "customerId": reference,
            "transactionId": None,
            "externalId": None,
            "triggerType": alert.trigger,
            "riskScore": alert.risk_score,
            "severity": alert.severity,
            "decision": alert.decision,
            "lane": alert.lane,
        },
    )
