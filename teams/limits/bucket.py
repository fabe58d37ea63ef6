"""A bucket as a caller carries it, and what taking a token out of its buckets came to. Values only."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from teams.limits.tiers import Limit


@dataclass(frozen=True, slots=True)
class Bucket:
    """`name` is what callers read in headers; `stored_as` its key in Redis."""

    name: str
    stored_as: str
    per_minute: int
    burst: int


@dataclass(frozen=True, slots=True)
class Level:
    """How many calls a bucket still admits at once, and when it will be full again."""

    remaining: int
    full_in_us: int


@dataclass(frozen=True, slots=True)
class Taken:
    """`at_us` is the time on the clock that decided; `wait_us` when to come again, 0 where the call is admitted."""

    is_admitted: bool
    at_us: int
    wait_us: int
    levels: Sequence[Level]


def buckets_of(
    organisation_id: UUID, caller: object, limit: Limit | None, ceiling: Limit | None, *, name: str = "key"
) -> tuple[Bucket, ...]:
    """The buckets that a call takes from: the caller's own and, where there is a ceiling, the organisation's.

    `caller` is the key's id, or another text that nobody else's bucket has; `name` is what callers read of theirs.

    The braces keep an organisation's buckets on one node of a Redis cluster, as a script needs them.
    """
    start = f"limit:{{{organisation_id}}}"
    found = []
    if limit is not None:
        found.append(Bucket(name, f"{start}:{caller}", limit.per_minute, limit.burst))
    if ceiling is not None:
        found.append(Bucket("organisation", start, ceiling.per_minute, ceiling.burst))
    return tuple(found)
