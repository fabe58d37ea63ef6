"""One hand at work on back-tests: plans, takes a range, judges it, writes its result, until none is left or time is up.

Safe to repeat, to run several times at once and to be killed anywhere: a range that was not written is judged again,
and gives the same.
"""

import time
from collections.abc import Iterator
from itertools import groupby
from typing import Final
from uuid import UUID

import structlog
from django.utils import timezone

from ratel.statements import driver_connection
from ratel.tenancy import tenant
from screening.models import BackTest
from screening.rule_trials import ranges
from screening.rule_trials.back_test import Trial
from screening.rule_trials.ranges import Claim
from screening.rules.parse import parse_rule
from screening.rules.rule import Rule
from teams.directory import all_teams
from teams.principal import TeamFacts

log = structlog.get_logger(__name__)
# A hand is given back after so long; whatever is left over is gone on with by the next.
RUN_SECONDS: Final = 4.0


def work(run_seconds: float = RUN_SECONDS) -> int:
    """How many ranges were judged, over all teams."""
    until = time.monotonic() + run_seconds
    return sum(work_on(team, until) for team in _teams_with_work())


def _teams_with_work() -> Iterator[TeamFacts]:
    for organisation_id, grouped in groupby(all_teams(), key=lambda team: team.organisation_id):
        teams = list(grouped)
        with tenant(organisation_id, [team.id for team in teams]):
            rows = driver_connection().execute(
                "SELECT DISTINCT team_id FROM screening_backtest WHERE finished_at IS NULL"
            )
            waiting = {row[0] for row in rows.fetchall()}
        yield from (team for team in teams if team.id in waiting)


def work_on(team: TeamFacts, until: float) -> int:
    """One team's back-tests; at least one range is judged where there is one."""
    trials: dict[UUID, Trial] = {}
    judged = 0
    while True:
        with tenant(team.organisation_id, [team.id]):
            ranges.plan(team)
            one = ranges.claim(team, timezone.now())
        if one is not None:
            judged += _judged(team, one, trials)
        with tenant(team.organisation_id, [team.id]):
            ranges.finish(team, timezone.now())
        if one is None or time.monotonic() >= until:
            return judged


def _judged(team: TeamFacts, one: Claim, trials: dict[UUID, Trial]) -> bool:
    try:
        with tenant(team.organisation_id, [team.id]):
            if one.back_test_id not in trials:
                trials[one.back_test_id] = _trial(team, one.back_test_id)
            result = trials[one.back_test_id].judge(one.first_id, one.end_id)
            return ranges.done(one, result, timezone.now())
    except Exception as error:
        log.warning("back_test_range_failed", range=str(one.range_id), error=type(error).__name__)
        if one.attempts >= ranges.MOST_ATTEMPTS:
            with tenant(team.organisation_id, [team.id]):
                ranges.give_up(one, timezone.now())
        return False


def _trial(team: TeamFacts, back_test_id: UUID) -> Trial:
    return Trial(team, rule_of(BackTest.objects.get(id=back_test_id)))


def rule_of(test: BackTest) -> Rule:
    """What is tested."""
    lists = {name: frozenset(countries) for name, countries in test.country_lists.items()}
    return parse_rule(
        test.document,
        country_lists=lists,
        rule_id=str(test.rule_id),
        version=test.version,
        layer="custom_rules",
    )
