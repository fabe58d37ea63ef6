"""Endpoints, deliveries and dead letters as the tests of the API need them, without a worker that would send anything."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from ratel.identifiers import new_id, read, show
from ratel.sealing import seal
from ratel.statements import insert
from tests.cast import Bank, Caller
from webhooks.delivery.settle import response_context
from webhooks.events import CATALOGUE
from webhooks.models import Attempt, DeadLetter, Delivery, OutboxEvent
from webhooks.outbox import OUTBOX_INSERT, event_row

ENDPOINTS = "/api/webhook-endpoints"
DELIVERIES = "/api/webhook-deliveries"
DEAD_LETTERS = "/api/dead-letters"
URL = "http://127.0.0.1:9/hook"


def new_endpoint(caller: Caller, **fields: Any) -> dict[str, Any]:
    """The answer's data, with the secret."""
    answer = caller.post(ENDPOINTS, {"url": URL, "events": ["alert.created"], **fields})
    assert answer.status == 201, answer.body
    return answer.data


def emit(bank: Bank, pack: str, event: str = "alert.created", **fields: Any) -> OutboxEvent:
    """One event in the outbox, marked as fanned out so that only these tests make deliveries of it."""
    row = event_row(
        event,
        organisation_id=bank.id,
        team_id=bank.teams[pack].id,
        subject=fields.pop("subject", show("cas", new_id())),
        occurred_at=timezone.now(),
        data={**CATALOGUE[event].example, **fields},
    )
    with bank.seeing(pack):
        insert(OUTBOX_INSERT, row)
        OutboxEvent.objects.filter(id=row[0]).update(is_fanned_out=True)
        return OutboxEvent.objects.get(id=row[0])


def delivery(
    bank: Bank,
    pack: str,
    endpoint_id: str,
    event: str = "alert.created",
    *,
    state: str = "done",
    **columns: Any,
) -> Delivery:
    """One delivery of a new event, as if it had been sent."""
    emitted = emit(bank, pack, event)
    now = timezone.now()
    with bank.seeing(pack):
        return Delivery.objects.create(
            organisation_id=bank.id,
            team_id=bank.teams[pack].id,
            endpoint_id=read("whe", endpoint_id),
            event_id=emitted.id,
            event=event,
            subject=emitted.subject,
            sequence=emitted.sequence,
            is_confidential=emitted.is_confidential,
            state=state,
            **{
                "attempts_made": 1,
                "next_attempt_at": now + timedelta(hours=1),
                "created_at": now,
                "completed_at": now if state in {"done", "dead"} else None,
                **columns,
            },
        )


def attempt(
    bank: Bank, pack: str, delivery: Delivery, number: int, response: bytes, **columns: Any
) -> Attempt:
    identifier = new_id()
    with bank.seeing(pack):
        return Attempt.objects.create(
            id=identifier,
            organisation_id=bank.id,
            team_id=bank.teams[pack].id,
            delivery_id=delivery.id,
            number=number,
            started_at=timezone.now(),
            sealed_response=seal(response, response_context(identifier)),
            **{"duration_ms": 12, "status_code": 500, "error": "status", **columns},
        )


def dead_letter(
    bank: Bank, pack: str, endpoint_id: str, event: str = "alert.created", died_at: datetime | None = None
) -> DeadLetter:
    """A delivery that was given up, with its dead letter."""
    dead = delivery(bank, pack, endpoint_id, event, state="dead", attempts_made=5, last_error="timeout")
    with bank.seeing(pack):
        return DeadLetter.objects.create(
            organisation_id=bank.id,
            team_id=bank.teams[pack].id,
            delivery_id=dead.id,
            endpoint_id=dead.endpoint_id,
            event_id=dead.event_id,
            event=event,
            subject=dead.subject,
            sequence=dead.sequence,
            is_confidential=dead.is_confidential,
            attempts_made=5,
            last_error="timeout",
            died_at=died_at or timezone.now(),
        )


def state_of(bank: Bank, pack: str, delivery_id: UUID) -> str:
    with bank.seeing(pack):
        return Delivery.objects.get(id=delivery_id).state
