"""Endpoints, deliveries and dead letters as JSON. A secret is in no form but that of the answer that makes it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from ratel.identifiers import show
from ratel.sealing import unseal
from teams.principal import Principal
from webhooks.delivery.settle import response_context
from webhooks.models import Attempt, DeadLetter, Delivery, Endpoint
from webhooks.selectors import DEAD_LETTER, DELIVERY, ENDPOINT, EVENT, SEES_REPORTS

# The rows' states in the words of the API: the last wait is a wait like those before it.
STATUSES: Final[Mapping[str, Sequence[str]]] = {
    "pending": (Delivery.State.PENDING, Delivery.State.LAST_WAIT),
    "sending": (Delivery.State.LEASED,),
    "delivered": (Delivery.State.DONE,),
    "dead": (Delivery.State.DEAD,),
}
STATUS_OF: Final = {state: status for status, states in STATUSES.items() for state in states}
DEAD_LETTERS_KEPT: Final = timedelta(days=7)


def endpoint_json(caller: Principal, endpoint: Endpoint, now: datetime) -> dict[str, Any]:
    # When a confidential endpoint was last told something can tell that there was something to tell.
    sees_health = not endpoint.is_confidential or caller.may(SEES_REPORTS)
    overlap = endpoint.previous_secret_until
    return {
        "id": show(ENDPOINT, endpoint.id),
        "url": endpoint.url,
        "description": endpoint.description,
        "events": sorted(endpoint.events),
        "schedule": endpoint.schedule,
        "ratePerSecond": endpoint.rate_per_second,
        "concurrencyLimit": endpoint.concurrency_limit,
        "confidential": endpoint.is_confidential,
        "status": endpoint.status,
        "pauseReason": endpoint.pause_reason or None,
        "pausedAt": endpoint.paused_at,
        "health": _health(endpoint) if sees_health else None,
        "previousSecretUntil": overlap if overlap is not None and overlap > now else None,
        "createdAt": endpoint.created_at,
        "updatedAt": endpoint.updated_at,
    }


def _health(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "breaker": endpoint.breaker,
        "failingSince": endpoint.failing_since,
        "lastSuccessAt": endpoint.last_success_at,
    }


def delivery_json(delivery: Delivery) -> dict[str, Any]:
    status = STATUS_OF[delivery.state]
    return {
        "id": show(DELIVERY, delivery.id),
        "endpointId": show(ENDPOINT, delivery.endpoint_id),
        "eventId": show(EVENT, delivery.event_id),
        "event": delivery.event,
        "subject": delivery.subject,
        "sequence": delivery.sequence,
        "status": status,
        "attempts": delivery.attempts_made,
        "nextAttemptAt": delivery.next_attempt_at if status == "pending" else None,
        "lastStatusCode": delivery.last_status_code,
        "lastError": delivery.last_error or None,
        "createdAt": delivery.created_at,
        "completedAt": delivery.completed_at,
    }


def whole_delivery_json(
    delivery: Delivery, endpoint: Endpoint, attempts: Sequence[Attempt], *, body: bytes | None
) -> dict[str, Any]:
    """With the request (no body once its event is removed) and what came back each time. Signatures are not kept."""
    return {
        **delivery_json(delivery),
        "request": {
            "method": "POST",
            "url": endpoint.url,
            "headers": {
                "Content-Type": "application/json",
                "X-Ratel-Event": delivery.event,
                "X-Ratel-Delivery": show(DELIVERY, delivery.id),
                "webhook-id": show(EVENT, delivery.event_id),
            },
            "body": body.decode() if body is not None else None,
        },
        "attemptLog": [_attempt_json(attempt) for attempt in attempts],
    }


def _attempt_json(attempt: Attempt) -> dict[str, Any]:
    sealed = attempt.sealed_response
    response = unseal(bytes(sealed), response_context(attempt.id)) if sealed is not None else None
    return {
        "number": attempt.number,
        "byHand": attempt.is_by_hand,
        "startedAt": attempt.started_at,
        "durationMs": attempt.duration_ms,
        "statusCode": attempt.status_code,
        "error": attempt.error or None,
        # Whatever the other side sent; what is not text is replaced.
        "response": response.decode(errors="replace") if response is not None else None,
    }


def dead_letter_json(letter: DeadLetter) -> dict[str, Any]:
    return {
        "id": show(DEAD_LETTER, letter.id),
        "deliveryId": show(DELIVERY, letter.delivery_id),
        "endpointId": show(ENDPOINT, letter.endpoint_id),
        "eventId": show(EVENT, letter.event_id),
        "event": letter.event,
        "subject": letter.subject,
        "sequence": letter.sequence,
        "attempts": letter.attempts_made,
        "lastStatusCode": letter.last_status_code,
        "lastError": letter.last_error or None,
        "diedAt": letter.died_at,
        "keptUntil": letter.died_at + DEAD_LETTERS_KEPT,
        "replayedAt": letter.replayed_at,
    }
