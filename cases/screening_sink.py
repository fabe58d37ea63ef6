"""What a screening leaves for people: an alert, with a case where the match is confirmed, or one more on the count of the
alert that tells of the same matches.

Called inside the screening's own database transaction, with the customer locked. A repeated match joins its alert only
while somebody still works on it: once it is closed, the next screening that finds the match raises a new one.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db.models import F

from cases.models import Alert
from cases.screening_cases import give_cases
from cases.sink import DUE_AFTER, LEAST_SEVERITY
from ratel.identifiers import new_id, show
from ratel.statements import insert
from screening.decide import LEVELS
from screening.layers.result import Outcome
from screening.layers.sanctions import OTHER_LIST, SCORES
from screening.match_decisions import CONFIRMED
from screening.models import Customer
from screening.screenings.judge import FoundEntry
from screening.screenings.record import RecordedScreening
from webhooks.outbox import OUTBOX_INSERT, event_row

WORKED_ON: Final = (Alert.Status.OPEN, Alert.Status.IN_PROGRESS, Alert.Status.ESCALATED)
# A possible match waits for a person, whatever list it is of; the list says how soon.
SEVERITY: Final = {"sanctions": "high", "pep": "medium"}


class Weight(NamedTuple):
    """How an alert is to be taken: the score is that of the sanctions layer for the gravest list."""

    score: int
    decision: str
    severity: str


def open_alerts(recorded: Sequence[RecordedScreening]) -> Mapping[UUID, UUID]:
    """The alert of each screening, new or joined."""
    alerts: dict[UUID, UUID] = {}
    opened: list[tuple[RecordedScreening, Alert]] = []
    for one in recorded:
        joined = _join(one.earlier_alert_id)
        if joined is None:
            alert = _alert(one)
            opened.append((one, alert))
        alerts[one.screened.id] = joined or alert.id
    give_cases(opened)
    Alert.objects.bulk_create([alert for _, alert in opened])
    _count_on_profiles(alert.customer_id for _, alert in opened)
    if opened:
        insert(OUTBOX_INSERT, *[row for one, alert in opened for row in _events(one, alert)])
    return alerts


def weight_of(one: RecordedScreening) -> Weight:
    """A confirmed match decides as it would in a payment; one to review asks for a review."""
    judged = one.screened.judged
    certain = [match for match in judged.matches if match.status == CONFIRMED]
    score = max(_of_kind(match)[0] for match in judged.matches)
    decision = max(_of_kind(match)[1] for match in certain).code if certain else "review"
    severities = [SEVERITY.get(match.category, "low") for match in judged.matches]
    return Weight(score, decision, max(*severities, LEAST_SEVERITY[decision], key=LEVELS.index))


def _of_kind(match: FoundEntry) -> tuple[int, Outcome]:
    return SCORES.get(match.category, OTHER_LIST)


def _join(alert_id: UUID | None) -> UUID | None:
    if alert_id is None:
        return None
    joined = Alert.objects.filter(id=alert_id, status__in=WORKED_ON).update(count=F("count") + 1)
    return alert_id if joined else None


def _alert(one: RecordedScreening) -> Alert:
    weight, occasion = weight_of(one), one.occasion
    return Alert(
        id=new_id(),
        organisation_id=occasion.team.organisation_id,
        team_id=occasion.team.id,
        customer_id=one.screened.customer_id,
        screening_id=one.screened.id,
        trigger=Alert.Trigger.SCREENING_MATCH,
        lane=occasion.lane,
        decision=weight.decision,
        risk_score=Decimal(weight.score),
        severity=weight.severity,
        due_at=occasion.now + DUE_AFTER[weight.severity],
        created_at=occasion.now,
    )


def _count_on_profiles(customer_ids: Iterable[UUID | None]) -> None:
    for customer_id in customer_ids:
        if customer_id is not None:
            Customer.objects.filter(id=customer_id).update(prior_alerts=F("prior_alerts") + 1)


def _events(one: RecordedScreening, alert: Alert) -> list[tuple[Any, ...]]:
    shown = show("alt", alert.id)
    data = {
        "alertId": shown,
        "customerId": one.screened.subject.reference,
        "transactionId": None,
        "externalId": None,
        "screeningId": show("scr", one.screened.id),
        "triggerType": alert.trigger,
        "riskScore": alert.risk_score,
        "severity": alert.severity,
        "decision": alert.decision,
        "lane": alert.lane,
    }
    names = ["alert.created", *(["alert.escalated"] if alert.decision in {"escalate", "block"} else [])]
    return [
        event_row(
            name,
            organisation_id=alert.organisation_id,
            team_id=alert.team_id,
            subject=shown,
            occurred_at=one.occasion.now,
            data=data,
        )
        for name in names
    ]
