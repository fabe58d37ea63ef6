"""Counts closed days of evaluations by what a policy judges, so that a what-if reads thousands of rows, not millions.

Evaluations are only ever added, and to the present, so a closed day stays as it was counted. Whoever writes or removes
evaluations of the past (a demo, a purge) calls `count_again` afterwards.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Final

from ratel.statements import driver_connection
from ratel.tenancy import tenant
from screening.policy import LAYER_NAMES
from screening.what_if.judging import STORED
from screening.what_if.window import DAY, MOST_DAYS, midnight
from teams.principal import TeamFacts

# Longer than any decision takes from its first look at the clock to its commit.
SETTLED_AFTER: Final = timedelta(minutes=10)
_NUMBERS: Final = (*LAYER_NAMES, "points", "forces", "hits")
# The combinations of what policies judge among evaluations `e`, each with how many had it.
COMBINATIONS: Final = f"""
    SELECT {STORED}, array_to_string(e.hit_rules, ',') AS hits, e.counts, e.first_at FROM (
        SELECT layer_scores, hit_rules, hit_points, forces, count(*)::int AS counts, min(decided_at) AS first_at
        FROM screening_evaluation
        WHERE team_id = %(team)s AND rescreens_id IS NULL AND ({{spans}})
        GROUP BY layer_scores, hit_rules, hit_points, forces) e"""  # noqa: S608 - our own names
_CLOSE: Final = f"""
    INSERT INTO screening_whatifday (team_id, organisation_id, day, {", ".join(_NUMBERS)}, counts)
    SELECT %(team)s, %(organisation)s, %(day)s,
        {", ".join(f"COALESCE(array_agg(c.{name}), '{{}}')" for name in (*_NUMBERS, "counts"))}
    FROM ({COMBINATIONS.format(spans="decided_at >= %(start)s AND decided_at < %(end)s")}) c
    ON CONFLICT DO NOTHING"""  # noqa: S608 - our own names
_COUNTED: Final = "SELECT day FROM screening_whatifday WHERE team_id = %s AND day >= %s"


def close_days(team: TeamFacts, now: datetime) -> int:
    """Counts every closed day of the longest window that is not counted yet, each in a transaction of its own."""
    today = (now - SETTLED_AFTER).astimezone(UTC).date()
    oldest = now.astimezone(UTC).date() - (MOST_DAYS - 1) * DAY
    with tenant(team.organisation_id, [team.id]):
        counted = {row[0] for row in driver_connection().execute(_COUNTED, (team.id, oldest))}
    missing = [day for day in _days(oldest, today) if day not in counted]
    for day in missing:
        with tenant(team.organisation_id, [team.id]):
            _close(team, day)
    return len(missing)


def count_again(team: TeamFacts, now: datetime) -> None:
    """For whoever has made evaluations of the past: days that were counted without them."""
    with tenant(team.organisation_id, [team.id]):
        forget_days(team)
    close_days(team, now)


def forget_days(team: TeamFacts, since: date | None = None) -> int:
    """Has days counted again, all or those from `since` on; call inside `tenant(...)` of the team."""
    statement = "DELETE FROM screening_whatifday WHERE team_id = %s AND day >= %s"
    return driver_connection().execute(statement, (team.id, since or date.min)).rowcount


def forget_old_days(team: TeamFacts, now: datetime) -> int:
    """Removes what no window reaches any more."""
    with tenant(team.organisation_id, [team.id]):
        statement = "DELETE FROM screening_whatifday WHERE team_id = %s AND day < %s"
        return driver_connection().execute(statement, (team.id, (now - MOST_DAYS * DAY).date())).rowcount


def _days(first: date, end: date) -> list[date]:
    return [first + number * DAY for number in range((end - first).days)]


def _close(team: TeamFacts, day: date) -> None:
    values = {
        "team": team.id,
        "organisation": team.organisation_id,
        "day": day,
        "start": midnight(day),
        "end": midnight(day + DAY),
    }
    driver_connection().execute(_CLOSE, values)
