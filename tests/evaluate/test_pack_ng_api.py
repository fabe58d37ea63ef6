"""The Nigerian pack through the API: CBN-001 to CBN-007 with their numbers and outcomes, on both sides of their edges."""

from datetime import timedelta
from typing import Any

import pytest

from cases.models import Case, Report
from screening.models import Customer
from tests.cast import Answer, Bank, make_bank
from tests.evaluate.answers import NOON, QUIET, at, happened, points
from tests.evaluate.lists import IN_THE_PRESS, POLITICALLY_EXPOSED, SANCTIONED
from tests.evaluate.stored import events

DEPOSIT = {"channel": "cash", "direction": "credit"}


@pytest.fixture(scope="module")
def bank() -> Bank:
    """Shared: single payments are dry runs, others have customers of their own."""
    return make_bank("Acme Bank", "ng")


@pytest.fixture(scope="module")
def business(bank: Bank) -> str:
    """A customer that is a company whose owners are verified; the native dialect cannot say so itself."""
    happened(bank, "ng", {"customerId": "a business", "occurredAt": at(NOON, days=300)})
    with bank.seeing("ng"):
        Customer.objects.filter(reference="a business").update(entity_type="business")
    return "a business"


def dry(bank: Bank, **fields: Any) -> Answer:
    return bank.callers["ng"].explain(**{**QUIET, "persist": False, **fields})


def verdict(answer: Answer) -> str:
    return "block" if answer.data.get("blocked") else answer.data["decision"]


@pytest.mark.parametrize(
    ("fields", "expected", "outcome"),
    [
        ({"amount": 5_000_000, "channel": "cash"}, {"CBN-001": 50}, "review"),
        ({"amount": 5_000_000, "type": "CASH_WITHDRAWAL"}, {"CBN-001": 50}, "review"),
        ({"amount": "4999999.99", "channel": "cash"}, {}, "pass"),
        ({"amount": 5_000_000}, {}, "pass"),
        ({"country": "NG"}, {}, "pass"),
        ({"country": "GB"}, {"CBN-003": 30}, "review"),
        ({"counterpartyName": POLITICALLY_EXPOSED}, {"CBN-004": 70}, "escalate"),
        ({"customerName": POLITICALLY_EXPOSED}, {"CBN-004": 70}, "escalate"),
        (
            {"customerName": POLITICALLY_EXPOSED, "counterpartyName": POLITICALLY_EXPOSED},
            {"CBN-004": 70},
            "escalate",
        ),
        ({"country": "KP"}, {"CBN-005": 85, "CBN-003": 30}, "block"),
        ({"country": "IR"}, {"CBN-005": 85, "CBN-003": 30}, "block"),
        ({"country": "MM"}, {"CBN-005": 85, "CBN-003": 30}, "block"),
        ({"country": "VN"}, {"CBN-005": 50, "CBN-003": 30}, "escalate"),
        ({"counterpartyName": "Ngozi Adeyemi"}, {}, "pass"),
    ],
    ids=str,
)
def test_a_rule_fires_where_the_page_says_with_its_score_and_outcome(
    bank: Bank, fields: dict[str, Any], expected: dict[str, int], outcome: str
) -> None:
    answer = dry(bank, **fields)
    assert points(answer) == expected
    assert verdict(answer) == outcome


@pytest.mark.parametrize(
    ("amount", "expected"),
    [(5_000_000, {}), ("9999999.99", {}), (10_000_000, {"CBN-001": 50})],
)
def test_cash_of_a_business_is_large_from_ten_million_on(
    bank: Bank, business: str, amount: Any, expected: dict[str, int]
) -> None:
    answer = dry(bank, customerId=business, amount=amount, channel="cash", occurredAt=at(NOON, days=299))
    assert points(answer) == expected


@pytest.mark.parametrize(
    ("amounts", "is_hit"),
    [
        ([1_500_000, 1_500_000, 1_000_000], True),
        ([1_500_000, 1_500_000, "999999.99"], False),
        ([2_000_000, 2_000_000], False),
        ([4_999_999, 4_999_999, 1], True),
        ([1_500_000, 1_500_000, 1_000_000, 1], True),
    ],
    ids=str,
)
def test_structuring_is_three_deposits_under_the_limit_that_reach_80_percent_of_it(
    bank: Bank, amounts: list[Any], is_hit: bool
) -> None:
    who = {"customerId": f"{amounts}", **DEPOSIT}
    *earlier, last = amounts
    happened(bank, "ng", *({**who, "amount": amount, "occurredAt": at(NOON, hours=23)} for amount in earlier))
    answer = dry(bank, **who, amount=last, occurredAt=at(NOON))
    assert (points(answer).get("CBN-002") == 65) is is_hit
    if is_hit:
        assert verdict(answer) == "escalate"
    # A day later the window is over.
    assert "CBN-002" not in points(dry(bank, **who, amount=last, occurredAt=at(NOON + timedelta(hours=1))))


