"""The hands of the ongoing lane: one task plans and rings, the other works. Ids only; both are safe to repeat.

Nothing is lost with a message: what is left to do is in the rows, and whoever ticks next rings again.
"""

import time
from typing import Final
from uuid import UUID

import structlog
from celery import shared_task
from kombu.exceptions import OperationalError

from ratel.tenancy import tenant
from screening.models import OngoingRange
from screening.ongoing.ranges import LeaseLost, give_back, open_ranges, plan, take
from screening.ongoing.screen import NotOpenYet, screen_range
from screening.services.match_decisions import reopen_changed
from teams.configuration import PUBLIC, STAMPS
from teams.directory import all_teams, facts_of
from teams.models import Team
from teams.principal import TeamFacts

log = structlog.get_logger(__name__)
MOST_HANDS_PER_TEAM: Final = 2
# A task ends after so long and leaves the rest to the next ring, so that other work gets its turn.
WORKED_AT_ONCE_SECONDS: Final = 30.0
RING_EXPIRES_SECONDS: Final = 10
# The stamps of the lists under which this process found nothing left to do, by team.
_settled: Final[dict[UUID, tuple[int, int]]] = {}


@shared_task(name="screening.ongoing.tasks.tend_ongoing")
def tend_ongoing() -> int:
    """Plans what refreshes left to do and rings for what is open; returns how many ranges are."""
    STAMPS.forget()
    stamps = STAMPS.current()
    return sum(
        _tend(team, (stamps.get(PUBLIC, 0), stamps.get(team.organisation_id, 0))) for team in all_teams()
    )


@shared_task(name="screening.ongoing.tasks.work_ongoing")
def work_ongoing(organisation_id: str, team_id: str) -> int:
    """Works on a team's ranges, one after the other; returns how many it finished."""
    with tenant(UUID(organisation_id)):
        team = facts_of(Team.objects.get(id=UUID(team_id)))
    until, done = time.monotonic() + WORKED_AT_ONCE_SECONDS, 0
    while time.monotonic() < until:
        with tenant(team.organisation_id, [team.id]):
            work = take(team)
        if work is None or not _finished(team, work):
            break
        done += 1
    return done


def _tend(team: TeamFacts, version: tuple[int, int]) -> int:
    if _settled.get(team.id) == version:
        return 0
    with tenant(team.organisation_id, [team.id]):
        if plan(team):
            reopen_changed(team=team)
        left = open_ranges(team)
    if not left:
        _settled[team.id] = version
    for _ in range(min(left, MOST_HANDS_PER_TEAM)):
        _ring(team)
    return left


def _ring(team: TeamFacts) -> None:
    """Calls a hand; a ring that nobody hears is repeated by the next tick."""
    ids = (str(team.organisation_id), str(team.id))
    try:
        work_ongoing.apply_async(args=ids, expires=RING_EXPIRES_SECONDS, retry=False)
    except OperationalError:
        log.warning("ongoing_ring_failed")


def _finished(team: TeamFacts, work: OngoingRange) -> bool:
    try:
        screen_range(team, work)
    except NotOpenYet:
        with tenant(team.organisation_id, [team.id]):
            give_back(work)
        return False
    except LeaseLost:
        log.warning("ongoing_lease_lost", range=str(work.id))
    return True
