"""Every pack: complete, parseable, explained, with the policy of its jurisdiction."""

import pytest

from screening.packs import UnknownPackError, load_pack, pack_codes
from screening.rules.compile import Slots, compile_rules
from screening.rules.document import rule_document
from screening.rules.parse import parse_rule
from tests.rules.desk import PackDesk

EXPECTED = {
    "id": {
        "HIGH_AMT_IDR": (35, "high", "alert"),
        "CASH_STRUCT_D7": (45, "high", "alert"),
        "CROSS_BORDER": (20, "medium", "alert"),
        "HIGH_RISK_GEO": (40, "high", "alert"),
        "VELOCITY_24H": (25, "medium", "alert"),
        "PEP_CPTY": (40, "high", "alert"),
        "SANCTIONS_CPTY": (100, "critical", "block"),
        "SANCTIONS_CUST": (100, "critical", "block"),
        "PEP_CUST": (40, "high", "alert"),
        "NEW_CUSTOMER": (10, "low", "alert"),
    },
    "ng": {
        "CBN-001": (50, "medium", "review"),
        "CBN-002": (65, "high", "escalate"),
        "CBN-003": (30, "low", "review"),
        "CBN-004": (70, "high", "escalate"),
        "CBN-005": (85, "critical", "block"),
        "CBN-006": (45, "medium", "review"),
        "CBN-007": (55, "medium", "review"),
    },
    "us": {
        "HIGH_AMT": (35, "medium", "alert"),
        "NEAR_THRESHOLD": (32, "medium", "alert"),
        "VELOCITY_SPIKE": (25, "medium", "alert"),
        "NEW_COUNTERPARTY": (18, "low", "alert"),
        "STRUCTURING_7D": (45, "high", "alert"),
        "HIGH_RISK_GEO": (40, "high", "alert"),
        "PEP_CPTY": (40, "high", "alert"),
        "PEP_CUST": (40, "high", "alert"),
        "SANCTIONS_CPTY": (100, "critical", "block"),
        "SANCTIONS_CUST": (100, "critical", "block"),
        "NEW_CUSTOMER": (10, "low", "alert"),
    },
}


def test_the_packs_are_these():
    assert pack_codes() == ("id", "ng", "us")


@pytest.mark.parametrize("code", ["xx", "", "../id", "ID"])
def test_an_unknown_pack_is_refused(code):
    with pytest.raises(UnknownPackError):
        load_pack(code)


@pytest.mark.parametrize("code", EXPECTED)
def test_points_severities_and_actions_are_those_of_the_table(code):
    rules = PackDesk(code).rules
    assert {key: (r.score_contribution, r.severity, r.action) for key, r in rules.items()} == EXPECTED[code]


@pytest.mark.parametrize("code", EXPECTED)
def test_every_rule_of_a_pack_explains_itself_and_survives_being_stored(code):
    desk = PackDesk(code)
    for one in desk.rules.values():
        assert one.templates
        assert one.description.endswith(".")
        again = parse_rule(
            rule_document(one),
            country_lists=desk.pack.country_lists,
            rule_id=one.code,
            version=1,
            layer=one.layer,
        )
        assert again == one


@pytest.mark.parametrize("code", EXPECTED)
def test_the_layer_is_regulatory_in_nigeria_and_the_teams_own_elsewhere(code):
    layers = {one.layer for one in PackDesk(code).rules.values()}
    assert layers == ({"regulatory"} if code == "ng" else {"custom_rules"})


@pytest.mark.parametrize("code", EXPECTED)
def test_a_pack_compiles_as_one_group(code):
    rules = list(PackDesk(code).rules.values())
    assert len(compile_rules(rules, Slots()).rules) == len(EXPECTED[code])


@pytest.mark.parametrize(
    ("code", "currency", "aggregation", "scores"),
    [
        ("id", "IDR", "sum", (40, 70, 90)),
        ("ng", "NGN", "weighted_floor", (40, 70, 90)),
        ("us", "USD", "sum", (40, 90, 95)),
    ],
)
def test_the_policy_is_that_of_the_jurisdiction(code, currency, aggregation, scores):
    pack = load_pack(code)
    policy = pack.policy
    assert (pack.currency, pack.home_country) == (currency, code.upper())
    assert policy["aggregation"] == aggregation
    assert (policy["txReviewScore"], policy["txEscalateScore"], policy["txSarScore"]) == scores
    assert policy["bands"] == {"review": 30, "escalate": 60, "block": 80}
    assert policy["weights"] == {
        "regulatory": 1.5,
        "kyc": 1.3,
        "custom_rules": 1.2,
        "sanctions": 1.0,
        "decision_engine": 1.0,
        "behavioral": 0.8,
    }
    assert policy["thresholds"] == {"sanctions": 85, "pep": 95, "internal": 90, "adverse_media": 90}
    assert policy["fourEyes"] == {"policy": False, "rules": True, "resolutions": False, "reports": True}
    assert policy["failClosed"] == []


@pytest.mark.parametrize("code", EXPECTED)
def test_the_country_lists_do_not_overlap(code):
    lists = load_pack(code).country_lists
    assert lists["fatf_call_for_action"] == {"KP", "IR", "MM"}
    assert len(lists["fatf_increased_monitoring"]) == 20
    assert not lists["fatf_call_for_action"] & lists["fatf_increased_monitoring"]


def test_reports_are_drafted_in_nigeria_for_cash_and_foreign_transfers():
    rules = PackDesk("ng").rules
    assert {code: one.drafts for code, one in rules.items() if one.drafts} == {
        "CBN-001": ("CTR",),
        "CBN-003": ("FTR",),
    }


def test_a_pack_knows_its_reports_and_their_thresholds():
    reports = load_pack("ng").report_types
    assert set(reports) == {"SAR", "CTR", "FTR"}
    assert (reports["CTR"].threshold, reports["CTR"].business_threshold) == (5_000_000, 10_000_000)
    assert load_pack("id").report_types["CTR"].threshold == 500_000_000
    assert load_pack("us").report_types["CTR"].threshold == 10_000
