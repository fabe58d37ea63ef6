"""The outbox's one function: an event becomes a row of the transaction that it reports on.

Delivery reads the rows afterwards; an event whose transaction rolls back never existed.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from ratel.identifiers import new_id
from ratel.json import encode
from ratel.statements import InsertInto

OUTBOX_INSERT: Final = InsertInto(
    "webhooks_outboxevent",
    {
        "id": "uuid",
        "organisation_id": "uuid",
        "team_id": "uuid",
        "event": "text",
        "subject": "text",
        "is_confidential": "boolean",
        "payload": "jsonb",
        "occurred_at": "timestamptz",
    },
)
CONFIDENTIAL_PREFIX: Final = "sar."


def event_row(
    event: str,
    *,
    organisation_id: UUID,
    team_id: UUID,
    subject: str,
    occurred_at: datetime,
    data: Mapping[str, Any],
) -> tuple[Any, ...]:
    """A row for OUTBOX_INSERT: `event` is a name of the catalogue, `subject` the case or alert it is about."""
    return (
        new_id(),
        organisation_id,
        team_id,
        event,
        subject,
        event.startswith(CONFIDENTIAL_PREFIX),
        encode(data).decode(),
        occurred_at,
    )
