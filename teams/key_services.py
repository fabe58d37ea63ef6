"""Making, changing, rotating and revoking API keys on behalf of somebody; each change is one entry of the audit trail.

A key's text is in the answer that makes it and nowhere else. Who may not see reports cannot make a key that does. Test
keys belong to the team's sandbox, and their limits are at most the sandbox's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from ratel.problem import Conflict, Forbidden, Invalid, NotFound, Problem
from ratel.tenancy import tenant
from teams import audit, keys
from teams.limits.tiers import LIMITS, Limit, Tier
from teams.models import ApiKey, Person, Team
from teams.principal import Principal

MOST_KEYS: Final = 200
USUAL_OVERLAP: Final = timedelta(hours=24)
LONGEST_OVERLAP: Final = timedelta(days=7)
# Given only by who has them: an administrator has no business with reports.
OF_REPORTS: Final = frozenset({"reports.read", "reports.write"})
# All that a live key made by a developer may do: have things decided, never read what is stored of customers.
WITHOUT_CUSTOMERS: Final = frozenset({"evaluate", "evaluate.async", "screen.run", "webhooks"})


@dataclass(frozen=True)
class NewKey:
    """A key and its text, which is shown once and cannot be read back."""

    key: ApiKey
    text: str

    def __repr__(self) -> str:
        return f"NewKey({self.key.id})"


@dataclass(frozen=True)
class Allowance:
    """The tier that is wanted, with the numbers of a custom one."""

    tier: Tier
    limit: Limit | None = None


def create_key(
    *,
    caller: Principal,
    name: str,
    scopes: Sequence[str],
    is_live: bool = True,
    allowance: Allowance | None = None,
    expires_at: datetime | None = None,
    allowed_networks: Sequence[str] = (),
) -> NewKey:
    """A new key of the caller's team or its sandbox. Raises Invalid, Forbidden, or Conflict where there is no sandbox."""
    _require_sight(caller, scopes, is_live=is_live)
    with tenant(caller.team.organisation_id, [caller.team.id]):
        team = _team_for(caller, is_live=is_live)
        _check_room(team)
        _check_allowance(allowance, is_live=is_live)
        return _create(
            caller,
            team,
            name=name,
            is_live=is_live,
            scopes=scopes,
            expires_at=expires_at,
            allowed_networks=allowed_networks,
            allowance=allowance,
        )


def update_key(
    *,
    caller: Principal,
    key_id: UUID | None,
    changes: Mapping[str, Any],
    allowance: Allowance | None = None,
) -> ApiKey:
    """Changes `name` and `allowed_networks` where they are given, and what the key may do a minute."""
    with tenant(caller.team.organisation_id, [caller.team.id]):
        key = _locked(caller, key_id)
        _check_allowance(allowance, is_live=key.is_live)
        before = _shown(key)
        for name, value in changes.items():
            setattr(key, name, value)
        if allowance is not None:
            limit = allowance.limit
            key.tier = allowance.tier
            key.rate_per_minute = limit.per_minute if limit else None
            key.burst = limit.burst if limit else None
        after = _shown(key)
        changed = [name for name in after if after[name] != before[name]]
        if changed:
            key.save(update_fields=["name", "allowed_networks", "tier", "rate_per_minute", "burst"])
            _note(
                caller,
                "key.updated",
                key,
                before={name: before[name] for name in changed},
                after={name: after[name] for name in changed},
            )
        return key


def rotate_key(*, caller: Principal, key_id: UUID | None, overlap: timedelta = USUAL_OVERLAP) -> NewKey:
    """A new key that may do the same; the old one ends after the overlap, at once without one."""
    now = timezone.now()
    with tenant(caller.team.organisation_id, [caller.team.id]):
        old = _locked(caller, key_id)
        _require_sight(caller, old.scopes, is_live=old.is_live)
        made = _create(
            caller,
            old.team,
            name=old.name,
            is_live=old.is_live,
            scopes=old.scopes,
            expires_at=old.expires_at,
            allowed_networks=old.allowed_networks,
            allowance=Allowance(
                Tier(old.tier), Limit(old.rate_per_minute, old.burst or 1) if old.rate_per_minute else None
            ),
        )
        if overlap:
            old.expires_at = min(old.expires_at or now + overlap, now + overlap)
            old.save(update_fields=["expires_at"])
        else:
            keys.revoke_key(old, actor=audit.actor_of(caller))
        _note(
            caller,
            "key.rotated",
            old,
            after={"overlapSeconds": int(overlap.total_seconds()), "newKey": str(made.key.id)},
        )
        return made


def revoke_key(*, caller: Principal, key_id: UUID | None) -> ApiKey:
    """The key ends within a second, everywhere. Revoking twice changes nothing."""
    with tenant(caller.team.organisation_id, [caller.team.id]):
        key = _found(caller, key_id, keys_of(caller).select_for_update(of=("self",)))
        if key.revoked_at is None:
            keys.revoke_key(key, actor=audit.actor_of(caller))
        return key


