"""The buckets that all processes share: one script and one round trip a call, on Redis' own clock.

A Redis that does not answer at once is given up for this call, and its breaker sees to it that the next calls do not even
ask. This module must never decide what happens then.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from teams.limits.bucket import Bucket, Level, Taken

# Long for a script of some tens of microseconds, short for a payment that waits for it.
TIMEOUT_SECONDS: Final = 0.1
SCRIPT: Final = (Path(__file__).parent / "bucket.lua").read_text()


class SharedBuckets:
    """Buckets in one Redis. `take` raises redis.RedisError where it cannot be asked."""

    def __init__(self, url: str, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        client = redis.Redis.from_url(
            url,
            socket_timeout=timeout_seconds,
            socket_connect_timeout=timeout_seconds,
            # A connection that Redis closed meanwhile is opened once more, a Redis that is slow is not asked again.
            retry=Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,)),
        )
        self._script = client.register_script(SCRIPT)

    def take(self, buckets: Sequence[Bucket]) -> Taken:
        numbers = [number for bucket in buckets for number in (bucket.per_minute, bucket.burst)]
        answer: Any = self._script(keys=[bucket.stored_as for bucket in buckets], args=numbers)
        is_admitted, at_us, wait_us, *levels = answer
        pairs = zip(levels[::2], levels[1::2], strict=True)
        return Taken(is_admitted == 1, at_us, wait_us, [Level(*pair) for pair in pairs])


SHARED: Final = SharedBuckets(settings.REDIS_URL)
