"""Takes a chunk to work on: leased, so that it is taken again when whoever has it dies."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from ratel.statements import driver_connection
from ratel.tenancy import tenant
from screening.batch_jobs.caller import KeptCaller
from teams.principal import TeamFacts

# Many times what a chunk takes; a hand that is slower loses nothing but its own work.
LEASE: Final = timedelta(seconds=15)
_OPEN: Final = (
    "SELECT id FROM screening_batchjob WHERE team_id = %s AND finished_at IS NULL"
    " ORDER BY accepted_at LIMIT 100"
)
_CLAIM: Final = (
    "UPDATE screening_batchchunk c SET lease_until = %(until)s, attempts = c.attempts + 1,"
    " begun_at = COALESCE(c.begun_at, %(now)s)"
    " FROM screening_batchjob b WHERE b.id = c.batch_id AND c.id = ("
    "SELECT w.id FROM screening_batchchunk w WHERE w.batch_id = %(batch)s AND w.state = 'waiting'"
    " AND w.next_attempt_at <= %(now)s AND (w.lease_until IS NULL OR w.lease_until <= %(now)s)"
    # A lane is worked on front to back.
    " AND NOT EXISTS (SELECT 1 FROM screening_batchchunk e WHERE e.batch_id = w.batch_id AND e.state = 'waiting'"
    " AND e.lane = w.lane AND e.number < w.number)"
    " ORDER BY w.number, w.lane LIMIT 1 FOR UPDATE SKIP LOCKED)"
    " RETURNING c.id, c.batch_id, c.attempts, c.begun_at, c.sealed_items,"
    " b.accepted_at, b.started_at, b.caller_kind, b.caller_id, b.caller_person_id, b.caller_address"
)


@dataclass(frozen=True)
class Claim:
    """One chunk that is ours until its lease is over; `attempts` counts this one, and keeps out whoever lost it."""

    chunk_id: UUID
    batch_id: UUID
    attempts: int
    begun_at: datetime
    sealed_items: bytes
    accepted_at: datetime
    caller: KeptCaller


def claim(team: TeamFacts, now: datetime) -> Claim | None:
    """The next chunk of the oldest batch that has one, or None."""
    with tenant(team.organisation_id, [team.id]):
        for (batch_id,) in driver_connection().execute(_OPEN, (team.id,)).fetchall():
            row = (
                driver_connection()
                .execute(_CLAIM, {"batch": batch_id, "now": now, "until": now + LEASE})
                .fetchone()
            )
            if row is not None:
                return _claimed(row, now)
    return None


def _claimed(row: tuple[Any, ...], now: datetime) -> Claim:
    chunk_id, batch_id, attempts, begun_at, items, accepted_at, started_at, *caller = row
    if started_at is None:
        driver_connection().execute(
            "UPDATE screening_batchjob SET started_at = %s WHERE id = %s AND started_at IS NULL",
            (now, batch_id),
        )
    return Claim(chunk_id, batch_id, attempts, begun_at, bytes(items), accepted_at, KeptCaller(*caller))


def release(team: TeamFacts, one: Claim, until: datetime) -> None:
    """Gives back what could not be decided now."""
    with tenant(team.organisation_id, [team.id]):
        driver_connection().execute(
            "UPDATE screening_batchchunk SET lease_until = NULL, next_attempt_at = %s WHERE id = %s AND attempts = %s",
            (until, one.chunk_id, one.attempts),
        )
