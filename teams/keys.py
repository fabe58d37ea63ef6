"""API keys: `rk_live_` or `rk_test_`, 12 characters of id, 43 of secret (256 bits), 6 of checksum.

The checksum lets scanners and forms tell a mistyped key from an unknown one without a look-up. Only the keyed hash of
the secret is stored; the text is shown once. Every refusal is the same 401, so that nothing can be probed.
"""

import hmac
import secrets
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from ratel.identifiers import new_id
from ratel.problem import Forbidden, Invalid, Problem, Unauthenticated
from ratel.sealing import keyed_hash
from ratel.statements import again_if_lost
from ratel.tenancy import tenant, visible
from teams import audit
from teams.configuration import Cached
from teams.limits.bucket import buckets_of
from teams.limits.tiers import Limit, Tier, limit_of, usual_tier
from teams.models import ApiKey, Person, Team
from teams.principal import Principal, TeamFacts
from teams.roles import SCOPES

_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ID_LENGTH: Final = 12
_SECRET_LENGTH: Final = 43  # 62 ** 43 is just over 2 ** 256
_CHECKSUM_LENGTH: Final = 6
_PREFIXES: Final = {"rk_live_": True, "rk_test_": False}
_BODY_LENGTH: Final = _ID_LENGTH + _SECRET_LENGTH + _CHECKSUM_LENGTH
LAST_USE_EVERY: Final = timedelta(minutes=1)


@dataclass(frozen=True)
class KeyParts:
    """A well-formed key taken apart; that its checksum fits says nothing about its being known."""

    is_live: bool
    public_id: str
    secret: str


@dataclass(frozen=True)
class _StoredKey:
    secret_hash: bytes
    is_live: bool
    revoked: bool
    principal: Principal


_stored: Cached[_StoredKey | None] = Cached()
_scope_of: dict[str, tuple[UUID, UUID]] = {}
_last_use: dict[UUID, datetime] = {}


def _random(length: int) -> str:
    return "".join([secrets.choice(_ALPHABET) for _ in range(length)])


def _base62(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, 62)
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))


def _checksum(text: str) -> str:
    return _base62(zlib.crc32(text.encode()), _CHECKSUM_LENGTH)


def compose(*, is_live: bool, public_id: str, secret: str) -> str:
    start = ("rk_live_" if is_live else "rk_test_") + public_id + secret
    return start + _checksum(start)


def take_apart(text: str) -> KeyParts | None:
    """The parts of a key, or None where its form or checksum is wrong."""
    is_live = _PREFIXES.get(text[:8])
    if is_live is None or len(text) != 8 + _BODY_LENGTH or not text.isascii():
        return None
    start, checksum = text[:-_CHECKSUM_LENGTH], text[-_CHECKSUM_LENGTH:]
    if not hmac.compare_digest(_checksum(start), checksum):
        return None
    return KeyParts(is_live, start[8 : 8 + _ID_LENGTH], start[8 + _ID_LENGTH :])


def create_key(
    *,
    team: Team,
    name: str,
    is_live: bool,
    scopes: Sequence[str],
    created_by: Person | None = None,
    expires_at: datetime | None = None,
    allowed_networks: Sequence[str] = (),
    tier: Tier | None = None,
    limit: Limit | None = None,
    actor: audit.Actor | None = None,
) -> tuple[ApiKey, str]:
    """Stores a new key of `team` and returns it with its text, which is not kept. Call inside `tenant(...)`.

    Without a tier it has the usual one; `limit` are the numbers of a custom one.
    """
    problems = [Problem("scopes", f"{scope} is not a scope") for scope in scopes if scope not in SCOPES]
    for position, network in enumerate(allowed_networks):
        try:
            ip_network(network)
        except ValueError:
            problems.append(Problem(f"allowedNetworks[{position}]", "is not a network such as 192.0.2.0/24"))
    if problems:
        raise Invalid(errors=problems)
    tier = tier or usual_tier(is_live=is_live)
    public_id, secret = _random(_ID_LENGTH), _random(_SECRET_LENGTH)
    key = ApiKey.objects.create(
        id=new_id(),
        organisation_id=team.organisation_id,
        team=team,
        public_id=public_id,
        secret_hash=keyed_hash(secret.encode()),
        is_live=is_live,
        name=name,
        scopes=list(scopes),
        allowed_networks=list(allowed_networks),
        tier=tier,
        rate_per_minute=limit.per_minute if limit else None,
        burst=limit.burst if limit else None,
        created_by=created_by,
        expires_at=expires_at,
    )
    audit.record(
        organisation_id=team.organisation_id,
        team_id=team.id,
        actor=actor or audit.person(created_by.id if created_by else None),
        action="key.created",
        subject=("key", str(key.id)),
        after={"name": name, "scopes": list(scopes), "live": is_live, "tier": tier},
    )
    return key, compose(is_live=is_live, public_id=public_id, secret=secret)


