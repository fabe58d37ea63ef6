"""`RateLimit-Policy` and `RateLimit` as draft-ietf-httpapi-ratelimit-headers-10 writes them (structured fields).

Each bucket is a policy: `q` calls (its burst) and the `w` seconds in which it fills from empty. `r` calls are left now,
and after `t` seconds without calls the bucket is full.
"""

from collections.abc import Sequence
from functools import lru_cache

from teams.limits.bucket import Bucket, Taken


def limit_headers(buckets: tuple[Bucket, ...], taken: Taken) -> dict[str, str]:
    return {"RateLimit-Policy": _policies(buckets), "RateLimit": _left(buckets, taken)}


@lru_cache(maxsize=1_024)
def _policies(buckets: tuple[Bucket, ...]) -> str:
    return ", ".join(
        [f'"{one.name}";q={one.burst};w={-(-one.burst * 60 // one.per_minute)}' for one in buckets]
    )


def _left(buckets: Sequence[Bucket], taken: Taken) -> str:
    pairs = zip(buckets, taken.levels, strict=True)
    return ", ".join(
        [f'"{one.name}";r={level.remaining};t={-(-level.full_in_us // 1_000_000)}' for one, level in pairs]
    )
