"""The Indonesian pack, with the numbers of its table and their edges."""

import pytest

from tests.rules.desk import PackDesk, money

DESK = PackDesk("id")


def cash(amount, hours_ago=0, **more):
    return {"isCash": True, "direction": "credit", "amount": money(amount), "hours_ago": hours_ago, **more}


@pytest.mark.parametrize(
    ("amount", "state"), [("499999999.99", "N"), (500_000_000, "T"), (500_000_001, "T"), (None, "I")]
)
def test_a_high_amount_starts_at_the_cash_threshold(amount, state):
    assert DESK.state("HIGH_AMT_IDR", {"amount": None if amount is None else money(amount)}) == state


@pytest.mark.parametrize(
    ("amounts", "state"),
    [
        ([400_000_000, 400_000_000, 400_000_000], "T"),
        (["499999999.99", 450_000_000, 400_000_000], "T"),
        ([400_000_000, 400_000_000], "N"),
        ([399_999_999, 400_000_000, 400_000_000], "N"),
        ([500_000_000, 400_000_000, 400_000_000], "N"),
        ([400_000_000, 400_000_000, 400_000_000, 399_999_999], "N"),
    ],
)
def test_structuring_needs_three_deposits_from_80_percent_to_just_under_the_threshold(amounts, state):
    *earlier, current = [
        cash(amount, hours_ago=index)
        for index, amount in zip(range(len(amounts) - 1, -1, -1), amounts, strict=True)
    ]
    assert DESK.state("CASH_STRUCT_D7", current, earlier) == state


@pytest.mark.parametrize(("hours_ago", "state"), [(168, "T"), (168.1, "N")])
def test_structuring_looks_back_seven_days(hours_ago, state):
    assert (
        DESK.state("CASH_STRUCT_D7", cash(450_000_000), [cash(450_000_000, 1), cash(450_000_000, hours_ago)])
        == state
    )


@pytest.mark.parametrize("changed", [{"isCash": False}, {"direction": "debit"}])
def test_structuring_counts_cash_credits_only(changed):
    others = [cash(450_000_000, 1), cash(450_000_000, 2)]
    assert DESK.state("CASH_STRUCT_D7", cash(450_000_000, **changed), others) == "N"
    assert (
        DESK.state("CASH_STRUCT_D7", cash(450_000_000), [others[0], cash(450_000_000, 2, **changed)]) == "N"
    )


@pytest.mark.parametrize(
    ("border", "tier", "state"),
    [
        (True, "basic", "T"),
        (True, "standard", "T"),
        (True, "premium", "N"),
        (False, "basic", "N"),
        (True, None, "I"),
    ],
)
def test_cross_border_spares_premium_customers(border, tier, state):
    assert DESK.state("CROSS_BORDER", {"isCrossBorder": border, "kycTier": tier}) == state


@pytest.mark.parametrize(
    ("country", "state"), [("KP", "T"), ("IR", "T"), ("MM", "T"), ("VN", "N"), ("ID", "N"), (None, "I")]
)
def test_high_risk_countries_are_those_under_the_call_for_action(country, state):
    assert DESK.state("HIGH_RISK_GEO", {"country": country}) == state


@pytest.mark.parametrize(("earlier", "state"), [(19, "N"), (20, "T")])
def test_velocity_is_more_than_twenty_in_a_day(earlier, state):
    assert DESK.state("VELOCITY_24H", {}, [{"hours_ago": 24}] * earlier) == state


def test_velocity_forgets_what_is_older_than_a_day():
    assert DESK.state("VELOCITY_24H", {}, [{"hours_ago": 24.1}] * 30) == "N"


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


@pytest.mark.parametrize(("days", "state"), [(0, "T"), (89, "T"), (90, "N"), (None, "I")])
def test_a_customer_is_new_for_ninety_days(days, state):
    assert DESK.state("NEW_CUSTOMER", {"customerAgeDays": days}) == state


def test_the_published_example_scores_65():
    current = {
        **cash(500_000_000, isCrossBorder=True, kycTier="basic", customerAgeDays=10, country="SG"),
        **dict.fromkeys(("counterpartyMatchesPep", "customerMatchesPep"), False),
        **dict.fromkeys(("counterpartyMatchesSanctions", "customerMatchesSanctions"), False),
    }
    hits = DESK.triggered(current)
    assert hits == {"HIGH_AMT_IDR", "CROSS_BORDER", "NEW_CUSTOMER"}
    assert sum(DESK.rules[code].score_contribution for code in hits) == 65
