"""The rule-based tier of the decision engine: the six observations of the page, and the chain of fallbacks."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from screening.context import Context, Past
from screening.layers import decision_engine
from screening.layers.decision_engine import RULE_BASED, NoTierAnswered, Tier, TierScore
from screening.layers.result import Outcome
from screening.transaction import Counterparty
from tests.layers.desk import BANDS, KNOWN, MOMENT, context, payment


def score(past: Past = KNOWN, amount: Any = 123, counterparty: str | None = None, **numbers: Any) -> int:
    transaction = payment(amount=Decimal(amount), counterparty=Counterparty(account=counterparty))
    return int(decision_engine.run(context(transaction=transaction, past=past, **numbers), BANDS).score)


def quiet_for(days: float) -> Past:
    return Past(
        last_at=MOMENT - timedelta(days=days), first_at=MOMENT - timedelta(days=999), knows_counterparty=True
    )


def stranger() -> Past:
    return Past(last_at=KNOWN.last_at, first_at=KNOWN.first_at, knows_counterparty=False)


def test_without_history_the_score_is_nothing() -> None:
    assert score(past=Past(), amount=100_000, counterparty="1", count_day=99, count_90_days=99) == 0


@pytest.mark.parametrize(
    ("amount", "count", "expected"), [(501, 5, 20), (500, 5, 30), (499, 5, 0), (501, 4, 0)]
)
def test_twenty_for_five_times_the_average_from_five_transactions_on(
    amount: int, count: int, expected: int
) -> None:
    """500 is also a round amount, which gives ten more."""
    assert score(amount=amount, average_90_days=Decimal(100), count_90_days=count) == expected


@pytest.mark.parametrize(
    ("day", "ninety_days", "expected"), [(10, 10, 20), (9, 9, 0), (5, 90, 20), (5, 91, 0), (4, 72, 20)]
)
def test_twenty_for_five_times_the_daily_average_from_ten_on(
    day: int, ninety_days: int, expected: int
) -> None:
    assert score(count_day=day, count_90_days=ninety_days) == expected


@pytest.mark.parametrize(
    ("credits", "debits", "expected"), [(1000, 900, 20), (1000, 899, 0), (0, 900, 0), (1000, 5000, 20)]
)
def test_twenty_where_ninety_percent_of_the_days_credits_leave(
    credits: int, debits: int, expected: int
) -> None:
    assert score(credits_day=Decimal(credits), debits_day=Decimal(debits)) == expected


def test_fifteen_for_a_new_counterparty() -> None:
    assert score(past=stranger(), counterparty="1") == 15
    assert score(counterparty="1") == 0
    assert score(past=stranger()) == 0


@pytest.mark.parametrize(("days", "expected"), [(90, 15), (89.99, 0), (400, 15)])
def test_fifteen_after_ninety_quiet_days(days: float, expected: int) -> None:
    assert score(past=quiet_for(days)) == expected


@pytest.mark.parametrize(
    ("amount", "expected"), [(500_000, 10), (12_000, 10), (100, 10), (9_850, 0), (90, 0), ("100.50", 0)]
)
def test_ten_for_a_round_amount(amount: Any, expected: int) -> None:
    assert score(amount=amount) == expected


def test_all_of_them_together_are_a_hundred() -> None:
    past = Past(last_at=MOMENT - timedelta(days=100), first_at=MOMENT - timedelta(days=999))
    numbers = {"average_90_days": Decimal(1), "count_90_days": 10, "count_day": 10}
    assert score(past, 100, "1", **numbers, credits_day=Decimal(10), debits_day=Decimal(10)) == 100


def test_the_tier_that_answered_is_part_of_the_result() -> None:
    assert decision_engine.run(context(past=KNOWN), BANDS).version == RULE_BASED.version


def test_a_tier_that_fails_hands_over_to_the_next() -> None:
    def fails(_: Context) -> TierScore:
        raise RuntimeError

    chain = (
        Tier("broken", fails),
        Tier("second", lambda _: TierScore(Decimal(65), ("because",))),
        RULE_BASED,
    )
    result = decision_engine.run(context(past=KNOWN), BANDS, chain)
    assert (result.score, result.version, result.outcome) == (65, "second", Outcome.ESCALATE)
    with pytest.raises(NoTierAnswered):
        decision_engine.run(context(past=KNOWN), BANDS, (Tier("broken", fails),))
