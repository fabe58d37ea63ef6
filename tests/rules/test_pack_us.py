"""The generic dollar pack, with the numbers of its table and their edges."""

import pytest

from tests.rules.desk import PackDesk, money

DESK = PackDesk("us")


@pytest.mark.parametrize(
    ("amount", "high", "near"),
    [
        ("8999.99", "N", "N"),
        (9000, "N", "T"),
        (9850, "N", "T"),
        ("9999.99", "N", "T"),
        (10000, "T", "N"),
        (10001, "T", "N"),
    ],
)
def test_an_amount_is_high_or_near_the_threshold_but_never_both(amount, high, near):
    current = {"amount": money(amount)}
    assert (DESK.state("HIGH_AMT", current), DESK.state("NEAR_THRESHOLD", current)) == (high, near)


@pytest.mark.parametrize(
    ("today", "before", "state"),
    [
        (5, 5, "T"),
        (5, 4, "N"),
        (4, 6, "N"),
        (5, 85, "T"),
        (5, 86, "N"),
        (12, 204, "T"),
        (12, 205, "N"),
    ],
)
def test_a_spike_is_five_times_the_daily_average_from_ten_transactions_on(today, before, state):
    earlier = [{"hours_ago": 25}] * before + [{"hours_ago": 1}] * (today - 1)
    assert DESK.state("VELOCITY_SPIKE", {}, earlier) == state


@pytest.mark.parametrize(("is_new", "state"), [(True, "T"), (False, "N"), (None, "I")])
def test_a_new_counterparty_counts_when_one_is_given(is_new, state):
    assert DESK.state("NEW_COUNTERPARTY", {"isNewCounterparty": is_new}) == state


def cash(amount, hours_ago=0, **more):
    return {"isCash": True, "amount": money(amount), "hours_ago": hours_ago, "direction": "credit", **more}


@pytest.mark.parametrize(
    ("amounts", "state"),
    [
        ([8000, 8000, 8000], "T"),
        (["9999.99", 9000, 8000], "T"),
        ([8000, 8000], "N"),
        (["7999.99", 8000, 8000], "N"),
        ([10000, 8000, 8000], "N"),
        ([8000, 8000, 8000, 10000], "N"),
    ],
)
def test_structuring_needs_three_cash_transactions_in_the_band(amounts, state):
    *earlier, current = [cash(amount) for amount in amounts]
    assert DESK.state("STRUCTURING_7D", current, earlier) == state


def test_structuring_counts_both_directions_but_only_cash_of_seven_days():
    assert (
        DESK.state("STRUCTURING_7D", cash(9000), [cash(9000, 1), cash(9000, 168, direction="debit")]) == "T"
    )
    assert DESK.state("STRUCTURING_7D", cash(9000), [cash(9000, 1), cash(9000, 169)]) == "N"
    assert DESK.state("STRUCTURING_7D", cash(9000), [cash(9000, 1), cash(9000, 2, isCash=False)]) == "N"


@pytest.mark.parametrize(("country", "state"), [("KP", "T"), ("MM", "T"), ("US", "N"), (None, "I")])
def test_high_risk_countries_are_those_under_the_call_for_action(country, state):
    assert DESK.state("HIGH_RISK_GEO", {"country": country}) == state


@pytest.mark.parametrize(
    ("code", "field"),
    [
        ("PEP_CPTY", "counterpartyMatchesPep"),
        ("PEP_CUST", "customerMatchesPep"),
        ("SANCTIONS_CPTY", "counterpartyMatchesSanctions"),
        ("SANCTIONS_CUST", "customerMatchesSanctions"),
    ],
)
def test_matches_of_names_are_read_from_the_sanctions_layer(code, field):
    assert [DESK.state(code, {field: seen}) for seen in (True, False, None)] == ["T", "N", "I"]


@pytest.mark.parametrize(("days", "state"), [(89, "T"), (90, "N"), (None, "I")])
def test_a_customer_is_new_for_ninety_days(days, state):
    assert DESK.state("NEW_CUSTOMER", {"customerAgeDays": days}) == state
