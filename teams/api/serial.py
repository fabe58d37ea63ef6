"""Keys and their usage as JSON. A key's text is in no form but that of the answer that makes it."""

from datetime import datetime
from typing import Any, Final

from ratel.identifiers import show
from teams.limits.tiers import limit_of
from teams.models import ApiKey, KeyUsage

KEY: Final = "key"
USAGE: Final = "usg"
STATUSES: Final = ("active", "expired", "revoked")


def key_json(key: ApiKey, now: datetime) -> dict[str, Any]:
    limit = limit_of(key.tier, key.rate_per_minute, key.burst)
    return {
        "id": show(KEY, key.id),
        "name": key.name,
        # As much of the text as tells keys apart: the secret comes after it.
        "prefix": ("rk_live_" if key.is_live else "rk_test_") + key.public_id,
        "live": key.is_live,
        "scopes": list(key.scopes),
        "allowedNetworks": list(key.allowed_networks),
        "tier": key.tier,
        "ratePerMinute": limit.per_minute if limit else None,
        "burst": limit.burst if limit else None,
        "status": _status(key, now),
        "createdById": str(key.created_by_id) if key.created_by_id else None,
        "createdAt": key.created_at,
        "expiresAt": key.expires_at,
        "revokedAt": key.revoked_at,
        "lastUsedAt": key.last_used_at,
    }


def _status(key: ApiKey, now: datetime) -> str:
    if key.revoked_at is not None:
        return "revoked"
    return "expired" if key.expires_at is not None and key.expires_at <= now else "active"


def usage_json(usage: KeyUsage) -> dict[str, Any]:
    return {
        "id": show(USAGE, usage.id),
        "keyId": show(KEY, usage.key_id) if usage.key_id else None,
        "personId": str(usage.person_id) if usage.person_id else None,
        "day": usage.day,
        "calls": usage.calls,
        "rejected": usage.rejected,
    }
