"""The chain over the audit trail: links entries in order, one organisation at a time, and verifies them.

Entries are linked after they are committed, by one linker at a time, so that writers never wait for each other. The
order is that of (transaction id, entry id), and only entries of transactions older than every running one are taken:
nothing can turn up later before something that is linked already. Each link's hash is the SHA-256 of the previous
hash and the entry's canonical form (`canonical`), which a stand-alone script can recompute.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import orjson
import structlog
from django.db import connection, transaction

from ratel.identifiers import new_id
from ratel.statements import InsertInto, driver_connection, insert
from ratel.tenancy import tenant

log = structlog.get_logger(__name__)
GENESIS: Final = bytes(32)
LINK_BATCH: Final = 5_000
UNLINKED_ALARM: Final = timedelta(minutes=1)
_LINKER_LOCK: Final = 0x52A7_E101
COLUMNS: Final = (
    "e.id, e.organisation_id, e.team_id, e.at, e.actor_kind, e.actor_id, e.source_address, e.action,"
    " e.subject_kind, e.subject_id, e.before, e.after, e.content_digest"
)
_NAMES: Final = (
    "id",
    "organisation",
    "team",
    "at",
    "actorKind",
    "actor",
    "sourceAddress",
    "action",
    "subjectKind",
    "subject",
    "before",
    "after",
    "contentDigest",
)
_LINK_INSERT: Final = InsertInto(
    "teams_auditlink",
    {
        "id": "uuid",
        "organisation_id": "uuid",
        "height": "bigint",
        "entry_id": "uuid",
        "previous_hash": "bytea",
        "hash": "bytea",
        "linked_at": "timestamptz",
    },
)


class LinkedEntryMissing(Exception):
    """The entry of an organisation's last link is gone: nothing may be linked after it."""


@dataclass(frozen=True)
class Verdict:
    """What verifying one organisation's chain found: `broken_at` is the first height that does not fit, or None."""

    organisation_id: UUID
    height: int
    head: bytes
    broken_at: int | None
    reason: str
    unlinked: int
    overdue: int

    @property
    def is_sound(self) -> bool:
        return self.broken_at is None and self.overdue == 0


def canonical(row: tuple[Any, ...]) -> bytes:
    """The bytes of an entry that are hashed: JSON with sorted keys, ids and times as text, digests in hex."""
    entry = dict(zip(_NAMES, row, strict=True))
    entry["at"] = entry["at"].isoformat(timespec="microseconds")
    entry["contentDigest"] = (
        bytes(entry["contentDigest"]).hex() if entry["contentDigest"] is not None else None
    )
    for name in ("before", "after"):
        entry[name] = orjson.loads(entry[name]) if entry[name] is not None else None
    return orjson.dumps(entry, option=orjson.OPT_SORT_KEYS)


def link_hash(previous: bytes, entry: bytes) -> bytes:
    return hashlib.sha256(previous + entry).digest()


