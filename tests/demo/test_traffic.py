"""The demo's payments: the same each time, all in the past, with the stories that the rules are for."""

from datetime import UTC, datetime, timedelta

import pytest

from screening.demo.bank import TEAM_NAMES
from screening.demo.traffic import DAYS, DORMANT_DAYS, payments
from screening.packs import load_pack

NOW = datetime(2026, 3, 10, 15, 42, tzinfo=UTC)

pytestmark = pytest.mark.parametrize("pack", TEAM_NAMES)


def test_the_payments_are_the_same_each_time(pack):
    assert payments(pack, NOW) == payments(pack, NOW)


def test_later_on_the_same_day_nothing_has_moved(pack):
    assert payments(pack, NOW) == payments(pack, NOW + timedelta(minutes=5))


def test_on_another_day_the_ids_and_amounts_stay_and_the_times_move(pack):
    today = {payment["externalId"]: payment for payment in payments(pack, NOW)}
    next_week = {payment["externalId"]: payment for payment in payments(pack, NOW + timedelta(days=7))}
    assert today.keys() == next_week.keys()
    for external_id, payment in today.items():
        later = next_week[external_id]
        assert later["amount"] == payment["amount"]
        moved = datetime.fromisoformat(later["occurredAt"]) - datetime.fromisoformat(payment["occurredAt"])
        assert moved == timedelta(days=7)


def test_there_are_about_three_hundred_each_with_an_id_of_its_own(pack):
    made = payments(pack, NOW)
    assert 250 <= len(made) <= 350
    assert len({payment["externalId"] for payment in made}) == len(made)


def test_they_are_in_the_order_of_time_and_all_before_now(pack):
    times = [datetime.fromisoformat(payment["occurredAt"]) for payment in payments(pack, NOW)]
    assert times == sorted(times)
    assert times[-1] < NOW
    assert sum(moment < NOW - timedelta(days=DAYS + 1) for moment in times) == 1
    assert times[0] > NOW - timedelta(days=DORMANT_DAYS + 1)


def test_ordinary_life_is_domestic_and_most_of_it(pack):
    ordinary = [payment for payment in payments(pack, NOW) if not payment["label"]]
    assert len(ordinary) > 200
    assert {payment["country"] for payment in ordinary} == {load_pack(pack).home_country}
