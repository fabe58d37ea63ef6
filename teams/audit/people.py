"""Entries of what a person did with their own sign-in, in no team."""

from typing import Any

from teams.audit.entries import person as actor
from teams.audit.entries import record
from teams.models.people import Person


def note_person(person: Person, address: str, action: str, after: dict[str, Any] | None = None) -> None:
    """One audit entry in the current transaction, by the person about the person."""
    record(
        organisation_id=person.organisation_id,
        team_id=None,
        actor=actor(person.id, address),
        action=action,
        subject=("person", str(person.id)),
        after=after,
    )