def keys_of(caller: Principal) -> "QuerySet[ApiKey]":
    """Keys of the caller's team and of its sandbox; inside `tenant(...)`."""
    team_id = caller.team.id
    return ApiKey.objects.filter(Q(team_id=team_id) | Q(team__sandbox_of_id=team_id)).select_related("team")


def teams_of(caller: Principal) -> list[UUID]:
    """The caller's team and its sandbox, whose rows a look at keys may show."""
    with tenant(caller.team.organisation_id):
        own = Q(id=caller.team.id) | Q(sandbox_of_id=caller.team.id)
        return list(Team.objects.filter(own).values_list("id", flat=True))


def _create(
    caller: Principal, team: Team, *, allowance: Allowance | None, scopes: Sequence[str], **fields: Any
) -> NewKey:
    person = Person.objects.filter(id=caller.person_id).first() if caller.person_id else None
    key, text = keys.create_key(
        team=team,
        # In one order, and each once.
        scopes=sorted(set(scopes)),
        created_by=person,
        tier=allowance.tier if allowance else None,
        limit=allowance.limit if allowance else None,
        actor=audit.actor_of(caller),
        **fields,
    )
    return NewKey(key, text)


def _team_for(caller: Principal, *, is_live: bool) -> Team:
    own = Team.objects.get(id=caller.team.id)
    if own.sandbox_of_id is not None and is_live:
        raise Conflict("A sandbox has test keys only", code="sandbox_has_test_keys", extra={"allowed": []})
    if is_live or own.sandbox_of_id is not None:
        return own
    sandbox = Team.objects.filter(sandbox_of_id=own.id).first()
    if sandbox is None:
        raise Conflict("The team has no sandbox", code="no_sandbox", extra={"allowed": []})
    return sandbox


def _locked(caller: Principal, key_id: UUID | None) -> ApiKey:
    """The key, held against others who would change it; raises NotFound, or Conflict where it has ended."""
    key = _found(caller, key_id, keys_of(caller).select_for_update(of=("self",)))
    if key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= timezone.now()):
        raise Conflict("The key has ended", code="key_has_ended", extra={"allowed": []})
    return key


def _found(caller: Principal, key_id: UUID | None, rows: "QuerySet[ApiKey]") -> ApiKey:
    key = rows.filter(id=key_id).first() if key_id else None
    if key is None:
        raise NotFound
    return key


def _require_sight(caller: Principal, scopes: Sequence[str], *, is_live: bool) -> None:
    missing = sorted(scope for scope in OF_REPORTS & set(scopes) if not caller.may(scope))
    if missing:
        raise Forbidden(f"Only who has {' and '.join(missing)} can give it to a key")
    beyond = sorted(set(scopes) - WITHOUT_CUSTOMERS)
    if is_live and beyond and not caller.may("admin"):
        raise Forbidden(
            f"A live key with {', '.join(beyond)} sees or changes what is kept of customers: only an administrator"
            " can make one. A test key may do everything in the sandbox"
        )


def _check_room(team: Team) -> None:
    living = ApiKey.objects.filter(team_id=team.id, revoked_at__isnull=True)
    if living.exclude(expires_at__lte=timezone.now()).count() >= MOST_KEYS:
        raise Conflict(
            f"A team may have at most {MOST_KEYS} keys", code="too_many_keys", extra={"allowed": []}
        )


def _check_allowance(allowance: Allowance | None, *, is_live: bool) -> None:
    if allowance is None:
        return
    sandbox = LIMITS[Tier.SANDBOX]
    if is_live and allowance.tier == Tier.SANDBOX:
        raise Invalid(errors=[Problem("tier", "is for test keys")])
    if is_live or allowance.tier == Tier.SANDBOX:
        return
    limit = allowance.limit
    if limit is None:
        raise Invalid(errors=[Problem("tier", "of a test key is sandbox or custom")])
    most = {"ratePerMinute": (limit.per_minute, sandbox.per_minute), "burst": (limit.burst, sandbox.burst)}
    problems = [
        Problem(name, f"of a test key is at most {largest}")
        for name, (number, largest) in most.items()
        if number > largest
    ]
    if problems:
        raise Invalid(errors=problems)


def _shown(key: ApiKey) -> dict[str, Any]:
    """What the audit trail keeps of what can be changed."""
    return {
        "name": key.name,
        "allowedNetworks": list(key.allowed_networks),
        "tier": str(key.tier),
        "ratePerMinute": key.rate_per_minute,
        "burst": key.burst,
    }


def _note(caller: Principal, action: str, key: ApiKey, **changed: Any) -> None:
    audit.record(
        organisation_id=key.organisation_id,
        team_id=key.team_id,
        actor=audit.actor_of(caller),
        action=action,
        subject=("key", str(key.id)),
        **changed,
    )
