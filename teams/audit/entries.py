"""Audit entries: written in the transaction of what they record, so that neither can exist without the other.

`before` and `after` name what changed; personal data stays in the row that the entry points to.
"""

from datetime import datetime
from typing import Any, Final, Literal, NamedTuple
from uuid import UUID

from django.utils import timezone

from ratel.identifiers import new_id
from ratel.json import encode
from ratel.statements import InsertInto, insert

AUDIT_INSERT: Final = InsertInto(
    "teams_auditentry",
    {
        "id": "uuid",
        "organisation_id": "uuid",
        "team_id": "uuid",
        "at": "timestamptz",
        "actor_kind": "text",
        "actor_id": "uuid",
        "source_address": "text",
        "action": "text",
        "subject_kind": "text",
        "subject_id": "text",
        "before": "jsonb",
        "after": "jsonb",
        "content_digest": "bytea",
    },
)


class Actor(NamedTuple):
    """Who did it: a key, a person, or the system itself."""

    kind: Literal["key", "person", "system"]
    id: UUID | None
    address: str = ""


def person(person_id: UUID | None, address: str = "") -> Actor:
    return Actor("person", person_id, address) if person_id else system()


def system() -> Actor:
    return Actor("system", None)


def entry_row(
    *,
    organisation_id: UUID,
    team_id: UUID | None,
    actor: Actor,
    action: str,
    subject: tuple[str, str],
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    content_digest: bytes | None = None,
    at: datetime | None = None,
) -> tuple[Any, ...]:
    """A row for AUDIT_INSERT; `subject` is its kind and id, `action` a dotted name such as `rule.approved`."""
    return (
        new_id(),
        organisation_id,
        team_id,
        at or timezone.now(),
        actor.kind,
        actor.id,
        actor.address,
        action,
        subject[0],
        subject[1],
        encode(before).decode() if before is not None else None,
        encode(after).decode() if after is not None else None,
        content_digest,
    )


def record(**entry: Any) -> None:
    """Writes one entry (the arguments of `entry_row`) in the current transaction."""
    insert(AUDIT_INSERT, entry_row(**entry))
