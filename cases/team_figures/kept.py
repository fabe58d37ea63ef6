"""Keeps what was counted for some seconds in Redis: numbers and codes only, never anything about a person.

Without Redis everything is counted each time; nothing here may fail a page.
"""

from collections.abc import Callable
from typing import Final, TypeVar
from uuid import UUID

import msgspec
import redis
import structlog
from django.conf import settings

KEPT_SECONDS: Final = 15
# What lies so far back that nothing is added to it any more.
FINISHED_SECONDS: Final = 600
_TIMEOUT_SECONDS: Final = 0.2
Counted = TypeVar("Counted")

log = structlog.get_logger(__name__)
_store: Final = redis.Redis.from_url(
    settings.REDIS_URL, socket_timeout=_TIMEOUT_SECONDS, socket_connect_timeout=_TIMEOUT_SECONDS
)


def kept(team_id: UUID, name: str, shape: type[Counted], count: Callable[[], Counted]) -> Counted:
    """What was counted under this name in the last seconds, else what is counted now."""
    found = recall(team_id, name, shape)
    if found is None:
        found = count()
        keep(team_id, name, found, seconds=KEPT_SECONDS)
    return found


def recall(team_id: UUID, name: str, shape: type[Counted]) -> Counted | None:
    """What is kept under this name, or None."""
    found = _read(_key(team_id, name))
    try:
        return msgspec.json.decode(found, type=shape) if found else None
    except msgspec.DecodeError:
        log.warning("overview_forgotten", name=name)
        return None


def keep(team_id: UUID, name: str, counted: object, *, seconds: int) -> None:
    try:
        _store.set(_key(team_id, name), msgspec.json.encode(counted), ex=seconds)
    except redis.RedisError as problem:
        log.warning("overview_not_kept", error=type(problem).__name__)


def _key(team_id: UUID, name: str) -> str:
    return f"overview:{team_id}:{name}"


def _read(key: str) -> bytes | None:
    try:
        found: bytes | None = _store.get(key)  # type: ignore[assignment]
    except redis.RedisError:
        return None
    return found
