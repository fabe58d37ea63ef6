"""The whole answer of a what-if: what a draft of the policy would have done to a team's window, beside the live one.

Call `what_if` inside `tenant(...)`: it reads four or five times, whatever the window holds.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import psycopg
from django.utils import timezone

from ratel.problem import Unprocessable
from screening.policy import Policy, parse_policy
from screening.what_if.counting import Counted, begin, count
from screening.what_if.outcomes import Outcomes, Workload, judge_alerts, workload
from screening.what_if.suggestion import Suggestion, suggest
from screening.what_if.window import Window
from teams.principal import TeamFacts

REVIEW, ESCALATE, BLOCK = 1, 2, 3
# What acts before or beside the stored scores: a change of it is not in the answer.
NOT_RECOMPUTED: Final = ("thresholds", "fourEyes", "joinAlertsHours")


@dataclass(frozen=True)
class Outlook:
    """One policy over the window, as figures of a day."""

    policy: Policy
    counted: Counted
    days: Decimal
    workload: Workload

    def a_day(self, evaluations: int) -> Decimal:
        return Decimal(evaluations) / self.days

    @property
    def alerts(self) -> int:
        return self.counted.with_outcome(REVIEW, ESCALATE, BLOCK)

    @property
    def escalations(self) -> int:
        return self.counted.with_outcome(ESCALATE)

    @property
    def blocks(self) -> int:
        return self.counted.with_outcome(BLOCK)

    @property
    def alerts_a_day(self) -> Decimal:
        return self.a_day(self.alerts)

    @property
    def hours_a_day(self) -> Decimal | None:
        return self.workload.hours_of(self.alerts_a_day)


@dataclass(frozen=True)
class WhatIf:
    """`unread` evaluations are too old to be judged again; `not_recomputed` are changes that the figures leave out."""

    window: Window
    days: Decimal
    live: Outlook
    draft: Outlook
    outcomes: Outcomes
    workload: Workload
    suggestion: Suggestion | None
    unread: int
    not_recomputed: tuple[str, ...]
    seconds: float


def what_if(*, team: TeamFacts, live: Mapping[str, Any], draft: Mapping[str, Any], days: int) -> WhatIf:
    """`live` and `draft` are whole documents of a policy. Raises Unprocessable where the database takes too long."""
    began = time.perf_counter()
    window = Window(days, timezone.now())
    policies = [parse_policy(live), parse_policy(draft)]
    try:
        counted_days = begin(team, window)
        counted, unread = count(team, window, counted_days, policies)
        outcomes = judge_alerts(team, window, *policies)
        work = workload(team, window)
        suggestion = suggest(team, window, counted_days, policies[1], outcomes)
    except psycopg.errors.QueryCanceled:
        raise Unprocessable(
            "There is too much to count in this window at the moment: take a shorter one"
        ) from None
    length = window.length_in_days(counted[0].first_day)
    now, then = [Outlook(policy, one, length, work) for policy, one in zip(policies, counted, strict=True)]
    changed = tuple([key for key in NOT_RECOMPUTED if live[key] != draft[key]])
    return WhatIf(
        window=window,
        days=length,
        live=now,
        draft=then,
        outcomes=outcomes,
        workload=work,
        suggestion=suggestion,
        unread=unread,
        not_recomputed=changed,
        seconds=time.perf_counter() - began,
    )
