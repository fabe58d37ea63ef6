"""Verifies the chain stretch by stretch, so that a page can walk a long one with progress; `chain.verify` walks it whole.

Each stretch begins with the hash that the one before it came to, so together they are the whole walk. Reads only; call
inside `tenant(organisation)`.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from ratel.statements import driver_connection
from teams.audit.chain import COLUMNS, UNLINKED_ALARM, fault
from teams.audit.plans import along_the_index

STRETCH: Final = 5_000
MOST_UNLINKED: Final = 10_000
_LINKS: Final = (
    f"SELECT e.written_in::text, l.entry_id, l.height, l.previous_hash, l.hash, {COLUMNS}"  # noqa: S608 - our own names
    " FROM teams_auditlink l LEFT JOIN teams_auditentry e ON e.id = l.entry_id AND e.organisation_id = l.organisation_id"
    " WHERE l.organisation_id = %s AND l.height > %s ORDER BY l.height LIMIT %s"
)
_PLACE: Final = (
    "SELECT e.written_in::text, e.id FROM teams_auditlink l JOIN teams_auditentry e ON e.id = l.entry_id"
    " AND e.organisation_id = l.organisation_id WHERE l.organisation_id = %s AND l.height = %s"
)
_BETWEEN: Final = (
    "SELECT count(*) FROM teams_auditentry e WHERE e.organisation_id = %s"
    " AND (e.written_in, e.id) > (%s::xid8, %s) AND (e.written_in, e.id) <= (%s::xid8, %s)"
)
_BESIDE: Final = (
    "SELECT e.id FROM teams_auditentry e WHERE e.organisation_id = %s"
    " AND (e.written_in, e.id) > (%s::xid8, %s) AND (e.written_in, e.id) <= (%s::xid8, %s)"
    " AND NOT EXISTS (SELECT 1 FROM teams_auditlink l WHERE l.entry_id = e.id) ORDER BY e.written_in, e.id LIMIT 1"
)
_WAITING: Final = (
    "SELECT count(*), count(*) FILTER (WHERE w.at < now() - %s::interval) FROM (SELECT e.at FROM teams_auditentry e"
    " WHERE e.organisation_id = %s AND (e.written_in, e.id) > (%s::xid8, %s)"
    " ORDER BY e.written_in, e.id LIMIT %s) w"
)
Place = tuple[str, UUID]
_BEGINNING: Final[Place] = ("0", UUID(int=0))


@dataclass(frozen=True)
class Stretch:
    """The links from `first` to `height` fit; where one does not, `broken_at` is its height and `entry_id` its entry."""

    first: int
    height: int
    head: bytes
    is_last: bool
    broken_at: int | None = None
    reason: str = ""
    entry_id: UUID | None = None


@dataclass(frozen=True)
class Waiting:
    """Entries behind the last link: how many (at most MOST_UNLINKED), and how many for longer than they may."""

    unlinked: int
    overdue: int
    allowed: timedelta = UNLINKED_ALARM


def chain_height(organisation_id: UUID) -> int:
    row = (
        driver_connection()
        .execute(
            "SELECT height FROM teams_auditlink WHERE organisation_id = %s ORDER BY height DESC LIMIT 1",
            (organisation_id,),
        )
        .fetchone()
    )
    return int(row[0]) if row else 0


def verify_stretch(organisation_id: UUID, after: int, head: bytes, most: int = STRETCH) -> Stretch:
    """Up to `most` links behind the height `after`, whose hash was `head`."""
    with along_the_index():
        return _verify_stretch(organisation_id, after, head, most)


def _verify_stretch(organisation_id: UUID, after: int, head: bytes, most: int) -> Stretch:
    rows = driver_connection().execute(_LINKS, (organisation_id, after, most)).fetchall()
    height, previous = after, head
    for written_in, entry_id, *row in rows:
        reason = fault(height + 1, previous, tuple(row))
        if reason:
            return Stretch(after + 1, height, previous, False, height + 1, reason, entry_id)
        height, previous, last = row[0], bytes(row[2]), (written_in, entry_id)
    if not rows:
        return Stretch(after + 1, after, head, is_last=True)
    beside = _beside(organisation_id, _place(organisation_id, after), last, len(rows))
    if beside is not None:
        reason = "an entry stands before it that no link names"
        return Stretch(after + 1, height, previous, False, height, reason, beside)
    return Stretch(after + 1, height, previous, is_last=len(rows) < most)


def waiting_after(organisation_id: UUID, height: int) -> Waiting:
    """What is behind the link of that height."""
    place = _place(organisation_id, height)
    asked = (UNLINKED_ALARM, organisation_id, *place, MOST_UNLINKED)
    row = driver_connection().execute(_WAITING, asked).fetchone()
    return Waiting(*(row or (0, 0)))


def _place(organisation_id: UUID, height: int) -> Place:
    """Where the entry of a link stands in the order of entries."""
    if height == 0:
        return _BEGINNING
    row: Any = driver_connection().execute(_PLACE, (organisation_id, height)).fetchone()
    return (row[0], row[1]) if row else _BEGINNING


def _beside(organisation_id: UUID, first: Place, last: Place, links: int) -> UUID | None:
    """An entry among those of the links that none of them names: whoever wrote it went past the linker."""
    asked = (organisation_id, *first, *last)
    count: Any = driver_connection().execute(_BETWEEN, asked).fetchone()
    if count[0] == links:
        return None
    row = driver_connection().execute(_BESIDE, asked).fetchone()
    return row[0] if row else None
