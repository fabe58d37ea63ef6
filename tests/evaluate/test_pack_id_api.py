"""The Indonesian pack through the API: each row of the page with its numbers, on both sides of its edges."""

from datetime import timedelta
from typing import Any

import pytest

from tests.cast import Bank, make_bank, payment
from tests.evaluate.answers import NOON, QUIET, at, happened, points, states
from tests.evaluate.lists import POLITICALLY_EXPOSED, SANCTIONED
from tests.evaluate.stored import Stored, events, stored

THRESHOLD = 500_000_000
CASH = {"channel": "cash", "direction": "credit"}


@pytest.fixture(scope="module")
def bank() -> Bank:
    """Shared: single payments are dry runs, others have customers of their own."""
    return make_bank("Acme Bank", "id")


def dry(bank: Bank, **fields: Any) -> dict[str, int]:
    return points(bank.callers["id"].evaluate(**{**QUIET, "persist": False, **fields}))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"amountIdr": THRESHOLD}, {"HIGH_AMT_IDR": 35}),
        ({"amountIdr": THRESHOLD - 1}, {}),
        ({"amountIdr": "499999999.99999999"}, {}),
        ({"amount": THRESHOLD}, {"HIGH_AMT_IDR": 35}),
        ({"amount": THRESHOLD, "currency": "idr"}, {"HIGH_AMT_IDR": 35}),
        ({"isCrossBorder": True, "kycTier": "standard"}, {"CROSS_BORDER": 20}),
        ({"isCrossBorder": True, "kycTier": "basic"}, {"CROSS_BORDER": 20}),
        ({"isCrossBorder": True, "kycTier": "TIER_2"}, {"CROSS_BORDER": 20}),
        ({"isCrossBorder": True, "kycTier": "premium"}, {}),
        ({"isCrossBorder": True, "kycTier": "Tier_3"}, {}),
        ({"isCrossBorder": True, "kycTier": None}, {}),
        ({"isCrossBorder": False, "kycTier": "basic"}, {}),
        ({"country": "KP"}, {"HIGH_RISK_GEO": 40}),
        ({"country": "ir"}, {"HIGH_RISK_GEO": 40}),
        ({"country": "MM"}, {"HIGH_RISK_GEO": 40}),
        ({"country": "SG"}, {}),
        ({"country": "SY"}, {}),
        ({"counterpartyName": POLITICALLY_EXPOSED}, {"PEP_CPTY": 40}),
        ({"customerName": POLITICALLY_EXPOSED}, {"PEP_CUST": 40}),
        ({"counterpartyName": SANCTIONED}, {"SANCTIONS_CPTY": 100}),
        ({"customerName": SANCTIONED}, {"SANCTIONS_CUST": 100}),
        ({"counterpartyName": "Siti Rahmawati", "customerName": "Budi Santoso"}, {}),
        ({"customerSince": at(NOON, days=89)[:10], "occurredAt": at(NOON)}, {"NEW_CUSTOMER": 10}),
        ({"customerSince": at(NOON, days=90)[:10], "occurredAt": at(NOON)}, {}),
        ({"customerSince": None}, {"NEW_CUSTOMER": 10}),
    ],
    ids=str,
)
def test_a_rule_fires_where_the_page_says_and_nowhere_else(
    bank: Bank, fields: dict[str, Any], expected: dict[str, int]
) -> None:
    if "amountIdr" in fields:
        fields = {"amount": None, **fields}
    assert dry(bank, **fields) == expected


def test_five_hundred_million_of_a_customer_of_ten_days_is_a_review_of_45_with_an_alert() -> None:
    bank = make_bank("Acme Bank", "id")
    answer = bank.callers["id"].evaluate(
        amountIdr=THRESHOLD, occurredAt=at(NOON), customerSince=at(NOON, days=10)[:10]
    )
    assert points(answer) == {"HIGH_AMT_IDR": 35, "NEW_CUSTOMER": 10}
    assert (answer.data["riskScore"], answer.data["decision"]) == (45, "review")
    assert answer.data["alertId"].startswith("alt_")
    assert stored(bank, "id") == Stored(
        transactions=1, evaluations=1, customers=1, alerts=1, links=1, events=1, decisions=1
    )

    below = bank.callers["id"].evaluate(
        amountIdr=THRESHOLD - 1, occurredAt=at(NOON), customerSince=at(NOON, days=10)[:10]
    )
    assert (below.data["riskScore"], below.data["decision"]) == (10, "pass")
    assert "alertId" not in below.data


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [
        ([400_000_000, 450_000_000, 499_999_999], 45),
        ([400_000_000, 400_000_000, 400_000_000], 45),
        ([399_999_999, 450_000_000, 499_999_999], 0),
        ([500_000_000, 450_000_000, 450_000_000], 0),
        ([450_000_000, 450_000_000], 0),
        ([450_000_000, 450_000_000, 450_000_000, 450_000_000], 45),
        ([450_000_000, 450_000_000, 399_999_999], 0),
    ],
    ids=str,
)
@pytest.mark.parametrize(
    "cash", [{"channel": "cash"}, {"channel": "ATM_deposit"}, {"type": "cash_deposit"}], ids=str
)
def test_structured_cash_is_three_credits_from_80_percent_in_seven_days(
    bank: Bank, amounts: list[int], expected: int, cash: dict[str, str]
) -> None:
    who = {"customerId": f"{amounts} {cash}", "direction": "credit", "occurredAt": at(NOON), **cash}
    *earlier, last = amounts
    happened(bank, "id", *({**who, "amount": amount, "occurredAt": at(NOON, days=1)} for amount in earlier))
    assert dry(bank, **who, amount=last).get("CASH_STRUCT_D7", 0) == expected