@pytest.mark.parametrize(
    "other", [{"channel": "transfer"}, {"direction": "debit"}, {"amount": 5_000_000}], ids=str
)
def test_what_is_no_deposit_under_the_limit_does_not_count_as_structuring(
    bank: Bank, other: dict[str, Any]
) -> None:
    who = {"customerId": f"structuring {other}", "amount": 2_000_000, **DEPOSIT}
    happened(
        bank,
        "ng",
        {**who, "occurredAt": at(NOON, hours=2)},
        {**who, "occurredAt": at(NOON, hours=1), **other},
    )
    assert "CBN-002" not in points(dry(bank, **who, occurredAt=at(NOON)))


def test_a_business_structures_against_its_own_limit(bank: Bank, business: str) -> None:
    who = {"customerId": business, "amount": 2_600_000, **DEPOSIT}
    day = NOON - timedelta(days=100)
    happened(bank, "ng", {**who, "occurredAt": at(day, hours=2)}, {**who, "occurredAt": at(day, hours=1)})
    assert "CBN-002" not in points(dry(bank, **who, occurredAt=at(day)))
    assert points(dry(bank, **{**who, "amount": 2_800_000}, occurredAt=at(day)))["CBN-002"] == 65


@pytest.mark.parametrize(
    ("days", "amount", "is_hit"),
    [(180, 500_000, True), (180, "499999.99", False), (179, 500_000, False), (400, 10_000_000, True)],
)
def test_a_dormant_account_that_moves_half_a_million_is_reviewed(
    bank: Bank, days: int, amount: Any, is_hit: bool
) -> None:
    who = {"customerId": f"dormant {days} {amount}"}
    happened(bank, "ng", {**who, "occurredAt": at(NOON, days=days)})
    answer = dry(bank, **who, amount=amount, occurredAt=at(NOON))
    assert (points(answer).get("CBN-006") == 45) is is_hit
    assert verdict(answer) == ("review" if is_hit else "pass")


def test_a_first_payment_is_not_dormant(bank: Bank) -> None:
    assert points(dry(bank, customerId="new here", amount=900_000)) == {}


@pytest.mark.parametrize(("earlier", "is_hit"), [(9, False), (10, True)])
def test_more_than_ten_transactions_in_an_hour_are_rapid(bank: Bank, earlier: int, is_hit: bool) -> None:
    who = {"customerId": f"rapid {earlier}", "direction": "credit", "amount": 10}
    happened(bank, "ng", *[{**who, "occurredAt": at(NOON, minutes=59)}] * earlier)
    answer = dry(bank, **who, occurredAt=at(NOON))
    assert (points(answer).get("CBN-007") == 55) is is_hit
    assert "CBN-007" not in points(dry(bank, **who, occurredAt=at(NOON + timedelta(minutes=1))))


@pytest.mark.parametrize(
    ("received", "sent", "is_hit"),
    [
        (500_000, 450_000, True),
        (500_000, "449999.99", False),
        ("499999.99", 499_999, False),
        (1_000_000, 2_000_000, True),
    ],
)
def test_ninety_percent_of_half_a_million_that_leaves_within_a_day_is_rapid(
    bank: Bank, received: Any, sent: Any, is_hit: bool
) -> None:
    who = {"customerId": f"through {received} {sent}"}
    happened(bank, "ng", {**who, "direction": "credit", "amount": received, "occurredAt": at(NOON, hours=23)})
    answer = dry(bank, **who, direction="debit", amount=sent, occurredAt=at(NOON))
    assert (points(answer).get("CBN-007") == 55) is is_hit
    assert "CBN-007" not in points(dry(bank, **who, amount=sent, occurredAt=at(NOON + timedelta(hours=1))))


# -- The floor and the bands


def test_a_layer_at_95_among_five_clean_ones_gives_at_least_76(bank: Bank) -> None:
    answer = dry(bank, counterpartyName=SANCTIONED)
    scores = {layer["name"]: layer["score"] for layer in answer.data["layers"]}
    assert scores == {
        "sanctions": 95,
        "regulatory": 0,
        "kyc": 0,
        "custom_rules": 0,
        "decision_engine": 0,
        "behavioral": 0,
    }
    assert answer.data["riskScore"] == 76
    assert verdict(answer) == "block"
    assert answer.data["riskLevel"] == "critical"


