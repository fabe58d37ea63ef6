"""Entries of what a caller of the API did, in the caller's own team."""

from typing import Any

from teams.audit.entries import Actor, record
from teams.principal import Principal


def actor_of(caller: Principal) -> Actor:
    return Actor(caller.kind, caller.id, caller.address)


def note(
    *,
    caller: Principal,
    action: str,
    subject: tuple[str, str],
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """One audit entry in the current transaction; `subject` is its kind and id."""
    record(
        organisation_id=caller.team.organisation_id,
        team_id=caller.team.id,
        actor=actor_of(caller),
        action=action,
        subject=subject,
        before=before,
        after=after,
    )
