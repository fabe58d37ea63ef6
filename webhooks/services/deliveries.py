"""Sending again: a test event, one delivery now, and dead letters one by one, by filter, or all of an endpoint."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from ratel.identifiers import new_id, show
from ratel.problem import Conflict, NotFound
from ratel.tenancy import tenant
from teams.audit import note
from teams.principal import Principal
from webhooks.delivery.numbers import take_numbers
from webhooks.events import TEST_EVENT
from webhooks.models import DeadLetter, Delivery, Endpoint, OutboxEvent
from webhooks.services.changes import CONFIDENTIAL_SCOPE, as_subject, locked_endpoint, team_change

# One call replays at most this many, so that it ends within a request; `has_more` says that there are others.
MOST_REPLAYED: Final = 1_000


@dataclass(frozen=True)
class Replay:
    """Which dead letters to send again; what is None does not narrow. `with_delivered` adds what was delivered in the
    last 24 hours, for a receiver that has lost what it took."""

    dead_letter_id: UUID | None = None
    endpoint_id: UUID | None = None
    event: str | None = None
    subject: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    with_delivered: bool = False


@dataclass(frozen=True)
class Replayed:
    """How many are sent again, and whether as many as one call may be: then call again."""

    count: int
    has_more: bool


def send_test_event(*, caller: Principal, endpoint_id: UUID | None) -> Delivery:
    """One `webhook.test` to this endpoint alone, whatever it subscribes to. Raises Conflict while it is paused."""
    with team_change(caller):
        endpoint = locked_endpoint(caller, endpoint_id)
        if endpoint.status == Endpoint.Status.PAUSED:
            raise Conflict("The endpoint is paused", code="endpoint_paused")
        event = _test_event(caller, endpoint)
        delivery = Delivery.objects.create(
            organisation_id=event.organisation_id,
            team_id=event.team_id,
            endpoint_id=endpoint.id,
            event_id=event.id,
            event=event.event,
            subject=event.subject,
            sequence=take_numbers({endpoint.id: 1})[endpoint.id],
            next_attempt_at=event.occurred_at,
            created_at=event.occurred_at,
        )
        note(caller=caller, action="webhook_endpoint.tested", subject=as_subject(endpoint))
        return delivery


def _test_event(caller: Principal, endpoint: Endpoint) -> OutboxEvent:
    """An outbox row whose only delivery is made with it, so nobody else fans it out."""
    shown = show("whe", endpoint.id)
    event = OutboxEvent(
        id=new_id(),
        organisation_id=caller.team.organisation_id,
        team_id=caller.team.id,
        event=TEST_EVENT,
        subject=shown,
        payload={"endpointId": shown, "message": "This is a test"},
        occurred_at=timezone.now(),
        is_fanned_out=True,
    )
    OutboxEvent.objects.bulk_create([event])
    return event


def retry_now(*, caller: Principal, delivery_id: UUID | None) -> Delivery:
    """One attempt by hand at once: it is the same job, its number goes on, and it spends none of the schedule's.

    Raises NotFound, and Conflict while an attempt is under way.
    """
    with team_change(caller):
        delivery = _locked_delivery(caller, delivery_id)
        if delivery.state == Delivery.State.LEASED:
            raise Conflict("An attempt is under way", code="attempt_under_way")
        _ask_by_hand(delivery, timezone.now())
        _mark_replayed(caller, [delivery.id])
        note(
            caller=caller,
            action="webhook_delivery.retried",
            subject=("webhook_delivery", show("dlv", delivery.id)),
        )
        return delivery


def _locked_delivery(caller: Principal, delivery_id: UUID | None) -> Delivery:
    """The endpoint is locked before the delivery, as whoever settles does: otherwise each could wait for the other."""
    if delivery_id is None:
        raise NotFound
    found = _visible(caller, Delivery.objects.filter(id=delivery_id))
    locked_endpoint(caller, found.values_list("endpoint_id", flat=True).first(), with_callbacks=True)
    delivery: Delivery | None = found.select_for_update().first()
    if delivery is None:
        raise NotFound
    return delivery


def _ask_by_hand(delivery: Delivery, now: datetime) -> None:
    """A waiting job goes on with its schedule if the attempt fails; one that had ended begins a new schedule."""
    if delivery.state in {Delivery.State.PENDING, Delivery.State.LAST_WAIT}:
        delivery.resumes_at = delivery.resumes_at or delivery.next_attempt_at
    else:
        delivery.attempts_spent, delivery.resumes_at, delivery.completed_at = 0, None, None
    delivery.state, delivery.next_attempt_at = Delivery.State.PENDING, now
    delivery.save(update_fields=["state", "next_attempt_at", "resumes_at", "attempts_spent", "completed_at"])


def replay(*, caller: Principal, wanted: Replay) -> Replayed:
    """Sends dead letters again, oldest first, each with a whole new schedule. Raises NotFound for an unknown one."""
    now = timezone.now()
    with team_change(caller):
        if wanted.endpoint_id is not None:
            locked_endpoint(caller, wanted.endpoint_id, with_callbacks=True)
        chosen = _dead(caller, wanted)
        if wanted.dead_letter_id is not None and not chosen:
            raise NotFound
        if wanted.with_delivered and len(chosen) < MOST_REPLAYED:
            chosen += _delivered(caller, wanted, MOST_REPLAYED - len(chosen))
        _start_again(caller, chosen, now)
        _note_replay(caller, wanted, len(chosen))
    return Replayed(len(chosen), len(chosen) >= MOST_REPLAYED)


def replay_preview(*, caller: Principal, wanted: Replay) -> Replayed:
    """What `replay` would send again now, and nothing else; changes nothing."""
    with tenant(caller.team.organisation_id, [caller.team.id]):
        chosen = _dead(caller, wanted)
        if wanted.with_delivered and len(chosen) < MOST_REPLAYED:
            chosen += _delivered(caller, wanted, MOST_REPLAYED - len(chosen))
    return Replayed(len(chosen), len(chosen) >= MOST_REPLAYED)


def _dead(caller: Principal, wanted: Replay) -> list[UUID]:
    letters = _visible(caller, DeadLetter.objects.filter(replayed_at__isnull=True))
    if wanted.dead_letter_id is not None:
        letters = letters.filter(id=wanted.dead_letter_id)
    letters = _narrowed(letters, wanted, moment="died_at")
    return list(letters.order_by("sequence").values_list("delivery_id", flat=True)[:MOST_REPLAYED])


def _delivered(caller: Principal, wanted: Replay, most: int) -> list[UUID]:
    done = _visible(caller, Delivery.objects.filter(state=Delivery.State.DONE))
    done = _narrowed(done, wanted, moment="completed_at")
    return list(done.order_by("sequence").values_list("id", flat=True)[:most])


def _narrowed(found: QuerySet[Any], wanted: Replay, *, moment: str) -> QuerySet[Any]:
    narrow = {
        "endpoint_id": wanted.endpoint_id,
        "event": wanted.event,
        "subject": wanted.subject,
        f"{moment}__gte": wanted.since,
        f"{moment}__lte": wanted.until,
    }
    return found.filter(**{name: value for name, value in narrow.items() if value is not None})


def _visible(caller: Principal, found: QuerySet[Any]) -> QuerySet[Any]:
    """Only of the caller's team, of endpoints that are there, and nothing of reports for who may not see them."""
    living = Endpoint.objects.filter(team_id=caller.team.id, deleted_at__isnull=True).values("id")
    found = found.filter(team_id=caller.team.id, endpoint_id__in=living)
    return found if caller.may(CONFIDENTIAL_SCOPE) else found.filter(is_confidential=False)


