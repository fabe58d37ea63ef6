"""The generic USD pack through the API: each row of the page with its numbers, on both sides of its edges."""

from datetime import timedelta
from typing import Any

import pytest

from tests.cast import Bank, make_bank
from tests.evaluate.answers import NOON, QUIET, at, happened, points, states
from tests.evaluate.lists import POLITICALLY_EXPOSED, SANCTIONED
from tests.evaluate.stored import events


@pytest.fixture(scope="module")
def bank() -> Bank:
    """Shared: single payments are dry runs, others have customers of their own."""
    return make_bank("Acme Bank", "us")


def dry(bank: Bank, **fields: Any) -> dict[str, int]:
    return points(bank.callers["us"].evaluate(**{**QUIET, "persist": False, **fields}))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"amount": 10_000}, {"HIGH_AMT": 35}),
        ({"amount": "9999.99"}, {"NEAR_THRESHOLD": 32}),
        ({"amount": "9999.99999999"}, {"NEAR_THRESHOLD": 32}),
        ({"amount": 9_000}, {"NEAR_THRESHOLD": 32}),
        ({"amount": "8999.99"}, {}),
        ({"counterpartyAccount": "1"}, {"NEW_COUNTERPARTY": 18}),
        ({"counterpartyName": "Siti Rahmawati"}, {"NEW_COUNTERPARTY": 18}),
        ({"counterpartyNik": "3174012345678901"}, {"NEW_COUNTERPARTY": 18}),
        ({"country": "KP"}, {"HIGH_RISK_GEO": 40}),
        ({"country": "GB"}, {}),
        ({"counterpartyName": POLITICALLY_EXPOSED}, {"PEP_CPTY": 40, "NEW_COUNTERPARTY": 18}),
        ({"customerName": POLITICALLY_EXPOSED}, {"PEP_CUST": 40}),
        ({"counterpartyName": SANCTIONED}, {"SANCTIONS_CPTY": 100, "NEW_COUNTERPARTY": 18}),
        ({"customerName": SANCTIONED}, {"SANCTIONS_CUST": 100}),
        ({"customerSince": at(NOON, days=89)[:10], "occurredAt": at(NOON)}, {"NEW_CUSTOMER": 10}),
        ({"customerSince": at(NOON, days=90)[:10], "occurredAt": at(NOON)}, {}),
    ],
    ids=str,
)
def test_a_rule_fires_where_the_page_says_and_nowhere_else(
    bank: Bank, fields: dict[str, Any], expected: dict[str, int]
) -> None:
    assert dry(bank, **fields) == expected


def test_a_counterparty_is_new_once(bank: Bank) -> None:
    who = {"customerId": "regular", "counterpartyAccount": "0012"}
    happened(bank, "us", {**who, "occurredAt": at(NOON, days=80)})
    assert dry(bank, **who, occurredAt=at(NOON)) == {}
    assert dry(bank, **{**who, "counterpartyAccount": "0013"}, occurredAt=at(NOON)) == {
        "NEW_COUNTERPARTY": 18
    }
    # Seen from before the first payment to it, it was still new.
    assert dry(bank, **who, occurredAt=at(NOON, days=81)) == {"NEW_COUNTERPARTY": 18}
    # Another customer never dealt with it.
    assert dry(bank, **{**who, "customerId": "somebody else"}) == {"NEW_COUNTERPARTY": 18}


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [
        (["8000", "8000", "8000"], 45),
        (["8000", "8000", "9999.99"], 45),
        (["8000", "8000", "7999.99"], 0),
        (["7999.99", "8000", "8000"], 0),
        (["8000", "8000", "10000"], 0),
        (["8000", "8000"], 0),
    ],
    ids=str,
)
def test_structured_cash_is_three_of_80_percent_in_seven_days(
    bank: Bank, amounts: list[str], expected: int
) -> None:
    who = {"customerId": f"{amounts}", "channel": "withdrawal"}
    *earlier, last = amounts
    happened(bank, "us", *({**who, "amount": amount, "occurredAt": at(NOON, days=6)} for amount in earlier))
    assert dry(bank, **who, amount=last, occurredAt=at(NOON)).get("STRUCTURING_7D", 0) == expected
    assert "STRUCTURING_7D" not in dry(bank, **who, amount=last, occurredAt=at(NOON + timedelta(days=1)))


@pytest.mark.parametrize(
    ("today", "before", "is_hit"),
    [
        (10, 0, True),
        (9, 0, False),
        (5, 5, True),
        (4, 20, False),
        (5, 85, True),
        (5, 86, False),
        (6, 102, True),
        (6, 103, False),
    ],
)
def test_a_spike_is_five_in_a_day_and_five_times_the_average_from_ten_on(
    bank: Bank, today: int, before: int, is_hit: bool
) -> None:
    """`today` includes the payment itself; the average of 90 days is (today + before) / 90 a day."""
    who = {"customerId": f"{today} {before}"}
    happened(
        bank,
        "us",
        *[{**who, "occurredAt": at(NOON, days=30)}] * before,
        *[{**who, "occurredAt": at(NOON, hours=2)}] * (today - 1),
    )
    assert ("VELOCITY_SPIKE" in dry(bank, **who, occurredAt=at(NOON))) is is_hit


@pytest.mark.parametrize(
    ("fields", "score", "decision", "level", "sar"),
    [
        ({"amount": 10_000}, 35, "pass", "low", False),
        ({"country": "KP"}, 40, "review", "medium", False),
        ({"amount": 10_000, "country": "KP"}, 75, "review", "high", False),
        ({"amount": 10_000, "country": "KP", "customerSince": None}, 85, "review", "high", False),
        ({"amount": 9_500, "country": "KP", "counterpartyAccount": "1"}, 90, "escalate", "critical", False),
        ({"amount": 10_000, "country": "KP", "counterpartyAccount": "1"}, 93, "escalate", "critical", False),
        (
            {"amount": 9_500, "country": "KP", "counterpartyAccount": "1", "customerSince": None},
            100,
            "escalate",
            "critical",
            True,
        ),
    ],
    ids=str,
)
def test_the_sum_of_the_points_decides(
    fields: dict[str, Any], score: int, decision: str, level: str, sar: bool
) -> None:
    bank = make_bank("Acme Bank", "us")
    answer = bank.callers["us"].explain(**{**QUIET, **fields})
    assert (answer.data["riskScore"], answer.data["decision"], answer.data["riskLevel"]) == (
        score,
        decision,
        level,
    )
    assert any(event.event == "sar.drafted" for event in events(bank, "us")) is sar


def test_without_a_counterparty_none_is_new(bank: Bank) -> None:
    answer = bank.callers["us"].explain(**QUIET, persist=False)
    assert states(answer)["NEW_COUNTERPARTY"] == "incomplete_fields"


def test_an_amount_in_another_currency_is_not_compared_by_accident(bank: Bank) -> None:
    answer = bank.callers["us"].explain(**QUIET, persist=False, amount=5_000_000, currency="JPY")
    assert points(answer) == {}
    assert states(answer)["HIGH_AMT"] == "incomplete_fields"
    assert states(answer)["NEAR_THRESHOLD"] == "incomplete_fields"