@pytest.mark.parametrize(
    ("fields", "score", "outcome", "level"),
    [
        ({}, 0, "pass", "low"),
        # kyc 40: 40 x 0.8; pending is a review though 32 is one too
        ({"kycStatus": "pending"}, 32, "review", "medium"),
        ({"kycStatus": "none"}, 40, "review", "medium"),
        # kyc 60: 48 lies in the review band, the layer's own outcome escalates
        ({"kycStatus": "expired"}, 48, "escalate", "high"),
        # kyc 90: 72 lies in the escalate band, the layer's own outcome blocks
        ({"kycStatus": "rejected"}, 72, "block", "critical"),
        # regulatory 100 (85 + 30, capped): 80
        ({"country": "KP"}, 80, "block", "critical"),
        # regulatory 80: 64
        ({"country": "VN"}, 64, "escalate", "high"),
        # regulatory 30: 24 lies in the pass band, the rule's action reviews
        ({"country": "GB"}, 24, "review", "medium"),
        ({"counterpartyName": IN_THE_PRESS}, 48, "review", "medium"),
        # regulatory 70 and sanctions 70: (70 x 1.5 + 70 x 1.0) / 6.8 is below 56
        ({"counterpartyName": POLITICALLY_EXPOSED}, 56, "escalate", "high"),
        # regulatory 100, kyc 90, sanctions 95: (150 + 117 + 95) / 6.8 = 53.24 is below 80
        (
            {"country": "KP", "kycStatus": "rejected", "counterpartyName": "Kim Jong Un"},
            80,
            "block",
            "critical",
        ),
    ],
    ids=str,
)
def test_the_weighted_floor_the_bands_and_the_forced_outcomes(
    bank: Bank, fields: dict[str, Any], score: float, outcome: str, level: str
) -> None:
    answer = dry(bank, **fields)
    assert answer.data["riskScore"] == score
    assert verdict(answer) == outcome
    assert answer.data["riskLevel"] == level


def test_an_unknown_kyc_status_counts_as_none(bank: Bank) -> None:
    answer = dry(bank, kycStatus=None)
    assert answer.data["riskScore"] == 40
    assert answer.data["decision"] == "review"


def test_a_block_is_answered_as_escalate_and_blocked_and_opens_a_case() -> None:
    bank = make_bank("Acme Bank", "ng")
    answer = bank.callers["ng"].evaluate(**QUIET, counterpartyName=SANCTIONED)
    assert answer.data["decision"] == "escalate"
    assert answer.data["blocked"] is True
    with bank.seeing("ng"):
        (case,) = Case.objects.all()
        assert (case.type, case.priority, case.status) == ("SANCTIONS_HIT", "CRITICAL", "OPEN")
    assert [event.event for event in events(bank, "ng")] == [
        "case.created",
        "alert.created",
        "alert.escalated",
    ]
    assert [event.payload.get("decision") for event in events(bank, "ng")] == [None, "block", "block"]


@pytest.mark.parametrize(
    ("fields", "drafts"),
    [
        ({"amount": 5_000_000, "channel": "cash"}, [("CTR", "CBN-001")]),
        ({"country": "GB"}, [("FTR", "CBN-003")]),
        ({"amount": 5_000_000, "channel": "cash", "country": "GB"}, [("CTR", "CBN-001"), ("FTR", "CBN-003")]),
        ({"amount": 4_999_999, "channel": "cash"}, []),
    ],
    ids=str,
)
def test_reports_are_drafted_where_the_rules_ask_for_them(
    fields: dict[str, Any], drafts: list[tuple[str, str]]
) -> None:
    bank = make_bank("Acme Bank", "ng")
    answer = bank.callers["ng"].explain(**QUIET, **fields)
    with bank.seeing("ng"):
        reports = list(Report.objects.all())
    assert sorted((report.type, report.reason) for report in reports) == drafts
    assert all(report.status == "DRAFT" for report in reports)
    if drafts:
        assert answer.data["alertId"].startswith("alt_")


def test_the_regulatory_layer_is_capped_at_100(bank: Bank) -> None:
    answer = dry(bank, country="KP", amount=6_000_000, channel="cash", customerName=POLITICALLY_EXPOSED)
    layers = {layer["name"]: layer for layer in answer.data["layers"]}
    assert sum(points(answer).values()) == 85 + 70 + 50 + 30
    assert layers["regulatory"]["score"] == 100
