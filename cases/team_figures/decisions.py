"""What was decided, when, how fast and with which layers missing: rolled up in the database."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from cases.team_figures.kept import FINISHED_SECONDS, keep, kept, recall
from cases.team_figures.windows import DAY, Window
from ratel.statements import driver_connection
from screening.overview import DECISIONS
from screening.policy import LAYER_NAMES

# What was screened again was decided before.
_ROLLED_UP: Final = (
    "SELECT date_bin(%(step)s, decided_at, %(start)s) AS begins, decision, count(*) FROM screening_evaluation"
    " WHERE team_id = %(team)s AND decided_at >= %(start)s AND decided_at < %(end)s AND rescreens_id IS NULL"
    " GROUP BY 1, 2"
)
_OF_A_DAY: Final = (
    "SELECT count(*), percentile_disc(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY duration_us),"
    " count(*) FILTER (WHERE partial), string_agg(array_to_string(missing_layers, ','), ',') FILTER (WHERE partial)"
    " FROM screening_evaluation WHERE team_id = %(team)s AND decided_at >= %(start)s AND rescreens_id IS NULL"
)


class Step(msgspec.Struct, frozen=True):
    """The decisions of one hour or day."""

    begins: datetime
    counts: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def alerted(self) -> int:
        return self.total - self.counts.get("pass", 0)


class Decisions(msgspec.Struct, frozen=True):
    """Every step of the window, also the empty ones."""

    steps: list[Step]

    @property
    def counts(self) -> Mapping[str, int]:
        return {decision: sum(step.counts.get(decision, 0) for step in self.steps) for decision in DECISIONS}

    @property
    def total(self) -> int:
        return sum(step.total for step in self.steps)

    @property
    def alerted(self) -> int:
        return sum(step.alerted for step in self.steps)


class Today(msgspec.Struct, frozen=True):
    """The last 24 hours: how long the layers took to decide (microseconds), and which of them were missing."""

    decided: int
    microseconds_p50: int | None
    microseconds_p95: int | None
    microseconds_p99: int | None
    partial: int
    missing: dict[str, int]

    @property
    def half(self) -> str:
        return _milliseconds(self.microseconds_p50)

    @property
    def most(self) -> str:
        return _milliseconds(self.microseconds_p95)

    @property
    def nearly_all(self) -> str:
        return _milliseconds(self.microseconds_p99)


def _milliseconds(microseconds: int | None) -> str:
    return "unknown" if microseconds is None else f"{microseconds / 1_000:.2f} ms"


def decisions_of(team_id: UUID, window: Window, now: datetime) -> Decisions:
    """The last two steps are counted every few seconds; those before are finished, and kept for some minutes."""
    begins = window.beginnings(now)
    running = begins[-2]
    name = f"decisions-{window.code}-{running:%Y%m%d%H}"
    finished = recall(team_id, name, Decisions)
    if finished is None:
        whole = _rolled_up(team_id, begins, window, now)
        keep(team_id, name, Decisions(whole.steps[:-2]), seconds=FINISHED_SECONDS)
        return whole
    current = kept(
        team_id, f"{name}-running", Decisions, lambda: _rolled_up(team_id, begins[-2:], window, now)
    )
    return Decisions([*finished.steps, *current.steps])


def _rolled_up(team_id: UUID, begins: list[datetime], window: Window, now: datetime) -> Decisions:
    wanted = {"team": team_id, "step": window.step, "start": begins[0], "end": now + timedelta(minutes=5)}
    counts: dict[datetime, dict[str, int]] = {begin: {} for begin in begins}
    for begin, decision, count in driver_connection().execute(_ROLLED_UP, wanted).fetchall():
        if begin in counts:
            counts[begin][decision] = count
    return Decisions([Step(begin, found) for begin, found in counts.items()])


def today_of(team_id: UUID, now: datetime) -> Today:
    row = driver_connection().execute(_OF_A_DAY, {"team": team_id, "start": now - DAY}).fetchone()
    decided, percentiles, partial, missing = row or (0, None, 0, None)
    half, most, nearly_all = percentiles or (None, None, None)
    counts = Counter((missing or "").split(","))
    return Today(decided, half, most, nearly_all, partial, {name: counts[name] for name in LAYER_NAMES})
