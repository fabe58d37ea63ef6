"""Slows down guessing: ten attempts to sign in per e-mail and address in a quarter of an hour, right or wrong.

Whether the e-mail is known makes no difference, so that nothing can be learned from being locked out. Counted in
Redis under a keyed hash; when Redis is away, each process counts by itself.
"""

import threading
import time
from typing import Final, cast

import redis
import structlog
from django.conf import settings

from ratel.breakers import GUARDS, REDIS
from ratel.sealing import keyed_hash

MOST_ATTEMPTS: Final = 10
WINDOW_SECONDS: Final = 15 * 60
_REDIS_TIMEOUT_SECONDS: Final = 0.5
_MOST_KEPT: Final = 10_000

log = structlog.get_logger(__name__)
_store: Final = redis.Redis.from_url(
    settings.REDIS_URL, socket_timeout=_REDIS_TIMEOUT_SECONDS, socket_connect_timeout=_REDIS_TIMEOUT_SECONDS
)
_guard: Final = GUARDS.named(REDIS)
_lock: Final = threading.Lock()
# When the window began and how many attempts were made in it, where Redis could not be asked.
_own: Final[dict[str, tuple[float, int]]] = {}


def attempt(email: str, address: str) -> bool:
    """Counts one attempt; False when there were too many, and the password must not even be looked at."""
    name = _name(email, address)
    made = _count_in_store(name) if _guard.allows() else None
    if made is None:
        made = _count_here(name)
    if made == MOST_ATTEMPTS + 1:
        log.warning("sign_in_locked", address=address)
    return made <= MOST_ATTEMPTS


def forgive(email: str, address: str) -> None:
    """Forgets the attempts: the right password was given."""
    name = _name(email, address)
    with _lock:
        _own.pop(name, None)
    if not _guard.allows():
        return
    try:
        _store.delete(name)
    except redis.RedisError:
        _guard.failed()
        log.warning("sign_in_attempts_not_forgotten")
    else:
        _guard.succeeded()


def _name(email: str, address: str) -> str:
    return "sign-in:" + keyed_hash(f"{email.strip().lower()}\n{address}".encode()).hex()


def _count_in_store(name: str) -> int | None:
    """How many attempts all processes counted, None where Redis could not be asked."""
    try:
        made = _count(name)
    except redis.RedisError as problem:
        _guard.failed()
        log.warning("sign_in_attempts_counted_here", reason=type(problem).__name__)
        return None
    _guard.succeeded()
    return made


def _count(name: str) -> int:
    with _store.pipeline() as pipeline:
        pipeline.set(name, 0, ex=WINDOW_SECONDS, nx=True)
        pipeline.incr(name)
        return cast(int, pipeline.execute()[1])


def _count_here(name: str) -> int:
    now = time.monotonic()
    with _lock:
        began, made = _own.get(name, (now, 0))
        if now - began > WINDOW_SECONDS:
            began, made = now, 0
        if len(_own) >= _MOST_KEPT:
            _own.clear()
        _own[name] = (began, made + 1)
        return made + 1
