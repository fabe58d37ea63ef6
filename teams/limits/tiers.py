"""Tiers: how many calls a minute, and how many at once after a rest. Pure values; the key says which it has."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

LARGEST_RATE: Final = 1_000_000
LARGEST_BURST: Final = 100_000


@dataclass(frozen=True, slots=True)
class Limit:
    """A bucket of `burst` calls that fills again at `per_minute`: in any t minutes at most burst + per_minute x t."""

    per_minute: int
    burst: int


class Tier(StrEnum):
    """What a key may be given. `starter` is what a new key has, `sandbox` what a test key has."""

    STARTER = "starter"
    BASIC = "basic"
    STANDARD = "standard"
    ENTERPRISE = "enterprise"
    UNLIMITED = "unlimited"
    SANDBOX = "sandbox"
    CUSTOM = "custom"


# Unlimited has none, and of a custom one the numbers are the key's own.
LIMITS: Final[dict[Tier, Limit]] = {
    Tier.STARTER: Limit(600, 100),
    Tier.BASIC: Limit(1_000, 100),
    Tier.STANDARD: Limit(10_000, 1_000),
    Tier.ENTERPRISE: Limit(100_000, 10_000),
    Tier.SANDBOX: Limit(300, 50),
}


def usual_tier(*, is_live: bool) -> Tier:
    return Tier.STARTER if is_live else Tier.SANDBOX


def token_limit(usual: str, *, is_sandbox: bool) -> Limit | None:
    """What a person's programs may do in one team with tokens: the usual tier, in a sandbox what a test key may."""
    return LIMITS.get(Tier.SANDBOX if is_sandbox else Tier(usual))


def limit_of(tier: str, per_minute: int | None, burst: int | None) -> Limit | None:
    """What a key with these columns may do; None where nothing limits it."""
    if tier == Tier.UNLIMITED:
        return None
    if tier == Tier.CUSTOM:
        if per_minute is None or burst is None:
            raise ValueError("a custom limit has both its numbers")
        return Limit(per_minute, burst)
    return LIMITS[Tier(tier)]
