"""A payment without an exchange rate leaves unknown what would have counted it, and nothing else."""

from typing import Any

import pytest

from screening.models import Evaluation
from screening.repeat import repeat
from tests.cast import Bank, make_bank
from tests.evaluate.answers import NOON, QUIET, at, happened, points, states
from tests.evaluate.rules import add_rules, rule

CASH = {"channel": "cash", "direction": "credit", "amount": 1_900_000}


@pytest.fixture
def bank() -> Bank:
    return make_bank("Acme Bank", "ng")


def third_deposit(bank: Bank, **fields: Any) -> Any:
    happened(bank, "ng", *({**CASH, "occurredAt": at(NOON, hours=hours)} for hours in (3, 2)))
    return bank.callers["ng"].explain(**QUIET, **CASH, occurredAt=at(NOON), **fields)


def test_an_amount_without_a_rate_before_the_window_does_not_matter(bank: Bank) -> None:
    happened(bank, "ng", {**CASH, "currency": "EUR", "occurredAt": at(NOON, days=30)})
    assert "CBN-002" in points(third_deposit(bank))


def test_an_amount_without_a_rate_in_the_window_makes_the_rule_incomplete(bank: Bank) -> None:
    happened(bank, "ng", {**CASH, "currency": "EUR", "occurredAt": at(NOON, hours=20)})
    happened(bank, "ng", {**CASH, "occurredAt": at(NOON, hours=2)})
    answer = bank.callers["ng"].explain(**QUIET, **CASH, occurredAt=at(NOON))
    assert states(answer)["CBN-002"] == "incomplete_fields"


def test_an_amount_without_a_rate_that_the_filter_leaves_out_does_not_matter(bank: Bank) -> None:
    happened(bank, "ng", {"currency": "EUR", "channel": "transfer", "occurredAt": at(NOON, hours=20)})
    assert "CBN-002" in points(third_deposit(bank))


def test_a_payment_that_occurs_now_sees_the_same(bank: Bank) -> None:
    happened(bank, "ng", {**CASH, "currency": "EUR"}, CASH)
    assert states(bank.callers["ng"].explain(**QUIET, **CASH))["CBN-002"] == "incomplete_fields"
    assert (
        states(bank.callers["ng"].explain(**QUIET, **CASH, customerId="another"))["CBN-002"]
        == "not_triggered"
    )


def test_in_a_batch_each_customer_has_its_own(bank: Bank) -> None:
    happened(bank, "ng", {**CASH, "customerId": "b", "currency": "EUR", "occurredAt": at(NOON, hours=20)})
    for hours in (3, 2):
        happened(
            bank,
            "ng",
            *({**CASH, "customerId": who, "occurredAt": at(NOON, hours=hours)} for who in ("a", "b", "c")),
        )
    body = [
        {**QUIET, **CASH, "customerId": who, "occurredAt": at(NOON), "externalId": who}
        for who in ("a", "b", "c")
    ]
    answer = bank.callers["ng"].post("/api/transactions/evaluate/batch", {"batch": body})
    hits = [[hit["ruleCode"] for hit in item["data"]["hits"]] for item in answer.data]
    assert ["CBN-002" in codes for codes in hits] == [True, False, True]


def counting(where: dict[str, Any], function: str = "count", **fields: Any) -> dict[str, Any]:
    aggregate = {
        "function": function,
        "window": "PT24H",
        "as": "seen",
        "where": where,
        **fields.pop("more", {}),
    }
    return {"aggregate": aggregate, "operator": ">=", "value": 3, **fields}


BIG = {"field": "amount", "operator": ">=", "value": 1000}
CARD = {"field": "channel", "operator": "==", "value": "card"}
CONDITIONS = {
    "PLAIN": counting({"field": "direction", "operator": "==", "value": "debit"}),
    "BIG": counting(BIG),
    "BIG_CARD": counting({"all": [BIG, CARD]}),
    "BIG_OR_CARD": counting({"any": [BIG, CARD]}),
    "NOT_BIG": counting({"not": BIG}),
    "CARD_NOT_BIG": counting({"all": [CARD, {"not": BIG}]}),
    "DEVICES": counting(BIG, "distinct", more={"of": "device"}),
}


def judged(bank: Bank, *past: dict[str, Any], **fields: Any) -> dict[str, str]:
    add_rules(bank, "ng", *(rule(code, conditions) for code, conditions in CONDITIONS.items()))
    happened(bank, "ng", *({"occurredAt": at(NOON, hours=1), **one} for one in past))
    answer = bank.callers["ng"].explain(**QUIET, occurredAt=at(NOON), **fields)
    return {code: state for code, state in states(answer).items() if code in CONDITIONS}


def test_a_count_that_is_filtered_by_amount_is_unknown_where_the_rest_of_its_filter_holds(bank: Bank) -> None:
    found = judged(bank, {"currency": "EUR", "deviceId": "d"}, deviceId="d")
    assert found == {
        "PLAIN": "not_triggered",
        "BIG": "incomplete_fields",
        "BIG_CARD": "not_triggered",
        "BIG_OR_CARD": "incomplete_fields",
        "NOT_BIG": "incomplete_fields",
        "CARD_NOT_BIG": "not_triggered",
        "DEVICES": "incomplete_fields",
    }


def test_the_current_payment_counts_in_the_same_way(bank: Bank) -> None:
    found = judged(bank, currency="EUR")
    assert found["PLAIN"] == found["BIG_CARD"] == found["CARD_NOT_BIG"] == "not_triggered"
    assert found["BIG"] == found["BIG_OR_CARD"] == found["NOT_BIG"] == "incomplete_fields"


def test_grouping_leaves_the_others_out(bank: Bank) -> None:
    add_rules(bank, "ng", rule("GROUPED", counting(BIG), groupBy=["device"]))
    happened(bank, "ng", {"currency": "EUR", "deviceId": "d", "occurredAt": at(NOON, hours=1)})
    explain = bank.callers["ng"].explain
    seen = {
        device: states(explain(**QUIET, occurredAt=at(NOON), persist=False, deviceId=device))["GROUPED"]
        for device in ("d", "e")
    }
    assert seen == {"d": "incomplete_fields", "e": "not_triggered"}
    without = explain(**QUIET, occurredAt=at(NOON), persist=False)
    assert states(without)["GROUPED"] == "not_applicable_for_grouping_keys"


def test_what_was_unknown_is_unknown_when_the_evaluation_is_repeated(bank: Bank) -> None:
    happened(bank, "ng", {**CASH, "currency": "EUR", "occurredAt": at(NOON, hours=20)})
    third_deposit(bank)
    with bank.seeing("ng"):
        found = list(Evaluation.objects.values_list("id", flat=True))
    assert [repeat(bank.team_facts("ng"), identifier).differences for identifier in found] == [{}] * 4
