"""Reads the audit trail for people: the newest first, narrowed by who, what, about what, from where and when.

Entries are as many as decisions, so no filter may read all of them: one call looks through at most LOOK entries, in the
order in which they were written, and says how far it came. Reads only; call inside `tenant(organisation)`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import orjson

from ratel.statements import driver_connection
from teams.audit.export import REPORT_WORDS
from teams.audit.plans import along_the_index

LOOK: Final = 10_000
_RANDOM_BITS: Final = 80
# Ids are made when an entry is written, which is a little after the moment that it names.
_SLACK: Final = timedelta(minutes=10)
_WORDS: Final = f"(^|[._])({'|'.join(sorted(REPORT_WORDS))})([._]|$)"
_WINDOW: Final = (
    "SELECT * FROM teams_auditentry w WHERE w.organisation_id = %(organisation)s"
    " AND (w.written_in, w.id) < (%(before_in)s::xid8, %(before_id)s::uuid)"
    " AND (w.written_in, w.id) >= (%(since_in)s::xid8, %(since_id)s::uuid)"
    " ORDER BY w.written_in DESC, w.id DESC LIMIT %(look)s"
)
_ROWS: Final = (
    "SELECT f.id, f.at, f.actor_kind, f.actor_id, f.source_address, f.action, f.subject_kind, f.subject_id,"  # noqa: S608
    f" f.before, f.after, f.written_in::text, (SELECT l.height FROM teams_auditlink l WHERE l.entry_id = f.id)"
    f" FROM (SELECT e.* FROM ({_WINDOW}) e"
    " WHERE (e.team_id IS NULL OR e.team_id = %(team)s)"
    " AND (%(sees_reports)s OR NOT (e.action ~* %(words)s OR e.subject_kind ~* %(words)s"
    " OR e.subject_id LIKE 'rep\\_%%' OR COALESCE(e.before::text, '') LIKE '%%rep\\_%%'"
    " OR COALESCE(e.after::text, '') LIKE '%%rep\\_%%'))"
    " AND (%(actor_kind)s::text IS NULL OR e.actor_kind = %(actor_kind)s)"
    " AND (%(actor)s::uuid IS NULL OR e.actor_id = %(actor)s)"
    " AND (%(action)s::text IS NULL OR starts_with(e.action, %(action)s))"
    " AND (%(subject)s::text IS NULL OR e.subject_id = %(subject)s OR e.subject_kind = %(subject)s)"
    " AND (%(address)s::text IS NULL OR e.source_address = %(address)s)"
    " AND (%(since)s::timestamptz IS NULL OR e.at >= %(since)s)"
    " AND (%(until)s::timestamptz IS NULL OR e.at <= %(until)s)"
    " ORDER BY e.written_in DESC, e.id DESC LIMIT %(most)s) f ORDER BY f.written_in DESC, f.id DESC"
)
_END: Final = f"SELECT o.written_in::text, o.id, o.at FROM ({_WINDOW}) o OFFSET %(look)s - 1"  # noqa: S608
_AT: Final = "SELECT written_in::text, id FROM teams_auditentry WHERE organisation_id = %s AND "
_PLACE: Final = f"{_AT} id = %s"
_PLACE_BEFORE: Final = f"{_AT} id <= %s ORDER BY id DESC LIMIT 1"
_PLACE_AFTER: Final = f"{_AT} id >= %s ORDER BY id LIMIT 1"
_LAST_TRANSACTION: Final = str(2**64 - 1)
_LAST_ID: Final = UUID(int=2**128 - 1)
_FIRST_ID: Final = UUID(int=0)


@dataclass(frozen=True)
class Entry:
    """One entry; `height` is its link's place in the chain, None while it is not linked."""

    id: UUID
    at: datetime
    actor_kind: str
    actor_id: UUID | None
    address: str
    action: str
    subject_kind: str
    subject_id: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    written_in: str
    height: int | None


@dataclass(frozen=True)
class Wanted:
    """Which entries: what is None does not narrow. `action` is a beginning, `subject` an id or a kind."""

    actor_kind: str | None = None
    actor: UUID | None = None
    action: str | None = None
    subject: str | None = None
    address: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Reader:
    """Who looks: at the entries of the organisation and of one team, with or without what tells of reports."""

    organisation_id: UUID
    team_id: UUID
    sees_reports: bool