def revoke_key(key: ApiKey, *, actor: audit.Actor) -> None:
    """Takes effect in every process within a second. Call inside `tenant(...)`."""
    key.revoked_at = timezone.now()
    key.save(update_fields=["revoked_at"])
    audit.record(
        organisation_id=key.organisation_id,
        team_id=key.team_id,
        actor=actor,
        action="key.revoked",
        subject=("key", str(key.id)),
    )


def authenticate(text: str, address: str) -> Principal:
    """The caller behind a key; raises Unauthenticated, never saying why, or Forbidden for a wrong address."""
    parts = take_apart(text)
    stored = _look_up(parts.public_id) if parts else None
    if parts is None or stored is None:
        raise Unauthenticated
    principal = stored.principal
    is_right = hmac.compare_digest(stored.secret_hash, keyed_hash(parts.secret.encode()))
    is_expired = principal.expires_at is not None and principal.expires_at <= timezone.now()
    if not is_right or stored.is_live != parts.is_live or stored.revoked or is_expired:
        raise Unauthenticated
    if principal.networks and not _is_allowed(principal, address):
        raise Forbidden("This address may not use the key")
    return principal


def _is_allowed(principal: Principal, address: str) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in principal.networks)


def _look_up(public_id: str) -> _StoredKey | None:
    scope = _scope_of.get(public_id)
    if scope is None:
        stored = again_if_lost(lambda: _load(public_id))
        if stored is None:
            return None
        team = stored.principal.team
        # The ceiling is the organisation's.
        scope = _scope_of[public_id] = (team.id, team.organisation_id)
    return _stored.get(public_id, scope, lambda: _load(public_id))


def _load(public_id: str) -> _StoredKey | None:
    with visible("ratel.api_key", public_id), connection.cursor() as cursor:
        cursor.execute(
            "SELECT k.id, k.secret_hash, k.is_live, k.revoked_at IS NOT NULL, k.scopes, k.allowed_networks,"
            " k.created_by_id, k.expires_at, k.tier, k.rate_per_minute, k.burst, o.ceiling_per_minute,"
            " o.ceiling_burst, k.team_id, k.organisation_id, t.pack, t.currency, t.sandbox_of_id IS NOT NULL"
            " FROM teams_apikey k JOIN teams_team t ON t.id = k.team_id"
            " JOIN teams_organisation o ON o.id = k.organisation_id WHERE k.public_id = %s",
            [public_id],
        )
        row: tuple[Any, ...] | None = cursor.fetchone()
    if row is None:
        return None
    key_id, secret_hash, is_live, revoked, scopes, networks, person_id, expires_at, *rest = row
    (tier, per_minute, burst, ceiling_per_minute, ceiling_burst), team = rest[:5], rest[5:]
    ceiling = Limit(ceiling_per_minute, ceiling_burst) if ceiling_per_minute is not None else None
    return _StoredKey(
        secret_hash=bytes(secret_hash),
        is_live=is_live,
        revoked=revoked,
        principal=Principal(
            kind="key",
            id=key_id,
            team=TeamFacts(*team),
            # A key with `write` may also approve, as the person who answers for it (four eyes still compare them).
            scopes=frozenset(scopes) | ({"approve"} if "write" in scopes else frozenset()),
            person_id=person_id,
            networks=tuple(ip_network(network) for network in networks),
            expires_at=expires_at,
            buckets=buckets_of(team[1], key_id, limit_of(tier, per_minute, burst), ceiling),
        ),
    )


def note_use(principal: Principal, address: str) -> None:
    """Writes the key's last use, at most once a minute, without ever waiting for another process that does.

    A use that could not be written is not remembered as written: the next call tries again.
    """
    now = timezone.now()
    last = _last_use.get(principal.id)
    if last is None or now - last >= LAST_USE_EVERY:
        again_if_lost(lambda: _write_use(principal, address, now))


def _write_use(principal: Principal, address: str, now: datetime) -> None:
    with tenant(principal.team.organisation_id, [principal.team.id]), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE teams_apikey SET last_used_at = %s WHERE id = (SELECT id FROM teams_apikey WHERE id = %s"
            " AND (last_used_at IS NULL OR last_used_at <= %s) FOR UPDATE SKIP LOCKED)",
            [now, principal.id, now - LAST_USE_EVERY],
        )
        if cursor.rowcount:
            audit.record(
                organisation_id=principal.team.organisation_id,
                team_id=principal.team.id,
                actor=audit.Actor("key", principal.id, address),
                action="key.used",
                subject=("key", str(principal.id)),
            )
        transaction.on_commit(lambda: _last_use.update({principal.id: now}))
