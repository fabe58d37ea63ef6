"""Windows, dormancy and "new" are measured from the payment's own time: an old file decides as it would have then."""

from datetime import timedelta
from typing import Any

import pytest

from screening.models import Customer
from tests.cast import Bank, make_bank, payment
from tests.evaluate.answers import NOON, QUIET, at, happened, points
from tests.evaluate.rules import COUNTER, add_rules


@pytest.fixture
def bank() -> Bank:
    return make_bank("Acme Bank", "id", "us", "ng")


def seen(bank: Bank, **fields: Any) -> int:
    """How many transactions of the last 24 hours the payment saw, itself included."""
    answer = bank.callers["id"].explain(**QUIET, **fields)
    return next(int(line.split()[0]) for line in answer.data["explanation"] if " seen " in line)


def test_a_payment_sees_those_before_it_and_none_after_it(bank: Bank) -> None:
    add_rules(bank, "id", COUNTER)
    happened(bank, "id", *({"occurredAt": at(NOON, hours=hours)} for hours in (30, 10, 5, -1, -48)))
    assert seen(bank, occurredAt=at(NOON), persist=False) == 3
    assert seen(bank, occurredAt=at(NOON, hours=7), persist=False) == 3
    assert seen(bank, occurredAt=at(NOON, hours=20), persist=False) == 2
    assert seen(bank, occurredAt=at(NOON, days=10), persist=False) == 1


def test_payments_of_the_same_instant_see_those_that_are_stored(bank: Bank) -> None:
    add_rules(bank, "id", COUNTER)
    assert [seen(bank, occurredAt=at(NOON)) for _ in range(4)] == [1, 2, 3, 4]


def test_a_window_ends_exactly(bank: Bank) -> None:
    add_rules(bank, "id", COUNTER)
    happened(bank, "id", {"occurredAt": at(NOON)})
    assert seen(bank, occurredAt=at(NOON + timedelta(hours=24, microseconds=-1)), persist=False) == 2
    assert seen(bank, occurredAt=at(NOON + timedelta(hours=24)), persist=False) == 1


def test_a_replay_of_last_years_file_decides_as_it_would_have_then(bank: Bank) -> None:
    """Two customers with the same payments, one of last year's in order, the other's two years ago: same decisions."""
    hours = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 26, 27, 200, 24 * 200]
    decisions = []
    for customer, begin in (("last year", timedelta(days=365)), ("before", timedelta(days=730))):
        who = {
            "customerId": customer,
            "channel": "cash",
            "direction": "credit",
            "amount": 1_500_000,
            "kycStatus": "verified",
        }
        items = [payment(**who, occurredAt=at(NOON - begin + timedelta(hours=hour))) for hour in hours]
        answer = bank.callers["ng"].post("/api/transactions/evaluate/batch", {"batch": items})
        decisions.append(
            [
                (item["data"]["riskScore"], [hit["ruleCode"] for hit in item["data"]["hits"]])
                for item in answer.data
            ]
        )
    assert decisions[0] == decisions[1]
    assert decisions[0][2] == (52, ["CBN-002"])
    assert decisions[0][-1] == (36, ["CBN-006"])


def test_another_customers_payments_do_not_count(bank: Bank) -> None:
    add_rules(bank, "id", COUNTER)
    happened(bank, "id", *[{"customerId": "other", "occurredAt": at(NOON)}] * 5)
    assert seen(bank, occurredAt=at(NOON)) == 1


def test_another_teams_payments_of_the_same_customer_do_not_count(bank: Bank) -> None:
    add_rules(bank, "id", COUNTER)
    happened(bank, "us", *[{"occurredAt": at(NOON)}] * 5)
    assert seen(bank, occurredAt=at(NOON)) == 1


def test_the_age_of_a_customer_counts_from_customer_since(bank: Bank) -> None:
    us = bank.callers["us"]
    who = {"customerId": "aged", "occurredAt": at(NOON), "persist": False}
    assert points(us.evaluate(**who, customerSince=at(NOON, days=89)[:10])) == {"NEW_CUSTOMER": 10}
    assert points(us.evaluate(**who, customerSince=at(NOON, days=90)[:10])) == {}
    # The same customer at another time has another age.
    earlier = {**who, "occurredAt": at(NOON, days=30)}
    assert points(us.evaluate(**earlier, customerSince=at(NOON, days=90)[:10])) == {"NEW_CUSTOMER": 10}


def test_the_age_of_a_customer_counts_from_its_first_transaction_where_nothing_is_said(bank: Bank) -> None:
    us = bank.callers["us"]
    us.evaluate(customerId="aged", occurredAt=at(NOON, days=90))
    assert points(us.evaluate(customerId="aged", occurredAt=at(NOON), persist=False)) == {}
    assert points(us.evaluate(customerId="aged", occurredAt=at(NOON, days=1), persist=False)) == {
        "NEW_CUSTOMER": 10
    }
    # What is said later counts more.
    later = {"customerId": "aged", "occurredAt": at(NOON), "persist": False}
    assert points(us.evaluate(**later, customerSince=at(NOON, days=5)[:10])) == {"NEW_CUSTOMER": 10}


def test_a_remembered_customer_since_is_used(bank: Bank) -> None:
    us = bank.callers["us"]
    us.evaluate(customerId="aged", occurredAt=at(NOON), customerSince=at(NOON, days=400)[:10])
    assert points(us.evaluate(customerId="aged", occurredAt=at(NOON))) == {}


def test_an_older_payment_that_arrives_late_does_not_make_a_customer_dormant(bank: Bank) -> None:
    ng = bank.callers["ng"]
    who = {"customerId": "late", "amount": 600_000}
    happened(bank, "ng", {**who, "occurredAt": at(NOON, days=400)}, {**who, "occurredAt": at(NOON, days=10)})
    assert "CBN-006" not in points(ng.evaluate(**QUIET, **who, occurredAt=at(NOON), persist=False))
    assert "CBN-006" in points(ng.evaluate(**QUIET, **who, occurredAt=at(NOON, days=20), persist=False))


def test_the_profile_of_a_customer_is_the_same_whatever_the_order(bank: Bank) -> None:
    for days in (5, 100, 50):
        bank.callers["us"].evaluate(customerId="orders", occurredAt=at(NOON, days=days))
    with bank.seeing("us"):
        assert Customer.objects.filter(reference="orders").count() == 1