@pytest.mark.parametrize(
    ("earlier", "is_hit"),
    [
        ({"occurredAt": at(NOON, days=7)}, False),
        ({"occurredAt": at(NOON - timedelta(days=7) + timedelta(seconds=1))}, True),
        ({"direction": "debit"}, False),
        ({"channel": "transfer"}, False),
        ({"occurredAt": at(NOON)}, True),
        ({"occurredAt": at(NOON + timedelta(seconds=1))}, False),
    ],
    ids=str,
)
def test_what_counts_as_structured_cash(bank: Bank, earlier: dict[str, str], is_hit: bool) -> None:
    who = {"customerId": f"counts {earlier}", "amount": 450_000_000, **CASH}
    happened(
        bank,
        "id",
        {**who, "occurredAt": at(NOON, hours=1)},
        {**who, "occurredAt": at(NOON, hours=1), **earlier},
    )
    assert ("CASH_STRUCT_D7" in dry(bank, **who, occurredAt=at(NOON))) is is_hit


@pytest.mark.parametrize(("earlier", "expected"), [(19, 0), (20, 25), (25, 25)])
def test_more_than_twenty_transactions_in_24_hours_are_too_many(
    bank: Bank, earlier: int, expected: int
) -> None:
    who = {"customerId": f"fast {earlier}"}
    happened(bank, "id", *[{**who, "occurredAt": at(NOON, hours=23, minutes=59)}] * earlier)
    assert dry(bank, **who, occurredAt=at(NOON)).get("VELOCITY_24H", 0) == expected


def test_transactions_of_exactly_24_hours_ago_are_over(bank: Bank) -> None:
    who = {"customerId": "a day ago"}
    happened(bank, "id", *[{**who, "occurredAt": at(NOON, hours=24)}] * 25)
    assert "VELOCITY_24H" not in dry(bank, **who, occurredAt=at(NOON))


def test_a_rule_that_needs_the_kyc_tier_and_does_not_know_it_is_incomplete(bank: Bank) -> None:
    answer = bank.callers["id"].explain(**{**QUIET, "kycTier": None}, isCrossBorder=True, persist=False)
    assert states(answer)["CROSS_BORDER"] == "incomplete_fields"


@pytest.mark.parametrize(
    ("fields", "score", "decision", "level"),
    [
        ({}, 0, "pass", "low"),
        ({"amount": THRESHOLD}, 35, "pass", "low"),
        ({"country": "KP"}, 40, "review", "medium"),
        ({"amount": THRESHOLD, "isCrossBorder": True}, 55, "review", "medium"),
        ({"amount": THRESHOLD, "customerSince": None, "isCrossBorder": True}, 65, "review", "medium"),
        ({"country": "KP", "isCrossBorder": True, "customerSince": None}, 70, "escalate", "high"),
        ({"amount": THRESHOLD, "country": "KP"}, 75, "escalate", "high"),
        ({"amount": THRESHOLD, "country": "KP", "customerSince": None}, 85, "escalate", "high"),
        ({"amount": THRESHOLD, "country": "KP", "isCrossBorder": True}, 95, "escalate", "critical"),
        (
            {"amount": THRESHOLD, "country": "KP", "customerName": POLITICALLY_EXPOSED},
            115,
            "escalate",
            "critical",
        ),
    ],
    ids=str,
)
def test_the_sum_of_the_points_decides(
    bank: Bank, fields: dict[str, Any], score: int, decision: str, level: str
) -> None:
    """And nothing else: the unknown KYC status of these customers is not held against them."""
    answer = bank.callers["id"].explain(**{**QUIET, "kycStatus": None, "persist": False, **fields})
    assert answer.data["riskScore"] == score
    assert answer.data["decision"] == decision
    assert answer.data["riskLevel"] == level
    assert "blocked" not in answer.data


@pytest.mark.parametrize("party", ["counterpartyName", "customerName"])
def test_a_sanctioned_party_blocks(bank: Bank, party: str) -> None:
    answer = bank.callers["id"].evaluate(**{**QUIET, party: SANCTIONED, "persist": False})
    assert answer.data["decision"] == "escalate"
    assert answer.data["blocked"] is True
    assert answer.data["riskScore"] == 100


@pytest.mark.parametrize(
    ("fields", "drafts"),
    [
        ({"amount": THRESHOLD, "country": "KP", "customerSince": None}, []),
        ({"amount": THRESHOLD, "country": "KP", "isCrossBorder": True}, [("SAR", "policy")]),
    ],
    ids=["85 points", "95 points"],
)
def test_a_suspicious_activity_report_is_drafted_from_90_points_on(
    fields: dict[str, Any], drafts: list[tuple[str, str]]
) -> None:
    from cases.models import Report

    bank = make_bank("Acme Bank", "id")
    bank.callers["id"].evaluate(**{**QUIET, **fields})
    with bank.seeing("id"):
        assert [(report.type, report.reason) for report in Report.objects.all()] == drafts
        assert all(report.status == "DRAFT" for report in Report.objects.all())
    sar = [event for event in events(bank, "id") if event.event == "sar.drafted"]
    assert len(sar) == len(drafts)
    assert all(event.is_confidential for event in sar)


def test_items_of_one_batch_see_each_other_in_order(bank: Bank) -> None:
    items = [payment(**QUIET, customerId="in order") for _ in range(22)]
    answer = bank.callers["id"].post("/api/transactions/evaluate/batch", {"batch": items})
    hits = [[hit["ruleCode"] for hit in item["data"]["hits"]] for item in answer.data]
    assert hits == [[]] * 20 + [["VELOCITY_24H"]] * 2
