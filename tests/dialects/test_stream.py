"""The stream dialect: states per rule, one test per type and kind of mistake, defaults that mean unknown."""

from typing import Any

import pytest

from tests.cast import Answer, Bank, Caller
from tests.dialects import mistakes
from tests.dialects.schemas import FIELDS, give_schema, payload
from tests.evaluate.rules import add_rules, rule


@pytest.fixture(scope="module", autouse=True)
def schema(bank: Bank) -> None:
    assert give_schema(bank, "us").status == 200
    add_rules(
        bank,
        "us",
        rule("MANY_TRIES", {"field": "attributes.attempts", "operator": ">=", "value": 3}),
        rule("LARGE", {"field": "amount", "operator": ">=", "value": 5000}),
    )


def send(bank: Bank, number: str, **values: Any) -> Answer:
    return bank.callers["us"].post("/stream/v1", {"data": payload(number, **values)})


def statuses(bank: Bank, answer: Answer) -> dict[str, str]:
    codes = {one["id"]: one["code"] for one in _all_rules(bank)}
    return {codes[rule_id]: one["status"] for rule_id, one in answer.body["ruleEvaluationMetrics"].items()}


def _all_rules(bank: Bank) -> list[Any]:
    return bank.callers["us"].get("/api/rules?limit=200").data


def test_the_answer_has_the_shape_of_the_page(bank, number):
    answer = send(bank, number, receiver="")
    assert answer.status == 200
    body = answer.body
    assert set(body) == {
        "txnId", "teamId", "acknowledgementId", "flagged", "receivedAt", "ruleEvaluationMetrics",
    }  # fmt: skip
    assert body["txnId"] == f"txn-{number}"
    assert body["teamId"] == str(bank.teams["us"].id)
    assert len(body["acknowledgementId"]) == 24
    assert isinstance(body["receivedAt"], int)
    violated = [one for one in body["ruleEvaluationMetrics"].values() if one["status"] == "RULE_VIOLATED"]
    assert body["flagged"] is bool(violated)
    assert all(set(one) == {"status", "timetaken"} for one in body["ruleEvaluationMetrics"].values())


def test_a_triggered_rule_is_violated_and_flags_the_payment(bank, number):
    answer = send(bank, number, attempts=3, amount=5000)
    assert answer.body["flagged"] is True
    found = statuses(bank, answer)
    assert found["MANY_TRIES"] == "RULE_VIOLATED"
    assert found["LARGE"] == "RULE_VIOLATED"


@pytest.mark.parametrize("number_of_tries", [0, 2])
def test_every_other_state_complies(bank, number, number_of_tries):
    assert statuses(bank, send(bank, number, attempts=number_of_tries))["MANY_TRIES"] == "RULE_COMPLIED"


def test_a_default_means_unknown_and_not_zero(bank, number):
    from screening.models import Evaluation, Transaction
    from screening.rulesets import rule_names

    send(bank, number, amount=0, direction="", attempts=0)
    with bank.seeing("us"):
        stored = Transaction.objects.get(external_id=f"txn-{number}")
        evaluation = Evaluation.objects.get(transaction_id=stored.id)
    assert stored.amount is None
    assert stored.direction is None
    assert stored.currency == "USD"
    names = [code for _, code in rule_names(bank.team_facts("us"), evaluation.ruleset_id)]
    states = dict(zip(names, evaluation.rule_states, strict=True))
    assert states["MANY_TRIES"] == "I"
    assert states["LARGE"] == "I"


def test_a_payment_of_unknown_amount_leaves_later_sums_unknown(bank, number):
    send(bank, number, amount=0)
    later = send(bank, number, txn_id=f"later-{number}", date_time="2026-03-10T13:00:00+00:00")
    assert later.status == 200


WRONG = {
    "amount": [None, "100", True, [1], {"value": 1}],
    "direction": [None, 1, 1.5, True, []],
    "crossBorder": [None, "false", 0, 1],
    "attempts": [None, "3", 3.5, 3.0, True],
    "openedAt": [None, 20260310, "yesterday", True],
    "txn_id": [None, 17, ""],
    "customer_id": [None, True, ""],
    "date_time": [None, "", "10/03/2026", 1729076893],
}


@pytest.mark.parametrize(
    ("key", "value"), [(key, value) for key, values in WRONG.items() for value in values]
)
def test_a_wrong_type_or_a_null_is_named(bank, number, key, value):
    answer = send(bank, number, **{key: value})
    assert answer.status == 422
    assert answer.body["error"] == "FAILED_TO_REGISTER_TRANSACTION"
    assert [one["key"] for one in answer.body["details"]] == [key]
    assert set(answer.body["details"][0]) == {"key", "expected", "received"}


