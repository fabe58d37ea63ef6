"""Signatures of webhooks: two schemes over the same body, each with every secret that is valid at the moment.

`X-Ratel-Signature` is keyed with the secret as it is shown, all of its characters, and covers the body alone. The
Standard Webhooks signature is keyed with the decoded bytes and covers id, time and body, so it cannot be replayed. This
module is pure: it must never read a setting, a table or the clock.
"""

import hmac
import secrets as random_source
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

PREFIX: Final = "whsec_"
SECRET_BYTES: Final = 32
# A receiver refuses what was signed longer ago, or further ahead, than this.
TOLERANCE_SECONDS: Final = 300
MOST_SIGNATURES: Final = 8


class NotGenuine(Exception):
    """A delivery was not signed by who holds the secret, or not recently; the text says what is wrong with it."""


def new_secret() -> str:
    """`whsec_` and the base64 of 32 random bytes."""
    return PREFIX + b64encode(random_source.token_bytes(SECRET_BYTES)).decode()


def secret_bytes(secret: str) -> bytes:
    """The bytes behind a secret; raises ValueError where it is not one."""
    try:
        decoded = b64decode(secret.removeprefix(PREFIX), validate=True) if secret.startswith(PREFIX) else b""
    except ValueError:
        decoded = b""
    if len(decoded) != SECRET_BYTES:
        raise ValueError(f"a secret is {PREFIX} and the base64 of {SECRET_BYTES} bytes")
    return decoded


def body_signature(secret: str, body: bytes) -> str:
    """One element of `X-Ratel-Signature`."""
    return f"sha256={hmac.digest(secret.encode(), body, 'sha256').hex()}"


def standard_signature(secret: str, message_id: str, timestamp: str, body: bytes) -> str:
    """One element of `webhook-signature`."""
    content = b".".join((message_id.encode(), timestamp.encode(), body))
    return f"v1,{b64encode(hmac.digest(secret_bytes(secret), content, 'sha256')).decode()}"


def signed_headers(
    *,
    event: str,
    event_id: str,
    delivery_id: str,
    attempt: int,
    body: bytes,
    secrets: Sequence[str],
    now: datetime,
) -> dict[str, str]:
    """Every header of one attempt. `secrets` are those that are valid now, the newest first: two while one is being
    rotated out, and then both schemes carry both signatures."""
    timestamp = str(int(now.timestamp()))
    return {
        "Content-Type": "application/json",
        "X-Ratel-Event": event,
        "X-Ratel-Delivery": delivery_id,
        "X-Ratel-Attempt": str(attempt),
        "X-Ratel-Timestamp": timestamp,
        "X-Ratel-Signature": ",".join([body_signature(secret, body) for secret in secrets]),
        "webhook-id": event_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(
            [standard_signature(secret, event_id, timestamp, body) for secret in secrets]
        ),
    }


def verify(*, body: bytes, headers: Mapping[str, str], secrets: Iterable[str], now: datetime) -> None:
    """What a receiver does with the raw body: raises NotGenuine unless both schemes hold and the time is near.

    Names of headers may be in any case. `secrets` are those that the receiver takes: two while it rotates.
    """
    found = {name.lower(): value for name, value in headers.items()}
    message_id, timestamp = found.get("webhook-id", ""), found.get("webhook-timestamp", "")
    taken = list(secrets)
    _check_time(timestamp, now)
    standard = [standard_signature(secret, message_id, timestamp, body) for secret in taken]
    if not _any_equal(found.get("webhook-signature", "").split(" "), standard):
        raise NotGenuine("webhook-signature is missing or not of this secret")
    if not _any_equal(
        [one.strip() for one in found.get("x-ratel-signature", "").split(",")],
        [body_signature(secret, body) for secret in taken],
    ):
        raise NotGenuine("X-Ratel-Signature is missing or not of this secret")


def _check_time(timestamp: str, now: datetime) -> None:
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise NotGenuine("webhook-timestamp is missing or not a number of seconds")
    if abs(int(timestamp) - now.timestamp()) > TOLERANCE_SECONDS:
        raise NotGenuine(f"webhook-timestamp is more than {TOLERANCE_SECONDS} seconds away from now")


def _any_equal(sent: Sequence[str], expected: Sequence[str]) -> bool:
    """Compares each with each in constant time; what was sent is bounded."""
    pairs = [(one.encode(), other.encode()) for one in sent[:MOST_SIGNATURES] for other in expected]
    return any(hmac.compare_digest(one, other) for one, other in pairs)
