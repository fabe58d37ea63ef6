"""One hand at work: queued evaluations first, then a chunk of a batch, team by team, until nothing is left or time is up.

Safe to repeat, to run several times at once and to be killed anywhere. Only so many hands of a deployment do this at
the same moment, so that other work gets its own.
"""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.conf import settings
from django.utils import timezone

from ratel.problem import Unexpected
from ratel.sealing import Unreadable
from ratel.statements import driver_connection
from screening.batch_jobs.chunk import TryAgain, decide_items, without_decision
from screening.batch_jobs.claim import Claim, claim, release
from screening.batch_jobs.sealed import open_items
from screening.batch_jobs.store import chunk_done
from screening.queue_mode.run import decide_queued
from teams.principal import TeamFacts
from webhooks.delivery.tenants import Tenant, all_tenants

log = structlog.get_logger(__name__)
# A hand is given back after so long; whoever is left over is called again.
RUN_SECONDS: Final = 4.0
# Looking at every organisation costs more than a chunk where there are many.
LOOK_SECONDS: Final = 0.5
# Something unexpected is tried again this often before it becomes the item's result.
MOST_ATTEMPTS: Final = 3
# External ids are held for 24 hours: a chunk that was begun longer ago could be decided twice, so it is given up.
GIVEN_UP_AFTER: Final = timedelta(hours=20)
FIRST_WAIT: Final = timedelta(seconds=1)
LONGEST_WAIT: Final = timedelta(seconds=30)
_HANDS_LOCK: Final = 0x52A7_E1B0
GIVEN_UP: Final = Unexpected(
    "This item could not be decided in time; whether it was is not known: send it again", code="given_up"
)


def work(run_seconds: float = RUN_SECONDS) -> int:
    """How many chunks and queued evaluations were answered; 0 where enough hands are at work already."""
    with _hand() as is_free:
        return _work(time.monotonic() + run_seconds) if is_free else 0


def _work(until: float) -> int:
    """Looks who has something, then goes round among those; looks again soon, because others may have come."""
    done = 0
    while time.monotonic() < until:
        moved = _go_round(list(teams_with_work()), min(until, time.monotonic() + LOOK_SECONDS))
        done += moved
        if not moved:
            break
    return done


def _go_round(teams: list[TeamFacts], until: float) -> int:
    """One chunk of each in turn, until nobody has anything left or it is time to look again. One is done in any case:
    where looking takes long, nothing would ever be done otherwise."""
    done, has_tried = 0, False
    while teams:
        busy = []
        for team in teams:
            if has_tried and time.monotonic() >= until:
                return done
            has_tried = True
            moved = decide_queued(team) + _work_on_chunk(team)
            done += moved
            if moved:
                busy.append(team)
        teams = busy
    return done


def has_more() -> bool:
    """Whether another run would find something now."""
    return next(teams_with_work(), None) is not None


@contextmanager
def _hand() -> Iterator[bool]:
    """One of the places of this deployment; a lock of the session, so it is free again when its process dies."""
    connection = driver_connection()
    for place in range(settings.RATEL_BATCH_HANDS):
        row = connection.execute("SELECT pg_try_advisory_lock(%s, %s)", (_HANDS_LOCK, place)).fetchone()
        if row and row[0]:
            try:
                yield True
            finally:
                driver_connection().execute("SELECT pg_advisory_unlock(%s, %s)", (_HANDS_LOCK, place))
            return
    yield False


def teams_with_work() -> Iterator[TeamFacts]:
    """Those that have a chunk or a queued evaluation which can be taken now, in another order each time: a run may end
    before it has come to the last."""
    tenants = all_tenants()
    random.shuffle(tenants)
    for tenant in tenants:
        teams = _teams_with_work(tenant, timezone.now())
        random.shuffle(teams)
        yield from teams


def _teams_with_work(tenant: Tenant, now: datetime) -> list[TeamFacts]:
    with tenant.seen():
        rows = (
            driver_connection()
            .execute(
                "SELECT t.id, t.organisation_id, t.pack, t.currency, t.sandbox_of_id IS NOT NULL FROM teams_team t"
                " WHERE t.id = ANY(%(teams)s) AND (EXISTS (SELECT 1 FROM screening_queuedevaluation q"
                " WHERE q.team_id = t.id AND q.state = 'waiting' AND q.next_attempt_at <= %(now)s"
                " AND (q.lease_until IS NULL OR q.lease_until <= %(now)s))"
                " OR EXISTS (SELECT 1 FROM screening_batchjob b JOIN screening_batchchunk c ON c.batch_id = b.id"
                " WHERE b.team_id = t.id AND b.finished_at IS NULL AND c.state = 'waiting'"
                " AND c.next_attempt_at <= %(now)s AND (c.lease_until IS NULL OR c.lease_until <= %(now)s)))",
                {"teams": list(tenant.team_ids), "now": now},
            )
            .fetchall()
        )
    return [TeamFacts(*row) for row in rows]


def _work_on_chunk(team: TeamFacts) -> int:
    one = claim(team, timezone.now())
    if one is None:
        return 0
    try:
        items = open_items(one.chunk_id, one.sealed_items)
    except Unreadable:
        # Its key is not configured at the moment: kept until it is.
        log.error("batch_chunk_unreadable", chunk=str(one.chunk_id))
        release(team, one, timezone.now() + LONGEST_WAIT)
        return 0
    if timezone.now() - one.begun_at > GIVEN_UP_AFTER:
        log.error("batch_chunk_given_up", chunk=str(one.chunk_id), attempts=one.attempts)
        results = without_decision(items, GIVEN_UP)
        return int(chunk_done(team=team, claim=one, results=results, now=timezone.now(), is_dropped=True))
    return _decide_chunk(team, one, items)


def _decide_chunk(team: TeamFacts, one: Claim, items: list[object]) -> int:
    try:
        results = decide_items(
            items,
            caller=one.caller.as_principal(team),
            accepted_at=one.accepted_at,
            is_last_attempt=one.attempts >= MOST_ATTEMPTS,
        )
    except TryAgain:
        release(team, one, timezone.now() + min(FIRST_WAIT * 2 ** min(one.attempts - 1, 10), LONGEST_WAIT))
        return 0
    return int(chunk_done(team=team, claim=one, results=results, now=timezone.now()))
