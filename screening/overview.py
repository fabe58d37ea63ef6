"""Figures for an overview: how many decisions of which kind, and how old the name lists are. Reads only.

Call inside `tenant(...)` of whoever may see them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from django.db.models import Count, Q

from screening.models import Evaluation, Watchlist

DAY: Final = timedelta(days=1)
MONTH: Final = timedelta(days=30)
WEEK: Final = timedelta(days=7)
DECISIONS: Final = ("pass", "review", "escalate", "block")
Age = Literal["fresh", "aging", "old"]


@dataclass(frozen=True)
class DecisionCounts:
    """How many decisions of each kind were made in a span of time."""

    by_decision: Mapping[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return sum(self.by_decision.values())

    @property
    def in_order(self) -> list[tuple[str, int]]:
        """Every kind, the mildest first, also those that did not occur."""
        return [(decision, self.by_decision.get(decision, 0)) for decision in DECISIONS]


@dataclass(frozen=True)
class Decided:
    """The decisions of one team in the last 24 hours and in the last 30 days, by the time they were made."""

    day: DecisionCounts = DecisionCounts()
    month: DecisionCounts = DecisionCounts()


@dataclass(frozen=True)
class LoadedList:
    """A name list; lists are meant to be refreshed daily, so one is `aging` after a day and `old` after a week."""

    name: str
    code: str
    entries: int
    loaded_at: datetime
    age: Age


def decided(team_ids: Iterable[UUID], now: datetime) -> dict[UUID, Decided]:
    """By team; one without decisions in 30 days is left out."""
    # What was screened again was decided before.
    rows = (
        Evaluation.objects.filter(
            team_id__in=list(team_ids), decided_at__gt=now - MONTH, rescreens_id__isnull=True
        )
        .values_list("team_id", "decision")
        .annotate(month=Count("id"), day=Count("id", filter=Q(decided_at__gt=now - DAY)))
    )
    days: dict[UUID, dict[str, int]] = {}
    months: dict[UUID, dict[str, int]] = {}
    for team_id, decision, month, day in rows:
        months.setdefault(team_id, {})[decision] = month
        days.setdefault(team_id, {})[decision] = day
    return {
        team_id: Decided(DecisionCounts(days[team_id]), DecisionCounts(months[team_id])) for team_id in months
    }


def loaded_lists(now: datetime) -> list[LoadedList]:
    """The public lists and the organisation's own, by name."""
    return [
        LoadedList(each.name, each.code, each.entry_count, each.loaded_at, _age(now - each.loaded_at))
        for each in Watchlist.objects.filter(revision__gt=0).order_by("name")
    ]


def _age(age: timedelta) -> Age:
    if age <= DAY:
        return "fresh"
    return "aging" if age <= WEEK else "old"
