"""Webhooks that can be trusted: signature first, then age, then content."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

TOLERANCE_SECONDS = 300
_PREFIX = "whsec_"


class SignatureMismatch(Exception):
    """The call does not come from Ratel, or is older than it may be: answer 400 and do nothing."""


@dataclass(frozen=True)
class Event:
    """What happened. `id` never changes over repeats: whoever has seen it ignores it."""

    id: str
    event: str
    occurred_at: str
    sequence: int | None
    data: Mapping[str, Any]


def verify_webhook(
    body: bytes,
    headers: Mapping[str, str],
    secret: str,
    *,
    now: float | None = None,
    tolerance_seconds: float = TOLERANCE_SECONDS,
) -> Event:
    """The event of a webhook's raw body and headers; raises SignatureMismatch.

    Checks the Standard Webhooks signature, which covers the id and the time, so that an old call cannot be sent again.
    """
    given = {name.lower(): value for name, value in headers.items()}
    identifier, timestamp = given.get("webhook-id", ""), given.get("webhook-timestamp", "")
    if not identifier or not timestamp.isdigit():
        raise SignatureMismatch("the headers webhook-id and webhook-timestamp are missing")
    if abs((time.time() if now is None else now) - int(timestamp)) > tolerance_seconds:
        raise SignatureMismatch("the webhook is too old, or the clocks differ")
    expected = _signature(identifier, timestamp, body, secret)
    # Several while a secret is being rotated.
    found = [
        one.partition(",")[2] for one in given.get("webhook-signature", "").split() if one.startswith("v1,")
    ]
    if not any(hmac.compare_digest(expected, one) for one in found):
        raise SignatureMismatch("the signature does not match")
    document = json.loads(body)
    return Event(
        document["id"],
        document["event"],
        document["occurredAt"],
        document.get("sequence"),
        document["data"],
    )


def _signature(identifier: str, timestamp: str, body: bytes, secret: str) -> str:
    key = base64.b64decode(secret.removeprefix(_PREFIX))
    signed = f"{identifier}.{timestamp}.".encode() + body
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
