"""One statement that judges every evaluation of a window by several policies and says how many came out how.

Call inside `tenant(...)`. It reads; closed days from their counts, the rest from the evaluations themselves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final, NamedTuple

from ratel.statements import driver_connection
from screening.policy import LAYER_NAMES, Policy
from screening.what_if.days import COMBINATIONS
from screening.what_if.judging import JUDGED, POLICY_COLUMNS, policy_row
from screening.what_if.window import Window
from teams.principal import TeamFacts

# Scores of the chart: bars of five points from 0 to 150, the last one with everything above.
BAR_POINTS: Final = 5
BARS: Final = 31
_NUMBERS: Final = (*LAYER_NAMES, "points", "forces", "counts")
_COLUMNS: Final = ", ".join(_NUMBERS)
# Few large reads: the planner is told what they really read, and they end before anybody gives up waiting.
_BEGIN: Final = (
    "SELECT set_config('plan_cache_mode', 'auto', true), set_config('work_mem', '64MB', true),"
    " set_config('statement_timeout', %(timeout)s, true),"
    " ARRAY(SELECT day FROM screening_whatifday WHERE team_id = %(team)s AND day >= %(first)s)"
)
TIMEOUT_MS: Final = 8_000
_DAYS: Final = f"""
    SELECT {", ".join(f"u.{name}" for name in _NUMBERS)}, d.day::timestamp AT TIME ZONE 'UTC' FROM screening_whatifday d
    CROSS JOIN LATERAL unnest({", ".join(f"d.{name}" for name in _NUMBERS)}) AS u({_COLUMNS})
    WHERE d.team_id = %(team)s AND d.day >= %(first)s"""  # noqa: S608 - our own names
_COUNT: Final = f"""
    WITH g AS MATERIALIZED (
        SELECT {", ".join((*LAYER_NAMES, "points", "forces"))}, sum(counts)::bigint AS counts,
            min(first_at) AS first_at
        FROM (SELECT {_COLUMNS}, first_at FROM ({COMBINATIONS}) live UNION ALL {_DAYS}) every
        GROUP BY {", ".join((*LAYER_NAMES, "points", "forces"))}),
    p(number, {", ".join(POLICY_COLUMNS)}) AS (VALUES {{policies}})
    SELECT p.number, o.outcome, o.drafts_sar, LEAST(j.score / {BAR_POINTS * 100}, {BARS - 1})::int AS bar,
        sum(g.counts)::bigint, min(g.first_at)
    FROM g CROSS JOIN p {JUDGED}
    WHERE g.forces IS NOT NULL
    GROUP BY 1, 2, 3, 4
    UNION ALL SELECT -1, NULL, NULL, NULL, sum(counts)::bigint, NULL FROM g WHERE forces IS NULL"""  # noqa: S608 - our own names


class Found(NamedTuple):
    """So many evaluations have this outcome (0 pass to 3 block), ask for a SAR or not, and lie in this bar;
    the first of them was decided then, or on that day."""

    outcome: int
    drafts_sar: bool
    bar: int
    evaluations: int
    first_at: datetime


@dataclass(frozen=True)
class Counted:
    """What one policy says of a window."""

    found: tuple[Found, ...]

    @property
    def evaluations(self) -> int:
        return sum(one.evaluations for one in self.found)

    @property
    def first_day(self) -> date | None:
        """The first day of the window with evaluations."""
        return min((one.first_at.astimezone(UTC).date() for one in self.found), default=None)

    @property
    def sar_drafts(self) -> int:
        return sum(one.evaluations for one in self.found if one.drafts_sar)

    def with_outcome(self, *outcomes: int) -> int:
        return sum(one.evaluations for one in self.found if one.outcome in outcomes)

    @property
    def bars(self) -> list[tuple[int, int, int, int]]:
        """For each bar the evaluations of each outcome."""
        bars = [[0, 0, 0, 0] for _ in range(BARS)]
        for one in self.found:
            bars[one.bar][one.outcome] += one.evaluations
        return [(bar[0], bar[1], bar[2], bar[3]) for bar in bars]


def begin(team: TeamFacts, window: Window) -> list[date]:
    """Prepares the transaction for reads of a what-if and returns the days that are counted already."""
    values = {"team": team.id, "first": window.first_day, "timeout": str(TIMEOUT_MS)}
    row = driver_connection().execute(_BEGIN, values).fetchone()
    return list(row[-1]) if row else []


def count(
    team: TeamFacts, window: Window, counted_days: Sequence[date], policies: Sequence[Policy]
) -> tuple[list[Counted], int]:
    """What each policy makes of the window, and how many evaluations are too old to be judged by another policy."""
    values: dict[str, Any] = {"team": team.id, "first": window.first_day}
    spans = spans_of(window, counted_days, values)
    rows = policy_values(policies, values)
    statement = _COUNT.format(spans=spans, policies=rows)
    found: list[list[Found]] = [[] for _ in policies]
    unread = 0
    for number, *rest in driver_connection().execute(statement, values, prepare=False):
        if number < 0:
            unread = rest[3] or 0
        else:
            found[number].append(Found(*rest))
    return [Counted(tuple(one)) for one in found], unread


def spans_of(window: Window, counted_days: Sequence[date], values: dict[str, Any]) -> str:
    """The condition on `decided_at`; its bounds go into `values`."""
    conditions = []
    for number, (begin_at, end_at) in enumerate(window.uncounted(counted_days)):
        values[f"from{number}"], values[f"until{number}"] = begin_at, end_at
        conditions.append(f"(decided_at >= %(from{number})s AND decided_at < %(until{number})s)")
    return " OR ".join(conditions) or "false"


def policy_values(policies: Sequence[Policy], values: dict[str, Any]) -> str:
    """The rows of the policies; what they say goes into `values`."""
    rows = []
    for number, policy in enumerate(policies):
        names = [f"policy{number}_{column}" for column in POLICY_COLUMNS]
        values.update(zip(names, policy_row(policy), strict=True))
        typed = zip(names, POLICY_COLUMNS.values(), strict=True)
        rows.append(f"({number}, {', '.join(f'%({name})s::{kind}' for name, kind in typed)})")
    return ", ".join(rows)
