"""How many calls each key, and each person with a token, made on which day (UTC), without a write a call.

Each process counts in memory and adds its counts to the rows every few seconds, from a thread of its own, and at its end.
What a killed process had not added yet is lost: at most FLUSH_SECONDS of its counts. Counting must never fail a call.
"""

import atexit
import os
import threading
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Final, NamedTuple
from uuid import UUID

import structlog
from django.db import connection, connections

from ratel.identifiers import new_id
from ratel.tenancy import tenant
from teams.principal import Principal

FLUSH_SECONDS: Final = 5.0
log = structlog.get_logger(__name__)
_ADD: Final = (
    "INSERT INTO teams_keyusage AS kept (id, organisation_id, team_id, key_id, day, calls, rejected)"
    # A key that is gone by now has no usage any more.
    " SELECT %s, %s, %s, k.id, %s, %s, %s FROM teams_apikey k WHERE k.id = %s"
    " ON CONFLICT (key_id, day) DO UPDATE SET calls = kept.calls + EXCLUDED.calls,"
    " rejected = kept.rejected + EXCLUDED.rejected"
)
_ADD_OF_PERSON: Final = (
    "INSERT INTO teams_keyusage AS kept (id, organisation_id, team_id, person_id, day, calls, rejected)"
    " SELECT %s, %s, %s, p.id, %s, %s, %s FROM teams_person p WHERE p.id = %s"
    " ON CONFLICT (person_id, team_id, day) DO UPDATE SET calls = kept.calls + EXCLUDED.calls,"
    " rejected = kept.rejected + EXCLUDED.rejected"
)


class Counted(NamedTuple):
    """What is counted together: a key, or a person with a token, of a team on a day."""

    organisation_id: UUID
    team_id: UUID
    kind: str
    caller_id: UUID
    day: date


Counts = dict[Counted, list[int]]
_lock = threading.Lock()
_flushing = threading.Lock()
_counts: Counts = {}
_thread_of: list[int] = []


def count(principal: Principal, *, is_admitted: bool) -> None:
    """One call of a key or with a token: admitted, or refused for being too many."""
    team = principal.team
    name = Counted(team.organisation_id, team.id, principal.kind, principal.id, datetime.now(UTC).date())
    with _lock:
        counts = _counts.setdefault(name, [0, 0])
        counts[0 if is_admitted else 1] += 1
    if _thread_of != [os.getpid()]:
        _start()


def flush() -> None:
    """Adds what this process has counted to the rows; what could not be added is kept for the next time."""
    with _flushing:
        with _lock:
            taken = dict(_counts)
            _counts.clear()
        for organisation_id, counts in _by_organisation(taken).items():
            try:
                _add(organisation_id, counts)
            except Exception as problem:
                _give_back(counts)
                log.warning("usage_not_written", error=type(problem).__name__)


def _by_organisation(taken: Counts) -> Mapping[UUID, Counts]:
    found: defaultdict[UUID, Counts] = defaultdict(dict)
    for name, counts in taken.items():
        found[name.organisation_id][name] = counts
    return found


def _add(organisation_id: UUID, counts: Counts) -> None:
    # In one order everywhere, so that processes that add at the same time wait for each other and never in a circle.
    names = sorted(counts)
    with tenant(organisation_id, {name.team_id for name in names}), connection.cursor() as cursor:
        for kind, statement in (("key", _ADD), ("person", _ADD_OF_PERSON)):
            rows = [_row(name, counts[name]) for name in names if name.kind == kind]
            if rows:
                cursor.executemany(statement, rows)


def _row(name: Counted, counts: list[int]) -> list[UUID | date | int]:
    return [new_id(), name.organisation_id, name.team_id, name.day, *counts, name.caller_id]


def _give_back(counts: Counts) -> None:
    with _lock:
        for name, (calls, rejected) in counts.items():
            kept = _counts.setdefault(name, [0, 0])
            kept[0] += calls
            kept[1] += rejected


def _start() -> None:
    """Once in each process."""
    with _lock:
        if _thread_of == [os.getpid()]:
            return
        _thread_of[:] = [os.getpid()]
    threading.Thread(target=_flush_for_ever, args=(threading.Event(),), name="usage", daemon=True).start()
    atexit.register(_flush_at_the_end)


def _flush_for_ever(never: threading.Event) -> None:
    """Until the process ends; whatever happens to one attempt, there is a next."""
    while not never.wait(FLUSH_SECONDS):
        with suppress(Exception):
            _flush_once()


def _flush_once() -> None:
    """With a connection for as long as it takes: a process holds one for each thread that serves, and no more."""
    try:
        if _counts:
            flush()
    finally:
        connections.close_all()


def _flush_at_the_end() -> None:
    """Whatever is gone by then, the process ends without an error."""
    if _thread_of == [os.getpid()]:
        with suppress(Exception):
            _flush_once()


def _begin_anew() -> None:
    """In a forked process: the thread stayed with the parent, and so must what the parent has counted."""
    global _lock, _flushing
    _lock, _flushing = threading.Lock(), threading.Lock()
    _counts.clear()
    _thread_of.clear()


os.register_at_fork(after_in_child=_begin_anew)
