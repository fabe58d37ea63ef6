"""Which endpoints, deliveries and dead letters somebody may see; the API and the desk read through these alone.

Call inside `tenant(...)`. What tells of a report is not there for who may not see reports.
"""

from typing import Final, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet

from ratel.problem import NotFound
from teams.principal import Principal
from webhooks.events import body_of
from webhooks.models import Attempt, DeadLetter, Delivery, Endpoint, OutboxEvent

Row = TypeVar("Row", bound=Model)
ENDPOINT: Final = "whe"
DELIVERY: Final = "dlv"
EVENT: Final = "evt"
DEAD_LETTER: Final = "ded"
# Who may see reports may see which endpoints are told of them, and what they were told.
SEES_REPORTS: Final = "reports.read"
MOST_ATTEMPTS_SHOWN: Final = 100


def endpoints_of(caller: Principal) -> "QuerySet[Endpoint]":
    return Endpoint.objects.filter(team_id=caller.team.id, deleted_at__isnull=True)


def deliveries_of(caller: Principal) -> "QuerySet[Delivery]":
    return visible(caller, Delivery.objects.all())


def dead_letters_of(caller: Principal) -> "QuerySet[DeadLetter]":
    return visible(caller, DeadLetter.objects.all())


def visible(caller: Principal, rows: "QuerySet[Row]") -> "QuerySet[Row]":
    """Deliveries or dead letters of endpoints that are there; those that tell of a report only for who may see it."""
    rows = rows.filter(team_id=caller.team.id, endpoint_id__in=endpoints_of(caller).values("id"))
    return rows if caller.may(SEES_REPORTS) else rows.filter(is_confidential=False)


def delivery_of(caller: Principal, delivery_id: UUID | None) -> Delivery:
    """Raises NotFound."""
    found = deliveries_of(caller).filter(id=delivery_id).first() if delivery_id else None
    if found is None:
        raise NotFound
    return found


def attempts_of(delivery: Delivery) -> list[Attempt]:
    """The newest attempts, in order."""
    newest = Attempt.objects.filter(delivery_id=delivery.id).order_by("-number")[:MOST_ATTEMPTS_SHOWN]
    return sorted(newest, key=lambda attempt: attempt.number)


def sent_body(delivery: Delivery, endpoint: Endpoint) -> bytes | None:
    """The very bytes that are sent at each attempt; None once the event is removed, and for a callback, whose body is a
    whole batch and is read where it came from."""
    event = OutboxEvent.objects.filter(id=delivery.event_id).first()
    if event is None or endpoint.is_callback:
        return None
    return body_of(
        event_id=event.id,
        event=event.event,
        occurred_at=event.occurred_at,
        organisation_id=event.organisation_id,
        team_id=event.team_id,
        sequence=delivery.sequence,
        data=event.payload,
    )
