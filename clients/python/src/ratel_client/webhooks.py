"""Webhooks that can be trusted: age and signature first, then content.

Whatever arrives, nothing but WebhookRefused is raised; a ValueError is about the secret, which is the receiver's own.
"""

import base64
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ratel_client.results import BatchResult

TOLERANCE_SECONDS = 300
_PREFIX = "whsec_"
_SECRET_BYTES = 32
# While a secret is rotated there are two; whoever sends thousands wants to keep us busy.
_MOST_SIGNATURES = 8


class WebhookRefused(Exception):
    """Do not act on this call: it is either of those below."""


class SignatureMismatch(WebhookRefused):
    """It does not come from Ratel, or is older than it may be: answer 400 and do nothing."""


class UnexpectedBody(WebhookRefused):
    """Ratel signed it, but it is not of the kind that was asked for: an event is no callback of a batch."""


@dataclass(frozen=True)
class Event:
    """What happened. `id` never changes over repeats: whoever has seen it ignores it."""

    id: str
    event: str
    occurred_at: str
    sequence: int | None
    data: Mapping[str, Any]


@dataclass(frozen=True)
class BatchCallback:
    """A batch that has ended, with one result per payment in their order. `id` never changes over repeats."""

    id: str
    batch_id: str
    status: str
    results: tuple[BatchResult, ...] = field(repr=False)


def verify_webhook(
    body: bytes,
    headers: Mapping[str, str],
    secret: str,
    *,
    now: float | None = None,
    tolerance_seconds: float = TOLERANCE_SECONDS,
) -> Event:
    """The event of a webhook's raw body and headers; `secret` is the endpoint's. Raises WebhookRefused."""
    verify_signature(body, headers, secret, now=now, tolerance_seconds=tolerance_seconds)
    try:
        document = json.loads(body)
        event = Event(
            document["id"],
            document["event"],
            document["occurredAt"],
            document.get("sequence"),
            document["data"],
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UnexpectedBody("the signature is right, but the body is not an event") from error
    if not all(isinstance(one, str) for one in (event.id, event.event, event.occurred_at)):
        raise UnexpectedBody("the signature is right, but the body is not an event")
    return event


def verify_callback(
    body: bytes,
    headers: Mapping[str, str],
    secret: str,
    *,
    now: float | None = None,
    tolerance_seconds: float = TOLERANCE_SECONDS,
) -> BatchCallback:
    """What a batch's `callback_url` got; `secret` is the team's callback secret. Raises WebhookRefused."""
    identifier = verify_signature(body, headers, secret, now=now, tolerance_seconds=tolerance_seconds)
    try:
        document = json.loads(body)
        callback = BatchCallback(
            identifier,
            document["batch_id"],
            document["status"],
            tuple(BatchResult.read(one) for one in document["results"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
        raise UnexpectedBody("the signature is right, but the body is not a batch's callback") from error
    if not isinstance(callback.batch_id, str) or not isinstance(callback.status, str):
        raise UnexpectedBody("the signature is right, but the body is not a batch's callback")
    return callback


def verify_signature(
    body: bytes,
    headers: Mapping[str, str],
    secret: str,
    *,
    now: float | None = None,
    tolerance_seconds: float = TOLERANCE_SECONDS,
) -> str:
    """The call's `webhook-id`, whatever its body is; raises SignatureMismatch, and ValueError where `secret` is none.

    Checks the Standard Webhooks signature, which covers the id and the time, so that an old call cannot be sent again.
    """
    key = _key(secret)
    given = {name.lower(): value for name, value in headers.items()}
    identifier, timestamp = given.get("webhook-id", ""), given.get("webhook-timestamp", "")
    if not identifier or not identifier.isascii() or not _is_number_of_seconds(timestamp):
        raise SignatureMismatch("the headers webhook-id and webhook-timestamp are missing, or not Ratel's")
    if abs((time.time() if now is None else now) - int(timestamp)) > tolerance_seconds:
        raise SignatureMismatch("the webhook is too old, or the clocks differ")
    expected = b"v1," + base64.b64encode(
        hmac.digest(key, f"{identifier}.{timestamp}.".encode() + body, "sha256")
    )
    # Several while a secret is being rotated. Bytes, because texts are compared only where they are ASCII.
    found = given.get("webhook-signature", "").encode("utf-8", "surrogatepass").split()
    if not any(hmac.compare_digest(expected, one) for one in found[:_MOST_SIGNATURES]):
        raise SignatureMismatch("the signature does not match")
    return identifier


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except ValueError:
        key = b""
    if len(key) != _SECRET_BYTES:
        raise ValueError(
            f"the secret is not one of Ratel's: {_PREFIX} and the base64 of {_SECRET_BYTES} bytes"
        )
    return key


def _is_number_of_seconds(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 12
