"""Secrets of endpoints at rest: sealed under the id of the endpoint, so that one cannot be moved to another."""

from datetime import datetime
from uuid import UUID

from ratel.sealing import seal, unseal


def seal_secret(endpoint_id: UUID, secret: str) -> bytes:
    return seal(secret.encode(), b"webhook secret" + endpoint_id.bytes)


def read_secret(endpoint_id: UUID, sealed: bytes) -> str:
    """The secret as it was shown; raises Unreadable where its key is not configured any more."""
    return unseal(sealed, b"webhook secret" + endpoint_id.bytes).decode()


def valid_secrets(
    endpoint_id: UUID, current: bytes, previous: bytes | None, previous_until: datetime | None, now: datetime
) -> tuple[str, ...]:
    """What an attempt is signed with now, the newest first: two while one is rotated out."""
    newest = read_secret(endpoint_id, current)
    if previous is None or previous_until is None or previous_until <= now:
        return (newest,)
    return newest, read_secret(endpoint_id, previous)
