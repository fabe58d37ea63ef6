"""The body of a webhook, the same bytes at every attempt, and how it is shortened where it would not fit.

A body that is too large loses the inside of its largest fields first: a list keeps its first hundred elements, then
none; an object becomes empty; a text keeps its first characters. `data.truncated` names what was shortened. Ids
are short, so what the event is about always arrives.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from ratel.identifiers import show
from ratel.json import encode

LARGEST_BODY_BYTES: Final = 64 * 1024
KEPT_ELEMENTS: Final = 100
KEPT_CHARACTERS: Final = 256


def body_of(
    *,
    event_id: UUID,
    event: str,
    occurred_at: datetime,
    organisation_id: UUID,
    team_id: UUID,
    sequence: int,
    data: Mapping[str, Any],
) -> bytes:
    """What is sent and signed: at most 64 KiB, equal for equal arguments."""
    head = {
        "id": show("evt", event_id),
        "event": event,
        "occurredAt": occurred_at.astimezone(UTC),
        "orgId": show("org", organisation_id),
        "teamId": str(team_id),
        "sequence": sequence,
    }
    body = encode({**head, "data": data})
    if len(body) <= LARGEST_BODY_BYTES:
        return body
    room = LARGEST_BODY_BYTES - len(encode({**head, "data": {}}))
    return encode({**head, "data": shortened(data, room)})


def shortened(data: Mapping[str, Any], room_bytes: int) -> dict[str, Any]:
    """The data in at most `room_bytes` of JSON, its largest field shortened first."""
    kept = dict(data)
    cut: list[str] = []
    while len(encode(kept)) > room_bytes:
        sizes = {name: len(encode(value)) for name, value in kept.items() if name != "truncated"}
        name = max(sizes, key=lambda one: sizes[one])
        shorter = _shorter(kept[name])
        if len(encode(shorter)) >= sizes[name]:
            # Nothing inside of a field is left to take, so there are too many fields for any event of the catalogue.
            return {"truncated": ["*"]}
        kept[name] = shorter
        cut = sorted({*cut, name})
        kept["truncated"] = cut
    return kept


def _shorter(value: Any) -> Any:
    if isinstance(value, list) and len(value) > KEPT_ELEMENTS:
        return value[:KEPT_ELEMENTS]
    if isinstance(value, list):
        return []
    if isinstance(value, dict):
        return {}
    return value[:KEPT_CHARACTERS] if isinstance(value, str) else value
