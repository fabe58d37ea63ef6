"""Closed days are counted once and read from their counts: what a what-if says stays the same, whichever it reads."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from screening.models import Evaluation, WhatIfDay
from screening.policy import merged, parse_policy, policy_document
from screening.services.policy import policy_fields, policy_live
from screening.what_if import tasks
from screening.what_if.compare import WhatIf, what_if
from screening.what_if.days import close_days, forget_days, forget_old_days
from screening.what_if.window import Window
from tests.cast import Bank, make_bank
from tests.what_if.synthetic import layer_sets, store

DRAFT = {"txReviewScore": 20, "aggregation": "weighted_floor", "weights": {"kyc": 0.37}}


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    """A day must not end in the middle of a test, nor have only just begun: then the one before it is not closed yet."""
    with time_machine.travel(timezone.now().replace(hour=12, minute=0)):
        yield


@pytest.fixture(scope="module")
def sets() -> list[Any]:
    drawn: list[Any] = []

    @settings(max_examples=1, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(st.lists(layer_sets(), min_size=30, max_size=30))
    def draw(found):
        drawn.extend(found)

    draw()
    return drawn


@pytest.fixture
def bank(sets) -> Bank:
    bank = make_bank("Acme Bank", "us")
    now = timezone.now()
    for days in (0, 1, 2, 5, 29):
        store(bank, "us", sets[days:], now - timedelta(days=days))
    return bank


def asked(bank: Bank, days: int = 30) -> WhatIf:
    team = bank.team_facts("us")
    with bank.seeing("us"):
        live = policy_fields(policy_live(team=team))
        draft = policy_document(parse_policy(merged(live, DRAFT)))
        return what_if(team=team, live=live, draft=draft, days=days)


def figures(answer: WhatIf) -> Any:
    return [
        (one.counted.bars, one.counted.sar_drafts, one.alerts, one.escalations, one.blocks)
        for one in (answer.live, answer.draft)
    ]


def days_of(bank: Bank) -> list[Any]:
    with bank.seeing("us"):
        return list(WhatIfDay.objects.order_by("day").values_list("day", flat=True))


def test_the_answer_is_the_same_before_and_after_days_are_closed(bank):
    before = figures(asked(bank))
    assert days_of(bank) == []
    assert close_days(bank.team_facts("us"), timezone.now()) in {88, 89}
    assert figures(asked(bank)) == before
    assert asked(bank).live.counted.evaluations == sum(30 - days for days in (0, 1, 2, 5, 29))


def test_a_closed_day_is_read_from_its_counts_and_today_from_the_evaluations(bank, sets):
    close_days(bank.team_facts("us"), timezone.now())
    with bank.seeing("us"):
        Evaluation.objects.filter(team_id=bank.teams["us"].id).delete()
    assert asked(bank).live.counted.evaluations == sum(30 - days for days in (1, 2, 5, 29))
    store(bank, "us", sets[:4], timezone.now())
    assert asked(bank).live.counted.evaluations == sum(30 - days for days in (1, 2, 5, 29)) + 4


def test_the_task_closes_days_once(bank, monkeypatch):
    monkeypatch.setattr(tasks, "all_teams", lambda: [bank.team_facts("us")])
    assert tasks.close_all_days() in {88, 89}
    closed = days_of(bank)
    assert timezone.now().astimezone(UTC).date() not in closed
    assert tasks.close_all_days() == 0
    assert days_of(bank) == closed


def test_a_day_is_not_closed_while_a_decision_of_it_may_still_be_on_its_way(bank):
    midnight = timezone.now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    close_days(bank.team_facts("us"), midnight + timedelta(minutes=5))
    assert (midnight - timedelta(days=1)).date() not in days_of(bank)
    close_days(bank.team_facts("us"), midnight + timedelta(minutes=15))
    assert (midnight - timedelta(days=1)).date() in days_of(bank)


def test_days_that_were_written_to_afterwards_are_forgotten_and_counted_again(bank, sets):
    team, yesterday = bank.team_facts("us"), timezone.now() - timedelta(days=1)
    close_days(team, timezone.now())
    store(bank, "us", sets[:7], yesterday)
    before = asked(bank).live.counted.evaluations
    with bank.seeing("us"):
        assert forget_days(team, yesterday.astimezone(UTC).date()) == 1
    assert asked(bank).live.counted.evaluations == before + 7
    assert close_days(team, timezone.now()) == 1
    assert asked(bank).live.counted.evaluations == before + 7


def test_days_out_of_every_window_are_removed(bank):
    team = bank.team_facts("us")
    close_days(team, timezone.now())
    later = timezone.now() + timedelta(days=60)
    assert forget_old_days(team, later) in {58, 59, 60}
    assert len(days_of(bank)) in {28, 29, 30, 31}


def test_evaluations_from_before_anything_could_be_judged_again_are_told_and_left_out(bank, sets):
    store(bank, "us", sets[:3], timezone.now() - timedelta(days=2), forces=None)
    before = asked(bank)
    assert before.unread == 3
    close_days(bank.team_facts("us"), timezone.now())
    after = asked(bank)
    assert (after.unread, figures(after)) == (3, figures(before))


def test_figures_of_a_day_are_divided_by_the_days_since_the_first_evaluation(sets):
    bank = make_bank("New Bank", "us")
    store(bank, "us", sets, timezone.now() - timedelta(days=3))
    for answer in (asked(bank, 7), asked(bank, 30)):
        window = answer.window
        assert Decimal(3) <= answer.days <= Decimal(4)
        assert answer.live.alerts_a_day == Decimal(answer.live.alerts) / answer.days
        assert replace(window, days=7).length_in_days(None) > 6
    assert Window(7, timezone.now()).length_in_days(timezone.now().date()) == 1


def test_a_team_without_evaluations_is_answered():
    bank = make_bank("Empty Bank", "us")
    answer = asked(bank)
    assert (answer.live.counted.evaluations, answer.live.alerts_a_day, answer.live.hours_a_day) == (
        0,
        0,
        None,
    )


def test_spans_join_neighbours_and_leave_counted_days_out():
    window = Window(5, timezone.now())
    days = [window.first_day + timedelta(days=number) for number in range(5)]
    spans = window.uncounted([days[0], days[2]])
    assert [(begin.date(), (end - begin).days) for begin, end in spans] == [(days[1], 1), (days[3], 2)]
    assert len(window.uncounted(())) == 1