@pytest.mark.parametrize("key", ["txn_id", "customer_id", "date_time", *[field["key"] for field in FIELDS]])
def test_a_missing_key_is_named(bank, number, key):
    answer = send(bank, number, **{key: ...})
    assert answer.status == 422
    assert [(one["key"], one["received"]) for one in answer.body["details"]] == [(key, "missing")]


def test_an_extra_key_is_named(bank, number):
    answer = send(bank, number, shoeSize=44)
    assert answer.status == 422
    assert answer.body["details"] == [
        {"key": "shoeSize", "expected": "not in the schema", "received": "Integer"}
    ]


def test_every_offending_key_is_named_at_once(bank, number):
    answer = send(bank, number, amount=None, attempts="many", cardNumber=..., shoeSize=44)
    assert {one["key"] for one in answer.body["details"]} == {"amount", "attempts", "cardNumber", "shoeSize"}


def test_a_mistake_in_every_key_is_named_at_once(bank):
    assert give_schema(bank, "ng", mistakes.FIELDS).status == 200
    paths, body = mistakes.STREAM.one_each()
    answer = bank.callers["ng"].post("/stream/v1", body)
    assert answer.status == 422
    assert sorted(one["key"] for one in answer.body["details"]) == sorted(paths)
    assert all(set(one) == {"key", "expected", "received"} for one in answer.body["details"])


def test_a_missing_key_hides_no_wrong_value(bank, number):
    answer = send(
        bank, number, cardNumber=..., date_time="2999-01-01T00:00:00Z", amount=-5, direction="sideways"
    )
    assert [one["key"] for one in answer.body["details"]] == [
        "cardNumber",
        "amount",
        "direction",
        "date_time",
    ]


@pytest.mark.parametrize(
    ("key", "value"),
    [("amount", 100), ("openedAt", ""), ("openedAt", "2026-01-01T00:00:00Z"), ("attempts", 0), ("kyc", "")],
)
def test_an_integer_is_a_float_and_defaults_are_accepted(bank, number, key, value):
    assert send(bank, number, **{key: value}).status == 200


@pytest.mark.parametrize(
    ("key", "value"), [("kyc", "maybe"), ("direction", "sideways"), ("currency", "ZZQ"), ("amount", -5)]
)
def test_a_value_that_its_field_cannot_have_is_named(bank, number, key, value):
    answer = send(bank, number, **{key: value})
    assert answer.status == 422
    assert [one["key"] for one in answer.body["details"]] == [key]


def test_a_replay_answers_the_same_with_a_header(bank, number):
    first, second = send(bank, number), send(bank, number)
    assert second.status == 200
    assert second.body == first.body
    assert second.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers


def test_another_payload_under_the_same_id_is_refused(bank, number):
    send(bank, number)
    answer = send(bank, number, amount=7)
    assert (answer.status, answer.body["error"]) == (422, "externalId_reused")


def test_a_team_without_a_schema_is_told_so(bank, number):
    answer = bank.callers["id"].post("/stream/v1", {"data": payload(number)})
    assert (answer.status, answer.body["error"]) == (400, "EMPTY_DATABASE_SCHEMA")


@pytest.mark.parametrize("raw", [b"{", b"[]", b"{}", b'{"data": []}', b'{"data": null}'])
def test_what_is_no_json_object_with_data_is_invalid_json(bank, raw):
    answer = bank.callers["us"].call("POST", "/stream/v1", raw=raw)
    assert (answer.status, answer.body["error"]) == (400, "INVALID_JSON")


def test_a_missing_and_an_invalid_key_are_told_apart(number):
    body = {"data": payload(number)}
    missing, invalid = Caller().post("/stream/v1", body), Caller("rk_live_nobody").post("/stream/v1", body)
    assert (missing.status, missing.body["error"]) == (401, "MISSING_API_KEY")
    assert (invalid.status, invalid.body["error"]) == (401, "INVALID_API_KEY")


def test_a_key_without_the_scope_is_an_unauthorized_team(bank, number):
    answer = bank.new_key("us", scopes=["read"]).post("/stream/v1", {"data": payload(number)})
    assert (answer.status, answer.body["error"]) == (403, "UNAUTHORIZED_TEAM")
