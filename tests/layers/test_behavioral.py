"""The behavioral layer: its limits and ceilings of the page, and a past that is none."""

from decimal import Decimal
from typing import Any

import pytest

from screening.context import Past
from screening.layers import behavioral
from screening.layers.result import Outcome
from tests.layers.desk import BANDS, KNOWN, context, payment


def score(**numbers: Any) -> int:
    return int(behavioral.run(context(past=KNOWN, **numbers), BANDS).score)


def test_a_customer_without_history_scores_nothing_and_says_so() -> None:
    result = behavioral.run(context(past=Past(), devices=50, addresses=50, countries=50), BANDS)
    assert (result.score, result.outcome, result.reasons) == (0, Outcome.PASS, ("new user (no history)",))


@pytest.mark.parametrize(
    ("what", "usual", "ceiling"), [("devices", 3, 70), ("addresses", 5, 60), ("countries", 2, 80)]
)
def test_more_than_usual_scores_up_to_its_ceiling(what: str, usual: int, ceiling: int) -> None:
    assert score(**{what: usual}) == 0
    assert 0 < score(**{what: usual + 1}) <= score(**{what: usual + 2}) <= ceiling
    assert score(**{what: 1000}) == ceiling


def test_a_score_never_falls_as_more_is_seen() -> None:
    for what in ("devices", "addresses", "countries"):
        scores = [score(**{what: number}) for number in range(30)]
        assert scores == sorted(scores)


@pytest.mark.parametrize(
    ("times", "is_far"), [(1, False), (4, False), (5, True), (10, True), (20, True), (1000, True)]
)
def test_an_amount_far_from_the_customers_own_average_scores_by_how_far(times: int, is_far: bool) -> None:
    assert score(average_90_days=Decimal(10), count_90_days=5) > 0  # 123 is 12.3 times 10
    found = behavioral.run(
        context(
            transaction=payment(amount=Decimal(100 * times)),
            past=KNOWN,
            average_90_days=Decimal(100),
            count_90_days=5,
        ),
        BANDS,
    )
    assert (found.score > 0) is is_far


def test_an_average_of_four_payments_is_none() -> None:
    assert score(average_90_days=1, count_90_days=4) == 0


@pytest.mark.parametrize(
    ("day", "ninety_days", "is_far"), [(5, 90, True), (4, 90, False), (9, 9, False), (10, 10, True)]
)
def test_velocity_far_from_the_customers_own_scores(day: int, ninety_days: int, is_far: bool) -> None:
    assert (score(count_day=day, count_90_days=ninety_days) > 0) is is_far


def test_the_most_unusual_thing_gives_the_score_and_every_one_is_named() -> None:
    result = behavioral.run(context(past=KNOWN, devices=100, countries=100, addresses=100), BANDS)
    assert result.score == 80
    assert result.outcome is Outcome.BLOCK
    assert len(result.reasons) == 3


def test_the_outcome_is_the_band_of_the_score() -> None:
    assert behavioral.run(context(past=KNOWN, addresses=6), BANDS).outcome is Outcome.REVIEW
    assert behavioral.run(context(past=KNOWN, devices=100), BANDS).outcome is Outcome.ESCALATE