def organisations() -> list[UUID]:
    """Every organisation known to this database (ids only, from the configuration stamps)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT organisation_id FROM teams_configurationstamp WHERE organisation_id IS NOT NULL"
        )
        return [row[0] for row in cursor.fetchall()]


def link_all() -> int:
    """Links what is waiting in every organisation; returns how many entries. One linker works at a time.

    Each organisation is a transaction of its own, so that a broken chain holds up nobody else's.
    """
    return sum([_link_or_log(organisation_id) for organisation_id in organisations()])


def _link_or_log(organisation_id: UUID) -> int:
    try:
        return link(organisation_id)
    except Exception as error:
        log.error("audit_link_failed", organisation_id=str(organisation_id), error=type(error).__name__)
        return 0


def link(organisation_id: UUID) -> int:
    """Links the waiting entries of one organisation, at most LINK_BATCH; 0 where another linker is at work.

    Raises LinkedEntryMissing where the entry of the last link is gone.
    """
    with tenant(organisation_id):
        database = driver_connection()
        locked = database.execute(
            "SELECT pg_try_advisory_xact_lock(%s, hashtext(%s))", (_LINKER_LOCK, str(organisation_id))
        ).fetchone()
        if not locked or not locked[0]:
            return 0
        height, previous, written_in, entry_id = _head(organisation_id)
        waiting = database.execute(
            f"SELECT {COLUMNS} FROM teams_auditentry e WHERE e.organisation_id = %s"  # noqa: S608 - fixed column names
            " AND (e.written_in, e.id) > (%s::xid8, %s)"
            " AND e.written_in < pg_snapshot_xmin(pg_current_snapshot())"
            " ORDER BY e.written_in, e.id LIMIT %s",
            (organisation_id, written_in, entry_id, LINK_BATCH),
        ).fetchall()
        rows = []
        linked_at = database.execute("SELECT now()").fetchone()
        for row in waiting:
            height += 1
            current = link_hash(previous, canonical(row))
            rows.append((new_id(), organisation_id, height, row[0], previous, current, linked_at[0]))  # type: ignore[index]
            previous = current
        if rows:
            insert(_LINK_INSERT, *rows)
        return len(rows)


def _head(organisation_id: UUID) -> tuple[int, bytes, str, UUID]:
    """Height and hash of the last link, and the place of its entry in the order of entries."""
    head = (
        driver_connection()
        .execute(
            "SELECT l.height, l.hash, e.written_in::text, l.entry_id FROM teams_auditlink l"
            " LEFT JOIN teams_auditentry e ON e.id = l.entry_id AND e.organisation_id = l.organisation_id"
            " WHERE l.organisation_id = %s ORDER BY l.height DESC LIMIT 1",
            (organisation_id,),
        )
        .fetchone()
    )
    if head is None:
        return 0, GENESIS, "0", UUID(int=0)
    height, previous, written_in, entry_id = head
    if written_in is None:
        raise LinkedEntryMissing
    return height, bytes(previous), written_in, entry_id


def _links(organisation_id: UUID) -> Iterator[tuple[Any, ...]]:
    with driver_connection().cursor(name="audit_walk") as cursor:
        cursor.itersize = 10_000
        cursor.execute(
            f"SELECT l.height, l.previous_hash, l.hash, {COLUMNS} FROM teams_auditlink l"  # noqa: S608 - fixed column names
            " LEFT JOIN teams_auditentry e ON e.id = l.entry_id WHERE l.organisation_id = %s ORDER BY l.height",
            (organisation_id,),
        )
        yield from cursor


def fault(expected_height: int, previous: bytes, row: tuple[Any, ...]) -> str:
    """Why a link does not fit, or "": `row` is its height, previous hash and hash, then the columns of its entry."""
    height, stored_previous, stored_hash, *entry = row
    if height != expected_height:
        return f"link {expected_height} is missing"
    if bytes(stored_previous) != previous:
        return "it does not follow from the link before"
    if entry[0] is None:
        return "its entry is missing"
    if link_hash(previous, canonical(tuple(entry))) != bytes(stored_hash):
        return "its entry was altered"
    return ""


def verify(organisation_id: UUID) -> Verdict:
    """Walks the whole chain of one organisation and names the first broken link."""
    with tenant(organisation_id), transaction.atomic():
        height, previous = 0, GENESIS
        broken_at, reason = None, ""
        for row in _links(organisation_id):
            reason = fault(height + 1, previous, row)
            if reason:
                broken_at = height + 1
                break
            height, previous = row[0], bytes(row[2])
        unlinked, overdue = _unlinked(organisation_id)
        return Verdict(organisation_id, height, previous, broken_at, reason, unlinked, overdue)


def _unlinked(organisation_id: UUID) -> tuple[int, int]:
    """How many entries have no link, and how many of them for longer than UNLINKED_ALARM."""
    row = (
        driver_connection()
        .execute(
            "SELECT count(*), count(*) FILTER (WHERE e.at < now() - %s::interval) FROM teams_auditentry e"
            " WHERE e.organisation_id = %s"
            " AND NOT EXISTS (SELECT 1 FROM teams_auditlink l WHERE l.entry_id = e.id)",
            (UNLINKED_ALARM, organisation_id),
        )
        .fetchone()
    )
    return (row[0], row[1]) if row else (0, 0)
