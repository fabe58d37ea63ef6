"""The demo's payments: the same each time, all in the past, with the stories that the rules are for."""

from datetime import UTC, datetime, timedelta

import pytest

from screening.demo.bank import TEAM_NAMES
from screening.demo.stories import NEAR_MATCH, RING, STRUCTURING
from screening.demo.traffic import DAYS, endings, payments
from screening.packs import load_pack

NOW = datetime(2026, 3, 10, 15, 12, tzinfo=UTC)

pytestmark = pytest.mark.parametrize("pack", TEAM_NAMES)


def ordinary(pack):
    return [planned for planned in payments(pack, NOW) if planned.reference.startswith("customer-")]


def test_the_payments_are_the_same_each_time(pack):
    assert payments(pack, NOW) == payments(pack, NOW)
    assert endings(pack, NOW) == endings(pack, NOW)


def test_later_in_the_same_hour_nothing_has_moved(pack):
    assert payments(pack, NOW) == payments(pack, NOW + timedelta(minutes=40))


def test_at_another_time_the_ids_and_amounts_stay_and_the_times_move(pack):
    today = {planned.external_id: planned for planned in payments(pack, NOW)}
    later = {planned.external_id: planned for planned in payments(pack, NOW + timedelta(days=7, hours=5))}
    assert today.keys() == later.keys()
    for external_id, planned in today.items():
        assert later[external_id].payment["amount"] == planned.payment["amount"]
        moved = later[external_id].occurred_at - planned.occurred_at
        assert timedelta(days=6) < moved < timedelta(days=9)


def test_there_are_enough_for_charts_each_with_an_id_of_its_own(pack):
    made = payments(pack, NOW)
    assert 1_200 <= len(made) <= 2_000
    assert len({planned.external_id for planned in made}) == len(made)


def test_they_are_in_the_order_in_which_they_are_sent_and_all_before_now(pack):
    made = payments(pack, NOW)
    assert [planned.sent_at for planned in made] == sorted(planned.sent_at for planned in made)
    assert all(planned.occurred_at < planned.sent_at < NOW for planned in made)
    assert sum(planned.sent_at > NOW - timedelta(days=DAYS + 1) for planned in made) > 0.98 * len(made)


def test_every_day_of_the_last_weeks_has_payments(pack):
    days = {planned.sent_at.date() for planned in payments(pack, NOW)}
    assert len({NOW.date() - timedelta(days=back) for back in range(1, DAYS - 1)} - days) == 0


def test_ordinary_life_is_domestic_and_most_of_it(pack):
    made = ordinary(pack)
    assert len(made) > 1_000
    assert {planned.payment["country"] for planned in made} == {load_pack(pack).home_country}
    assert not any(planned.is_story for planned in made)


def test_the_story_of_the_team_is_told_in_the_last_day(pack):
    wanted = {"ng": {STRUCTURING}, "us": {NEAR_MATCH}, "id": set(RING)}[pack]
    recent = [one for one in payments(pack, NOW) if one.is_story and one.sent_at > NOW - timedelta(hours=12)]
    assert {planned.reference for planned in recent} == wanted


def test_most_of_what_monitoring_finds_is_harmless_and_some_is_not(pack):
    verdicts = [ending.verdict for ending in endings(pack, NOW).values()]
    assert verdicts.count("false_positive") > verdicts.count("true_positive") >= 10
