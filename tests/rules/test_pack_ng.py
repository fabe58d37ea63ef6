"""The Nigerian pack, with the numbers of its table and their edges."""

import pytest

from tests.rules.desk import PackDesk, money

DESK = PackDesk("ng")


def cash(amount, hours_ago=0, **more):
    return {"isCash": True, "direction": "credit", "amount": money(amount), "hours_ago": hours_ago, **more}


@pytest.mark.parametrize(
    ("amount", "business", "state"),
    [
        ("4999999.99", False, "N"),
        (5_000_000, False, "T"),
        (5_000_000, True, "N"),
        ("9999999.99", True, "N"),
        (10_000_000, True, "T"),
        (10_000_000, None, "T"),
        (5_000_000, None, "I"),
    ],
)
def test_large_cash_depends_on_the_kind_of_customer(amount, business, state):
    assert DESK.state("CBN-001", cash(amount, isBusiness=business)) == state


def test_large_cash_is_cash_in_either_direction():
    assert DESK.state("CBN-001", cash(5_000_000, isBusiness=False, direction="debit")) == "T"
    assert DESK.state("CBN-001", cash(5_000_000, isBusiness=False, isCash=False)) == "N"


@pytest.mark.parametrize(
    ("amounts", "business", "state"),
    [
        ([1_000_000, 1_000_000, 2_000_000], False, "T"),
        ([1_000_000, 1_000_000, "1999999.99"], False, "N"),
        ([2_000_000, 2_000_000], False, "N"),
        (["4999999.99"] * 3, False, "T"),
        ([4_000_000, 4_000_000, 5_000_000], False, "N"),
        ([5_000_000, 4_000_000, 4_000_000], False, "N"),
        ([2_000_000, 2_000_000, 4_000_000], True, "T"),
        ([2_000_000, 2_000_000, "3999999.99"], True, "N"),
        (["9999999.99"] * 3, True, "T"),
        ([9_000_000, 9_000_000, 10_000_000], True, "N"),
    ],
)
def test_structuring_is_three_deposits_under_the_limit_that_reach_80_percent_of_it(amounts, business, state):
    *earlier, current = [cash(amount, isBusiness=business) for amount in amounts]
    assert DESK.state("CBN-002", current, earlier) == state


def test_structuring_counts_deposits_of_24_hours_only():
    current = cash(2_000_000, isBusiness=False)
    assert DESK.state("CBN-002", current, [cash(2_000_000, 1), cash(2_000_000, 24)]) == "T"
    assert DESK.state("CBN-002", current, [cash(2_000_000, 1), cash(2_000_000, 24.1)]) == "N"
    assert DESK.state("CBN-002", current, [cash(2_000_000, 1), cash(2_000_000, 2, direction="debit")]) == "N"
    assert DESK.state("CBN-002", current, [cash(2_000_000, 1), cash(2_000_000, 2, isCash=False)]) == "N"
    assert DESK.state("CBN-002", {**current, "direction": "debit"}, [cash(2_000_000, 1)] * 3) == "N"


def test_structuring_is_incomplete_without_the_kind_of_customer():
    assert DESK.state("CBN-002", cash(2_000_000), [cash(2_000_000, 1)] * 3) == "I"


@pytest.mark.parametrize(("country", "state"), [("NG", "N"), ("GB", "T"), (None, "I")])
@pytest.mark.parametrize("direction", ["debit", "credit"])
def test_a_foreign_transfer_has_a_counterparty_abroad(country, state, direction):
    assert DESK.state("CBN-003", {"country": country, "direction": direction}) == state


@pytest.mark.parametrize(
    ("customer", "counterparty", "state"),
    [(True, False, "T"), (False, True, "T"), (True, None, "T"), (False, False, "N"), (False, None, "I")],
)
def test_either_party_may_be_politically_exposed(customer, counterparty, state):
    assert (
        DESK.state("CBN-004", {"customerMatchesPep": customer, "counterpartyMatchesPep": counterparty})
        == state
    )


@pytest.mark.parametrize(
    ("country", "points", "action"),
    [
        ("KP", 85, "block"),
        ("IR", 85, "block"),
        ("MM", 85, "block"),
        ("VE", 50, "review"),
        ("YE", 50, "review"),
    ],
)
def test_a_high_risk_country_blocks_or_is_reviewed_by_its_list(country, points, action):
    chosen = DESK.rules["CBN-005"].chosen(DESK.variant("CBN-005", {"country": country}))
    assert (chosen.score_contribution, chosen.action) == (points, action)


@pytest.mark.parametrize(("country", "state"), [("NG", "N"), ("ZA", "N"), (None, "I")])
def test_other_countries_are_not_high_risk(country, state):
    assert DESK.state("CBN-005", {"country": country}) == state


@pytest.mark.parametrize(
    ("days", "amount", "state"),
    [(180, 500_000, "T"), (179, 500_000, "N"), (180, "499999.99", "N"), (4000, 9_000_000, "T")],
)
def test_a_dormant_account_wakes_with_half_a_million(days, amount, state):
    current = {"hasHistory": True, "daysSinceLastActivity": days, "amount": money(amount)}
    assert DESK.state("CBN-006", current) == state


def test_an_account_without_history_is_not_dormant():
    current = {"hasHistory": False, "daysSinceLastActivity": None, "amount": money(500_000)}
    assert DESK.state("CBN-006", current) == "A"


@pytest.mark.parametrize(("earlier", "state"), [(9, "N"), (10, "T")])
def test_rapid_movement_is_more_than_ten_transactions_in_an_hour(earlier, state):
    current = {"direction": "credit", "amount": money(1)}
    assert DESK.state("CBN-007", current, [{**current, "hours_ago": 1}] * earlier) == state


@pytest.mark.parametrize(
    ("received", "sent", "state"),
    [
        (500_000, 450_000, "T"),
        (500_000, "449999.99", "N"),
        ("499999.99", 499_999, "N"),
        (1_000_000, 900_000, "T"),
        (1_000_000, 2_000_000, "T"),
    ],
)
def test_rapid_movement_is_ninety_percent_of_what_came_in_going_out(received, sent, state):
    credit = {"direction": "credit", "amount": money(received), "hours_ago": 24}
    debit = {"direction": "debit", "amount": money(sent)}
    assert DESK.state("CBN-007", debit, [credit]) == state
    assert DESK.state("CBN-007", debit, [{**credit, "hours_ago": 24.1}]) == "N"


def test_rapid_movement_adds_up_what_went_out_before():
    credit = {"direction": "credit", "amount": money(1_000_000), "hours_ago": 5}
    debit = {"direction": "debit", "amount": money(450_000)}
    assert DESK.state("CBN-007", debit, [credit, {**debit, "hours_ago": 2}]) == "T"
    assert DESK.state("CBN-007", {**debit, "direction": "credit"}, [credit, {**debit, "hours_ago": 2}]) == "N"