@dataclass(frozen=True)
class Found:
    """Up to as many entries as were asked for. `next_after` is where to go on, None at the end; `looked_back_to` is set
    where it stopped looking before it had found as many."""

    entries: tuple[Entry, ...]
    next_after: UUID | None
    looked_back_to: datetime | None


def find(reader: Reader, wanted: Wanted, after: UUID | None, most: int) -> Found:
    """The entries behind the entry `after` (None: the newest)."""
    with along_the_index():
        return _find(reader, wanted, after, most)


def _find(reader: Reader, wanted: Wanted, after: UUID | None, most: int) -> Found:
    asked = _asked(reader, wanted, after, most + 1)
    if asked is None:
        return Found((), None, None)
    rows = driver_connection().execute(_ROWS.encode(), asked).fetchall()
    entries = [_entry(row) for row in rows]
    if len(entries) > most:
        return Found(tuple(entries[:most]), entries[most - 1].id, None)
    end = driver_connection().execute(_END.encode(), asked).fetchone()
    if end is None:
        return Found(tuple(entries), None, None)
    return Found(tuple(entries), end[1], end[2])


def find_all(reader: Reader, wanted: Wanted, *, most_looks: int) -> Iterator[Entry]:
    """Entry by entry, through at most so many times LOOK of them."""
    after: UUID | None = None
    for _ in range(most_looks):
        found = find(reader, wanted, after, LOOK)
        yield from found.entries
        after = found.next_after
        if after is None:
            return


def _asked(reader: Reader, wanted: Wanted, after: UUID | None, most: int) -> dict[str, Any] | None:
    """The parameters; None where there is nothing at that place."""
    first = _first_place(reader, wanted, after)
    if first is None:
        return None
    since = _last_place(reader, wanted)
    if since is None:
        return None
    return {
        "organisation": reader.organisation_id,
        "team": reader.team_id,
        "sees_reports": reader.sees_reports,
        "words": _WORDS,
        "before_in": first[0],
        "before_id": first[1],
        "since_in": since[0],
        "since_id": since[1],
        "look": LOOK,
        "most": most,
        "actor_kind": wanted.actor_kind,
        "actor": wanted.actor,
        "action": wanted.action,
        "subject": wanted.subject,
        "address": wanted.address,
        "since": wanted.since,
        "until": wanted.until,
    }


def _first_place(reader: Reader, wanted: Wanted, after: UUID | None) -> tuple[str, UUID] | None:
    if after is not None:
        return _place(_PLACE, after, reader)
    if wanted.until is None:
        return _LAST_TRANSACTION, _LAST_ID
    found = _place(_PLACE_BEFORE, _id_at(wanted.until + _SLACK), reader)
    # The entry at the place itself belongs to it, too.
    return (found[0], UUID(int=found[1].int + 1)) if found else None


def _last_place(reader: Reader, wanted: Wanted) -> tuple[str, UUID] | None:
    if wanted.since is None:
        return "0", _FIRST_ID
    return _place(_PLACE_AFTER, _id_at(wanted.since - _SLACK), reader)


def _place(sql: str, identifier: UUID, reader: Reader) -> tuple[str, UUID] | None:
    row = driver_connection().execute(sql.encode(), (reader.organisation_id, identifier)).fetchone()
    return (row[0], row[1]) if row else None


def _id_at(moment: datetime) -> UUID:
    return UUID(int=max(int(moment.timestamp() * 1_000), 0) << _RANDOM_BITS)


def _entry(row: Sequence[Any]) -> Entry:
    (
        identifier,
        at,
        actor_kind,
        actor_id,
        address,
        action,
        kind,
        subject,
        before,
        after,
        written_in,
        height,
    ) = row
    return Entry(
        id=identifier,
        at=at,
        actor_kind=actor_kind,
        actor_id=actor_id,
        address=address,
        action=action,
        subject_kind=kind,
        subject_id=subject,
        before=_document(before),
        after=_document(after),
        written_in=written_in,
        height=height,
    )


def _document(value: Any) -> Mapping[str, Any] | None:
    """Django leaves jsonb as text."""
    return orjson.loads(value) if value is not None else None
