"""What people do with alerts: take the next one, assign, snooze, dismiss, escalate; one or many at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from cases.models import Alert, Case
from cases.services.cases import NewCase, case_link, case_open, needs_four_eyes
from cases.services.investigation import (
    forget_open_alerts,
    hold_customers,
    locked_alert,
    member_of_team,
    working,
)
from ratel.identifiers import show
from ratel.problem import Conflict, Forbidden, Refusal
from screening.models import Customer
from teams import audit
from teams.principal import Principal

WORKED_ON: Final = (Alert.Status.OPEN, Alert.Status.IN_PROGRESS, Alert.Status.ESCALATED)
# Actions that can be done with many alerts at once.
MOST_AT_ONCE: Final = 200


def alert_take_next(*, caller: Principal) -> Alert | None:
    """The most urgent alert that nobody has, now the caller's: never one for two people; None where none waits."""
    if caller.person_id is None:
        raise Forbidden("Nobody answers for this key, so nothing can be assigned to it")
    with working(caller):
        now = timezone.now()
        alert = (
            Alert.objects.select_for_update(skip_locked=True)
            .filter(team_id=caller.team.id, status=Alert.Status.OPEN, assigned_to_id=None)
            .filter(Q(snoozed_until=None) | Q(snoozed_until__lte=now))
            .order_by("due_at", "id")
            .first()
        )
        if alert is None:
            return None
        alert.status, alert.assigned_to_id = Alert.Status.IN_PROGRESS, caller.person_id
        alert.first_opened_at = alert.first_opened_at or now
        _save(caller, alert, "taken")
        return alert


def alert_assign(
    *, caller: Principal, alert_id: UUID | None, person_id: UUID | None, version: int | None = None
) -> Alert:
    """To a person of the team, or (None) back into the queue."""
    with working(caller):
        alert = _worked_on(caller, alert_id, version)
        alert.assigned_to_id = member_of_team(caller, person_id, "assignedToId")
        if alert.status == Alert.Status.OPEN and person_id is not None:
            alert.status = Alert.Status.IN_PROGRESS
        elif alert.status == Alert.Status.IN_PROGRESS and person_id is None:
            alert.status = Alert.Status.OPEN
        _save(caller, alert, "assigned", to=str(person_id) if person_id else None)
        return alert


def alert_snooze(
    *, caller: Principal, alert_id: UUID | None, until: datetime, reason: str, version: int | None = None
) -> Alert:
    """Out of the queue until then; its due time stays."""
    with working(caller):
        alert = _worked_on(caller, alert_id, version)
        alert.snoozed_until = until
        _save(caller, alert, "snoozed", until=until.isoformat(), reason=reason)
        return alert


def alert_dismiss(
    *, caller: Principal, alert_id: UUID | None, reason: str, version: int | None = None
) -> Alert:
    """A false positive that needs no case. Raises Conflict for an alert of a case: the case is resolved instead."""
    with working(caller):
        hold_customers(caller, [_customer_of(caller, alert_id)])
        alert = _worked_on(caller, alert_id, version)
        if alert.case_id is not None:
            raise Conflict(
                "The alert belongs to a case: resolve the case",
                code="alert_of_a_case",
                extra={"allowed": [], "current": {"caseId": show("cas", alert.case_id)}},
            )
        if needs_four_eyes(caller):
            raise Conflict(
                "Resolutions need a second person here: make a case of it and propose",
                code="four_eyes",
                extra={"allowed": ["escalate"]},
            )
        alert.status, alert.disposition = Alert.Status.DISMISSED, "false_positive"
        alert.closed_at = timezone.now()
        forget_open_alerts([alert])
        _save(caller, alert, "dismissed", reason=reason)
        return alert


def alert_escalate(
    *, caller: Principal, alert_id: UUID | None, reason: str, version: int | None = None
) -> tuple[Alert, UUID]:
    """Into a case: the customer's open one, or a new one. Raises Conflict where it has a case already."""
    with working(caller):
        hold_customers(caller, [_customer_of(caller, alert_id)])
        alert = _worked_on(caller, alert_id, version)
        if alert.case_id is not None:
            raise Conflict(
                "The alert belongs to a case already",
                extra={"allowed": [], "current": {"caseId": show("cas", alert.case_id)}},
            )
        alert.status = Alert.Status.ESCALATED
        _save(caller, alert, "escalated", reason=reason)
        case_id = _case_for(caller, alert)
        alert.refresh_from_db()
        return alert, case_id


def _case_for(caller: Principal, alert: Alert) -> UUID:
    customer = (
        Customer.objects.select_for_update().filter(team_id=alert.team_id, id=alert.customer_id).first()
        if alert.customer_id
        else None
    )
    if customer is not None and customer.open_case_id is not None:
        return case_link(caller=caller, case_id=customer.open_case_id, alert_ids=[alert.id]).id
    kind = "SANCTIONS_HIT" if alert.trigger == Alert.Trigger.SCREENING_MATCH else "SUSPICIOUS_TRANSACTION"
    given = NewCase(
        type=kind, priority=alert.severity.upper(), customer_id=alert.customer_id, alert_ids=(alert.id,)
    )
    case: Case = case_open(caller=caller, given=given)
    if customer is not None:
        Customer.objects.filter(team_id=alert.team_id, id=customer.id).update(open_case_id=case.id)
    return case.id


@dataclass(frozen=True)
class Outcome:
    """What became of one alert of many: the new status, or why it was left alone."""

    alert_id: UUID
    status: str | None
    refused: str = ""


def alerts_at_once(
    *,
    caller: Principal,
    action: str,
    alert_ids: Sequence[UUID],
    reason: str,
    person_id: UUID | None = None,
    preview: bool = False,
) -> list[Outcome]:
    """Assigns or dismisses many alerts, each for itself; a preview says what would happen and changes nothing."""
    return [_one_of_many(caller, action, one, reason, person_id, preview=preview) for one in alert_ids]


def _one_of_many(
    caller: Principal, action: str, alert_id: UUID, reason: str, person_id: UUID | None, *, preview: bool
) -> Outcome:
    try:
        with working(caller):
            if action == "assign":
                alert = alert_assign(caller=caller, alert_id=alert_id, person_id=person_id)
            else:
                alert = alert_dismiss(caller=caller, alert_id=alert_id, reason=reason)
            if preview:
                raise _Previewed(alert.status)
            return Outcome(alert_id, alert.status)
    except _Previewed as previewed:
        return Outcome(alert_id, previewed.status)
    except Refusal as refusal:
        return Outcome(alert_id, None, refusal.code)


class _Previewed(Exception):
    """Takes a change back after it was seen."""

    def __init__(self, status: str) -> None:
        super().__init__()
        self.status = status


def _customer_of(caller: Principal, alert_id: UUID | None) -> UUID | None:
    if alert_id is None:
        return None
    mine = Alert.objects.filter(team_id=caller.team.id, id=alert_id)
    return mine.values_list("customer_id", flat=True).first()


def _worked_on(caller: Principal, alert_id: UUID | None, version: int | None) -> Alert:
    alert = locked_alert(caller, alert_id, version=version)
    if alert.status not in WORKED_ON:
        raise Conflict(f"The alert is {alert.status}", code="alert_closed", extra={"allowed": []})
    return alert


def _save(caller: Principal, alert: Alert, action: str, **detail: str | None) -> None:
    alert.version += 1
    alert.save()
    audit.note(
        caller=caller,
        action=f"alert.{action}",
        subject=("alert", show("alt", alert.id)),
        after=detail or None,
    )
