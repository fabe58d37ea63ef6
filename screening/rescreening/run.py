"""Goes through the queue: claims what waits, decides it again, stores it; stops trying a layer that is still away.

Safe to repeat, to run twice at once and to be killed anywhere: what was not stored is claimed again when its lease ends.
"""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import groupby
from typing import Final
from uuid import UUID

import structlog
from django.utils import timezone

from screening.as_decided import AsDecided, Reader
from screening.decided import load_decisions
from screening.match_decisions import Decisions
from screening.rescreening.again import decide_again
from screening.rescreening.queue import Claim, claim, postpone, release, teams_waiting
from screening.rescreening.store import Rescreened, rescreened, store_quiet, store_with_alert
from teams.directory import all_teams
from teams.principal import TeamFacts

log = structlog.get_logger(__name__)
CLAIMED_AT_ONCE: Final = 50
# One run ends after this long, so that other work gets its turn; the next one goes on.
RUN_SECONDS: Final = 4.0
# A layer that was missing this often in a row is away: the rest of what waits for it is left for the next run.
FAILURES_TO_STOP: Final = 3
_NEXT_RUN: Final = timedelta(seconds=5)


def rescreen_waiting(run_seconds: float = RUN_SECONDS) -> int:
    """Screens again what waits in any team; returns how many evaluations were completed."""
    until = time.monotonic() + run_seconds
    completed = 0
    for team in _teams():
        if time.monotonic() >= until:
            break
        completed += rescreen_team(team, until)
    return completed


def rescreen_team(team: TeamFacts, until: float) -> int:
    """The same for one team, until that moment of the monotonic clock."""
    return _Team(team, until).work()


def _teams() -> Iterator[TeamFacts]:
    for organisation_id, teams in groupby(all_teams(), key=lambda team: team.organisation_id):
        yield from teams_waiting(organisation_id, list(teams), timezone.now())


class _Team:
    """One run over one team's queue."""

    def __init__(self, team: TeamFacts, until: float) -> None:
        self._team = team
        self._until = until
        self._reader = Reader(team)
        self._decided: Decisions | None = None
        # How often in a row each layer was missing once more.
        self._missed: Counter[str] = Counter()

    def work(self) -> int:
        completed = 0
        while time.monotonic() < self._until:
            claims = claim(self._team, timezone.now(), CLAIMED_AT_ONCE)
            if not claims:
                break
            completed += self._complete(claims)
        return completed

    def _complete(self, claims: Sequence[Claim]) -> int:
        stored = self._read(claims)
        quiet: list[Rescreened] = []
        left: list[Claim] = []
        completed = 0
        for one in claims:
            if time.monotonic() >= self._until or self._is_away(one):
                left.append(one)
                continue
            found = self._attempt(one, stored)
            if found is not None and found.concerns_people:
                completed += store_with_alert(self._team, found)
            elif found is not None:
                quiet.append(found)
        if left:
            release(self._team, left, timezone.now() + _NEXT_RUN)
        return completed + (store_quiet(self._team, quiet) if quiet else 0)

    def _read(self, claims: Sequence[Claim]) -> dict[UUID, AsDecided]:
        """What was stored of them; one that cannot be read (its key is not configured) holds up no other."""
        try:
            return self._reader.read([one.evaluation_id for one in claims])
        except Exception as error:
            if len(claims) > 1:
                return {found: first for one in claims for found, first in self._read([one]).items()}
            log.error(
                "rescreening_failed", evaluation=str(claims[0].evaluation_id), error=type(error).__name__
            )
            return {}

    def _attempt(self, one: Claim, stored: dict[UUID, AsDecided]) -> Rescreened | None:
        """The full decision, or None where it cannot be had yet."""
        first = stored.get(one.evaluation_id)
        if first is None:
            postpone(self._team, one, timezone.now())
            return None
        full, missing = decide_again(first, self._decisions(), timezone.now())
        for name in one.missing_layers:
            self._missed[name] = self._missed[name] + 1 if name in missing else 0
        if missing:
            postpone(self._team, one, timezone.now())
            return None
        return rescreened(self._team, first, full)

    def _decisions(self) -> Decisions:
        """What people decided about matches, read once a run: a match that was ruled out raises no alert afterwards."""
        if self._decided is None:
            self._decided = load_decisions(self._team)
        return self._decided

    def _is_away(self, one: Claim) -> bool:
        return any(self._missed[name] >= FAILURES_TO_STOP for name in one.missing_layers)
