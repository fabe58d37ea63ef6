"""The case of a confirmed match: opened, or joined where the customer has an open one.

As with payments, what is to be escalated or blocked has a case. Somebody who is no customer has none: there is nobody to
group alerts by. Called inside the screening's own database transaction, with the customer locked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cases.models import Alert, Case
from cases.sink_statements import JOIN_CASE
from ratel.identifiers import new_id, show
from ratel.pipeline import run
from ratel.statements import commands_of, driver_connection, insert
from screening.models import Customer
from screening.screenings.record import Occasion, RecordedScreening
from webhooks.outbox import OUTBOX_INSERT, event_row


@dataclass(frozen=True)
class Escalation:
    """An alert about to be stored that needs a case."""

    recorded: RecordedScreening
    alert: Alert
    customer_id: UUID

    @property
    def occasion(self) -> Occasion:
        return self.recorded.occasion

    @property
    def priority(self) -> str:
        return self.alert.severity.upper()

    @property
    def case_type(self) -> str:
        categories = {match.category for match in self.recorded.screened.judged.matches}
        return "SANCTIONS_HIT" if "sanctions" in categories else "PEP_MATCH"


def give_cases(opened: Sequence[tuple[RecordedScreening, Alert]]) -> None:
    """Sets the case of each alert that needs one."""
    for recorded, alert in opened:
        if alert.customer_id is not None and alert.decision in {"escalate", "block"}:
            escalation = Escalation(recorded, alert, alert.customer_id)
            # Read for each alert: of two about one customer the second joins the case of the first.
            open_case = Customer.objects.values_list("open_case_id", flat=True).get(id=alert.customer_id)
            alert.case_id = _join(escalation, open_case) if open_case else _open(escalation)


def _open(escalation: Escalation) -> UUID:
    alert, now = escalation.alert, escalation.occasion.now
    case = Case.objects.create(
        id=new_id(),
        organisation_id=alert.organisation_id,
        team_id=alert.team_id,
        customer_id=escalation.customer_id,
        type=escalation.case_type,
        priority=escalation.priority,
        status=Case.Status.OPEN,
        created_at=now,
        updated_at=now,
    )
    Customer.objects.filter(id=escalation.customer_id).update(open_case_id=case.id)
    said = {"status": case.status, "type": case.type, "priority": case.priority}
    insert(OUTBOX_INSERT, _event(escalation, "case.created", case.id, said))
    return case.id


def _join(escalation: Escalation, case_id: UUID) -> UUID:
    priority = escalation.priority
    row = (escalation.occasion.now, priority, priority, case_id)
    event = _event(escalation, "case.updated", case_id, {})
    run(driver_connection(), list(commands_of([(JOIN_CASE, [(*row, *event)])])))
    return case_id


def _event(escalation: Escalation, name: str, case_id: UUID, said: dict[str, Any]) -> tuple[Any, ...]:
    case, alert = show("cas", case_id), escalation.alert
    links = {"alertIds": [show("alt", alert.id)], "externalIds": []}
    return event_row(
        name,
        organisation_id=alert.organisation_id,
        team_id=alert.team_id,
        subject=case,
        occurred_at=escalation.occasion.now,
        data={"caseId": case, **said, **links},
    )
