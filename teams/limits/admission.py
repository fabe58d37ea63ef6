"""What every call with a key or a token passes: counted for its usage, admitted or refused with the time to come again.

The one function for calls past the framework and through it (teams/authentication.py, teams/access_tokens.py). A batch
is one call.
"""

from typing import Any, Final

import redis
import structlog
from django.conf import settings

from ratel.breakers import GUARDS, REDIS
from ratel.problem import TooManyRequests
from teams.limits import usage
from teams.limits.bucket import Bucket, Taken
from teams.limits.headers import limit_headers
from teams.limits.own import OwnBuckets
from teams.limits.shared import SHARED
from teams.limits.tallies import TALLIES
from teams.principal import Principal

log = structlog.get_logger(__name__)
_guard: Final = GUARDS.named(REDIS)
_own: Final = OwnBuckets(settings.RATEL_LIMIT_PROCESSES)


def admit(principal: Principal, call: Any) -> None:
    """Takes a token for the call; `call.answer_headers` then tell how many are left. Raises TooManyRequests."""
    if not principal.buckets:
        usage.count(principal, is_admitted=True)
        return
    taken = take(principal.buckets)
    usage.count(principal, is_admitted=taken.is_admitted)
    call.answer_headers = limit_headers(principal.buckets, taken)
    if not taken.is_admitted:
        TALLIES.rejected()
        raise TooManyRequests(retry_after_seconds=max(-(-taken.wait_us // 1_000_000), 1))


def take(buckets: tuple[Bucket, ...]) -> Taken:
    """Out of the shared buckets, or out of this process's own where Redis is away; never waits for long."""
    if _guard.allows():
        try:
            taken = SHARED.take(buckets)
        except redis.RedisError as problem:
            _guard.failed()
            _note_here(type(problem).__name__)
        else:
            _guard.succeeded()
            if TALLIES.counted_shared():
                log.warning("limits_shared_again")
            return taken
    else:
        _note_here("breaker_open")
    return _own.take(buckets)


def _note_here(reason: str) -> None:
    """One line when it begins; how many calls it was is in the tallies."""
    if TALLIES.counted_here():
        log.warning("limits_counted_here", reason=reason, processes=settings.RATEL_LIMIT_PROCESSES)
