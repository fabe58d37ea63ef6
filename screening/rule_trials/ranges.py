"""The ranges of a back-test: planned once, taken by lease, their results written once.

The rows are the truth of what is left to do. Whoever dies with a lease loses it after `LEASE`; `attempts` fences it off.
Every function is called inside `tenant(...)` of the team.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final
from uuid import UUID

import orjson
from django.db import connection

from ratel.statements import driver_connection
from screening.models import BackTest, BackTestRange
from screening.rule_trials.result import Counted
from teams.principal import TeamFacts

EVALUATIONS_A_RANGE: Final = 2_000
# Many times what a range takes.
LEASE: Final = timedelta(seconds=60)
# A range that failed so often fails for a reason that repeating does not mend.
MOST_ATTEMPTS: Final = 5
_STARTS: Final = (
    "SELECT id FROM (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM screening_evaluation"
    " WHERE team_id = %s AND id >= %s AND id < %s AND rescreens_id IS NULL) e WHERE place %% %s = 0 ORDER BY id"
)
_COUNT: Final = (
    "SELECT count(*) FROM screening_evaluation"
    " WHERE team_id = %s AND id >= %s AND id < %s AND rescreens_id IS NULL"
)
_CLAIM: Final = (
    "UPDATE screening_backtestrange r SET lease_until = %(until)s, attempts = r.attempts + 1"
    " FROM screening_backtest b WHERE b.id = r.back_test_id AND r.id = (SELECT w.id FROM screening_backtestrange w"
    " JOIN screening_backtest o ON o.id = w.back_test_id WHERE o.team_id = %(team)s AND o.finished_at IS NULL"
    " AND w.done_at IS NULL AND (w.lease_until IS NULL OR w.lease_until <= %(now)s)"
    " ORDER BY w.back_test_id, w.number LIMIT 1 FOR UPDATE OF w SKIP LOCKED)"
    " RETURNING r.id, r.back_test_id, r.attempts, r.first_id, r.end_id"
)
_DONE: Final = (
    "UPDATE screening_backtestrange SET result = %s::jsonb, done_at = %s, lease_until = NULL"
    " WHERE id = %s AND attempts = %s AND done_at IS NULL"
)


@dataclass(frozen=True)
class Claim:
    """One range that is ours until its lease is over."""

    range_id: UUID
    back_test_id: UUID
    attempts: int
    first_id: UUID
    end_id: UUID


def plan(team: TeamFacts) -> bool:
    """Writes the ranges of the oldest back-test that has none yet; whether there was one."""
    waiting = BackTest.objects.filter(team_id=team.id, finished_at=None, total=None).order_by("id")
    test = waiting.select_for_update(skip_locked=True).first()
    if test is None:
        return False
    bounds = (team.id, test.first_id, test.end_id)
    rows = driver_connection().execute(_STARTS, (*bounds, EVALUATIONS_A_RANGE)).fetchall()
    starts = [row[0] for row in rows]
    (total,) = driver_connection().execute(_COUNT, bounds).fetchone() or (0,)
    BackTestRange.objects.bulk_create(
        BackTestRange(
            organisation_id=test.organisation_id,
            team_id=test.team_id,
            back_test=test,
            number=number,
            first_id=first,
            end_id=end,
            evaluations=min(EVALUATIONS_A_RANGE, total - number * EVALUATIONS_A_RANGE),
        )
        for number, (first, end) in enumerate(pairwise([*starts, test.end_id]))
    )
    test.total, test.status = total, BackTest.Status.RUNNING
    test.save(update_fields=["total", "status"])
    return True


def claim(team: TeamFacts, now: datetime) -> Claim | None:
    """The next range that nobody is at work on, or None."""
    parameters = {"team": team.id, "now": now, "until": now + LEASE}
    row = driver_connection().execute(_CLAIM, parameters).fetchone()
    return Claim(*row) if row else None


def done(one: Claim, result: Counted, now: datetime) -> bool:
    """Writes the range's result; False where another has taken it over meanwhile."""
    parameters = (orjson.dumps(result.as_json()).decode(), now, one.range_id, one.attempts)
    return driver_connection().execute(_DONE, parameters).rowcount == 1


def finish(team: TeamFacts, now: datetime) -> None:
    """Adds up the back-tests of which no range is left."""
    complete = (
        BackTest.objects.filter(team_id=team.id, finished_at=None, total__isnull=False)
        .exclude(ranges__done_at__isnull=True, ranges__isnull=False)
        .select_for_update(of=("self",), skip_locked=True)
    )
    for test in complete:
        results = test.ranges.order_by("number").values_list("result", flat=True)
        test.result = Counted.sum_of(one or {} for one in results).as_json()
        _end(test, BackTest.Status.COMPLETED, now)


def give_up(one: Claim, now: datetime) -> None:
    """The back-test of a range that cannot be judged ends."""
    test = BackTest.objects.select_for_update().get(id=one.back_test_id)
    if test.finished_at is None:
        _end(test, BackTest.Status.FAILED, now)


def cancel(test: BackTest, now: datetime) -> None:
    _end(test, BackTest.Status.CANCELLED, now)


def _end(test: BackTest, status: str, now: datetime) -> None:
    test.status, test.finished_at = status, now
    test.save(update_fields=["status", "finished_at", "result"])


def find(
    team_id: UUID, rule_id: UUID | None, back_test_id: UUID | None, *, lock: bool = False
) -> BackTest | None:
    """A back-test of a rule, by ids that may be None because nobody could read them."""
    if rule_id is None or back_test_id is None:
        return None
    found = BackTest.objects.filter(team_id=team_id, rule_id=rule_id, id=back_test_id)
    return (found.select_for_update() if lock else found).first()


def progress(tests: list[BackTest]) -> dict[UUID, tuple[int, int]]:
    """By back-test how many ranges are done, of how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT back_test_id, count(*) FILTER (WHERE done_at IS NOT NULL), count(*) FROM screening_backtestrange"
            " WHERE back_test_id = ANY (%s) GROUP BY 1",
            [[test.id for test in tests]],
        )
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return {row[0]: (row[1], row[2]) for row in found}