def _start_again(caller: Principal, delivery_ids: list[UUID], now: datetime) -> None:
    ended = [Delivery.State.DEAD, Delivery.State.DONE]
    Delivery.objects.filter(id__in=delivery_ids, state__in=ended).update(
        state=Delivery.State.PENDING,
        attempts_spent=0,
        resumes_at=None,
        completed_at=None,
        next_attempt_at=now,
    )
    _mark_replayed(caller, delivery_ids)


def _mark_replayed(caller: Principal, delivery_ids: list[UUID]) -> None:
    DeadLetter.objects.filter(delivery_id__in=delivery_ids, replayed_at__isnull=True).update(
        replayed_at=timezone.now(), replayed_by_id=caller.person_id
    )


def _note_replay(caller: Principal, wanted: Replay, count: int) -> None:
    narrowed = {
        "endpointId": show("whe", wanted.endpoint_id) if wanted.endpoint_id else None,
        "deadLetterId": show("ded", wanted.dead_letter_id) if wanted.dead_letter_id else None,
        "event": wanted.event,
        "subject": wanted.subject,
        "since": wanted.since,
        "until": wanted.until,
        "withDelivered": wanted.with_delivered or None,
    }
    if count:
        note(
            caller=caller,
            action="webhook_delivery.replayed",
            subject=("team", str(caller.team.id)),
            after={"count": count, **{name: value for name, value in narrowed.items() if value is not None}},
        )
