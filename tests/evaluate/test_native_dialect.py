"""The native dialect by the page: every field, every default, the shape of the answer."""

import json
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from ratel.sealing import unseal
from screening.models import Customer, Transaction
from screening.transaction import Transaction as Canonical
from tests.cast import Bank, make_bank, payment
from tests.evaluate.answers import NOON, QUIET, at, points
from tests.evaluate.rules import add_rules, rule

ADDRESS = "/api/transactions/evaluate"
BATCH = "/api/transactions/evaluate/batch"
EVERYTHING = {
    "customerId": "customer-1",
    "direction": "credit",
    "amount": "1250000.25",
    "currency": "USD",
    "channel": "MOBILE_APP",
    "counterpartyName": "Siti Rahmawati",
    "counterpartyNik": "3174012345678901",
    "counterpartyAccount": "0012345678",
    "isCrossBorder": True,
    "city": "Jakarta",
    "country": "ID",
    "externalId": "external-1",
    "occurredAt": "2026-03-10T12:00:00+07:00",
    "persist": True,
    "customerName": "Budi Santoso",
    "customerSince": "2015-06-01",
    "deviceId": "device-1",
    "ipAddress": "203.0.113.9",
    "kycStatus": "Verified",
    "kycTier": "TIER_2",
    "narration": "rent",
    "type": "TRANSFER",
    "attributes": {"branch": "012", "nested": {"a": [1, "b", None, True, 1.5]}},
}


@pytest.fixture(scope="module")
def bank() -> Bank:
    return make_bank("Acme Bank")


def canonical(bank: Bank, pack: str, transaction_id: str) -> Canonical:
    """What was stored as the exact input of a decision."""
    from ratel.identifiers import read

    identifier = read("txn", transaction_id)
    assert identifier is not None
    with bank.seeing(pack):
        row = Transaction.objects.get(id=identifier)
    return msgspec.json.decode(unseal(bytes(row.sealed_input), identifier.bytes), type=Canonical)


def sent(bank: Bank, pack: str = "us", **fields: Any) -> Canonical:
    """A payment of a fresh customer as it was stored."""
    answer = bank.callers[pack].explain(customerId=f"customer-{datetime.now(UTC).timestamp()}", **fields)
    assert answer.status == 200, answer.body
    return canonical(bank, pack, answer.data["transactionId"])


# -- The answer


def test_the_example_of_the_page_is_answered_as_the_page_says() -> None:
    bank = make_bank("Acme Bank", "id")
    answer = bank.callers["id"].evaluate(
        amountIdr=500_000_000,
        isCrossBorder=True,
        kycTier="basic",
        occurredAt=at(NOON),
        customerSince=at(NOON, days=10)[:10],
    )
    assert list(answer.body) == ["ok", "data"]
    assert answer.body["ok"] is True
    assert list(answer.data) == ["decision", "riskScore", "alertId", "hits"]
    assert (answer.data["decision"], answer.data["riskScore"]) == ("review", 65)
    assert re.fullmatch("alt_[0-9A-HJKMNP-TV-Z]{26}", answer.data["alertId"])
    assert [list(hit) for hit in answer.data["hits"]] == [
        ["ruleId", "ruleCode", "ruleName", "severity", "scoreContribution"]
    ] * 3
    assert [(hit["ruleCode"], hit["severity"], hit["scoreContribution"]) for hit in answer.data["hits"]] == [
        ("HIGH_AMT_IDR", "high", 35),
        ("CROSS_BORDER", "medium", 20),
        ("NEW_CUSTOMER", "low", 10),
    ]
    assert answer.data["hits"][0]["ruleName"] == "High Transaction Amount"
    for hit in answer.data["hits"]:
        assert re.fullmatch("rul_[0-9A-HJKMNP-TV-Z]{26}", hit["ruleId"])


def test_a_pass_has_no_alert(bank: Bank) -> None:
    answer = bank.callers["us"].evaluate(**QUIET)
    assert answer.data == {"decision": "pass", "riskScore": 0, "hits": []}


def test_every_answer_carries_the_id_of_its_request(bank: Bank) -> None:
    caller = bank.callers["us"]
    answers = [
        caller.evaluate(),
        caller.evaluate(currency="XXZ"),
        caller.get(ADDRESS),
        caller.get("/api/nowhere"),
        caller.post(BATCH, {"batch": [payment()]}),
    ]
    ids = [answer.headers["X-Request-Id"] for answer in answers]
    assert all(re.fullmatch("req_[0-9A-HJKMNP-TV-Z]{26}", one) for one in ids)
    assert len(set(ids)) == len(ids)
    for answer, one in zip(answers[1:4], ids[1:4], strict=True):
        assert answer.error["requestId"] == one


def test_an_error_follows_the_envelope_of_the_page(bank: Bank) -> None:
    answer = bank.callers["us"].evaluate(currency="XXZ")
    assert answer.headers["Content-Type"] == "application/json"
    assert list(answer.body) == ["ok", "error"]
    assert answer.body["ok"] is False
    assert set(answer.error) == {"type", "title", "status", "detail", "code", "errors", "requestId"}
    assert answer.error["status"] == 400
    assert answer.error["errors"] == [{"path": "currency", "message": "is not an ISO 4217 currency"}]


def test_unknown_addresses_are_answered_in_the_envelope(bank: Bank) -> None:
    answer = bank.callers["us"].get("/api/transactions/nowhere")
    assert answer.status == 404
    assert answer.error["code"] == "not_found"


def test_the_layers_are_included_where_they_are_asked_for(bank: Bank) -> None:
    answer = bank.callers["ng"].explain(
        **QUIET, amount=5_000_000, channel="cash", counterpartyName="Siti Rahmawati"
    )
    data = answer.data
    assert {"layers", "ruleStates", "policyVersion", "partial", "explanation"} <= set(data)
    assert [(layer["name"], layer["weight"]) for layer in data["layers"]] == [
        ("regulatory", 1.5),
        ("kyc", 1.3),
        ("custom_rules", 1.2),
        ("sanctions", 1.0),
        ("decision_engine", 1.0),
        ("behavioral", 0.8),
    ]
    for layer in data["layers"]:
        assert layer["answered"] is True
        assert 0 <= layer["score"] <= 100
        assert layer["outcome"] in {"pass", "review", "escalate", "block"}
        assert layer["durationMs"] >= 0
    assert [state["ruleCode"] for state in data["ruleStates"]] == [
        f"CBN-00{number}" for number in range(1, 8)
    ]
    assert data["ruleStates"][0]["state"] == "triggered"
    assert data["policyVersion"] == 1
    assert data["partial"] is False
    assert (
        data["explanation"][0]
        == "Cash transaction of 5,000,000 NGN reaches the reporting threshold (+50 points)"
    )
    assert "new user (no history)" in data["explanation"]


def test_without_asking_no_layer_is_in_the_answer(bank: Bank) -> None:
    assert "layers" not in bank.callers["us"].evaluate().data
    assert "layers" not in bank.callers["us"].post(f"{ADDRESS}?include=", payment()).data


def test_every_rule_of_the_team_has_exactly_one_state(bank: Bank) -> None:
    answer = bank.callers["us"].explain()
    found = [state["ruleCode"] for state in answer.data["ruleStates"]]
    assert len(found) == len(set(found)) == 11
    assert {state["state"] for state in answer.data["ruleStates"]} <= {
        "triggered",
        "not_triggered",
        "not_applicable",
        "not_applicable_for_grouping_keys",
        "incomplete_fields",
        "failed",
    }


# -- Fields


def test_every_field_of_the_page_is_taken_and_stored_as_it_was_sent() -> None:
    bank = make_bank("Acme Bank", "us")
    answer = bank.callers["us"].explain(**EVERYTHING)
    assert answer.status == 200
    stored = canonical(bank, "us", answer.data["transactionId"])
    assert stored.external_id == "external-1"
    assert stored.customer_id == "customer-1"
    assert stored.direction == "credit"
    assert stored.amount == Decimal("1250000.25")
    assert (stored.currency, stored.channel, stored.type) == ("USD", "mobile_app", "transfer")
    assert stored.occurred_at == datetime(2026, 3, 10, 5, tzinfo=UTC)
    assert (stored.customer.name, str(stored.customer.since)) == ("Budi Santoso", "2015-06-01")
    assert (stored.customer.kyc_status, stored.customer.kyc_tier) == ("verified", "standard")
    assert stored.counterparty.name == "Siti Rahmawati"
    assert (stored.counterparty.account, stored.counterparty.national_id) == (
        "0012345678",
        "3174012345678901",
    )
    assert (stored.counterparty.country, stored.country, stored.city) == ("ID", "ID", "Jakarta")
    assert stored.is_cross_border is True
    assert (stored.device_id, stored.ip_address, stored.narration) == ("device-1", "203.0.113.9", "rent")
    assert stored.attributes == EVERYTHING["attributes"]
    with bank.seeing("us"):
        row = Transaction.objects.get()
        assert (row.amount, row.base_amount, row.currency) == (
            Decimal("1250000.25"),
            Decimal("1250000.25"),
            "USD",
        )
        assert (row.external_id, row.is_cross_border, row.is_cash) == ("external-1", True, False)


def test_nothing_that_names_a_person_is_stored_in_the_open() -> None:
    from django.db import connection

    bank = make_bank("Acme Bank", "us")
    bank.callers["us"].evaluate(**{**EVERYTHING, "country": "KP"})
    tables = (
        "screening_transaction",
        "screening_customer",
        "screening_evaluation",
        "cases_alert",
        "teams_auditentry",
        "webhooks_outboxevent",
    )
    with bank.seeing("us"), connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"SELECT string_agg(t::text, ' ') FROM {table} t")  # noqa: S608 - a table of our own
            (text,) = cursor.fetchone()
            assert text
            for secret in (
                "Siti",
                "Budi",
                "3174012345678901",
                "0012345678",
                "rent",
                "203.0.113.9",
                "device-1",
            ):
                assert secret not in text, table


@pytest.mark.parametrize("name", sorted(set(EVERYTHING) - {"customerId", "direction", "amount", "channel"}))
def test_every_other_field_may_be_absent(bank: Bank, name: str) -> None:
    body = {
        field: value for field, value in EVERYTHING.items() if field not in {name, "externalId", "persist"}
    }
    assert bank.callers["us"].post(ADDRESS, body | {"persist": False}).status == 200


@pytest.mark.parametrize(
    "name",
    sorted(set(EVERYTHING) - {"customerId", "direction", "amount", "channel", "persist", "attributes"}),
)
def test_a_null_is_an_absent_field(bank: Bank, name: str) -> None:
    body = {**EVERYTHING, name: None, "persist": False}
    assert bank.callers["us"].post(ADDRESS, body).status == 200


@pytest.mark.parametrize(("pack", "currency"), [("ng", "NGN"), ("id", "IDR"), ("us", "USD")])
def test_the_currency_is_the_teams_unless_it_is_given(bank: Bank, pack: str, currency: str) -> None:
    assert sent(bank, pack).currency == currency
    assert sent(bank, pack, currency="eur").currency == "EUR"


def test_an_amount_in_rupiah_implies_the_currency(bank: Bank) -> None:
    assert sent(bank, "us", amountIdr=5).currency == "IDR"
    assert sent(bank, "us", amountIdr="5.25").amount == Decimal("5.25")
    assert sent(bank, "us", amountIdr=5, currency="IDR").currency == "IDR"


def test_the_time_is_now_unless_it_is_given(bank: Bank) -> None:
    before = datetime.now(UTC)
    moment = sent(bank).occurred_at
    assert before - timedelta(seconds=1) < moment < datetime.now(UTC) + timedelta(seconds=1)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-10T12:00:00Z", "2026-03-10T12:00:00+00:00"),
        ("2026-03-10T12:00:00+07:00", "2026-03-10T05:00:00+00:00"),
        ("2026-03-10T12:00:00.123456-05:30", "2026-03-10T17:30:00.123456+00:00"),
        ("1900-01-01T00:00:00Z", "1900-01-01T00:00:00+00:00"),
    ],
)
def test_a_time_carries_its_offset(bank: Bank, text: str, moment: str) -> None:
    assert sent(bank, occurredAt=text).occurred_at == datetime.fromisoformat(moment)


def test_up_to_five_minutes_ahead_is_no_far_future(bank: Bank) -> None:
    now = datetime.now(UTC)
    assert bank.callers["us"].evaluate(occurredAt=at(now, minutes=-4.9), persist=False).status == 200
    assert bank.callers["us"].evaluate(occurredAt=at(now, minutes=-5.1), persist=False).status == 400


@pytest.mark.parametrize(
    "amount",
    ["0", "0.00000001", "123456789012345678.12345678", "999999999999999999.99999999", "9007199254740993"],
)
def test_an_amount_is_exact(bank: Bank, amount: str) -> None:
    assert sent(bank, amount=amount).amount == Decimal(amount)


def test_an_integer_beyond_two_to_the_53_is_exact_too(bank: Bank) -> None:
    assert sent(bank, amount=9007199254740993).amount == 9007199254740993


@pytest.mark.parametrize(
    ("name", "length"),
    [
        ("customerId", 128),
        ("externalId", 128),
        ("channel", 64),
        ("type", 64),
        ("counterpartyName", 500),
        ("customerName", 500),
        ("counterpartyAccount", 64),
        ("city", 200),
        ("deviceId", 256),
        ("narration", 2000),
    ],
)
@pytest.mark.parametrize("letter", ["x", "\u00fc", "\U0001f600"])
def test_a_text_may_be_as_long_as_its_limit(bank: Bank, name: str, length: int, letter: str) -> None:
    assert bank.callers["us"].evaluate(**{"customerId": "long", name: letter * length}).status == 200


def test_attributes_may_be_many_and_deep(bank: Bank) -> None:
    deep: Any = 1
    for _ in range(8):
        deep = [deep]
    assert (
        sent(bank, attributes={f"key{number}": number for number in range(200)}).attributes["key199"] == 199
    )
    assert sent(bank, attributes={"a": deep, "x" * 64: 1}).attributes["a"] == deep


def test_a_rule_may_read_an_attribute() -> None:
    bank = make_bank("Acme Bank", "us")
    add_rules(bank, "us", rule("BRANCH", {"field": "attributes.branch", "operator": "==", "value": "012"}))
    assert points(bank.callers["us"].evaluate(**QUIET, attributes={"branch": "012"})) == {"BRANCH": 10}
    assert points(bank.callers["us"].evaluate(**QUIET, attributes={"branch": "013"})) == {}
    assert points(bank.callers["us"].evaluate(**QUIET)) == {}


@pytest.mark.parametrize(
    ("word", "tier"),
    [
        ("basic", "basic"),
        ("STANDARD", "standard"),
        ("Premium", "premium"),
        ("TIER_1", "basic"),
        ("tier_3", "premium"),
    ],
)
def test_the_case_of_a_kyc_tier_does_not_matter(bank: Bank, word: str, tier: str) -> None:
    assert sent(bank, kycTier=word).customer.kyc_tier == tier


# -- The customer


def test_a_customer_is_created_on_first_sight_and_once() -> None:
    bank = make_bank("Acme Bank", "us")
    for _ in range(3):
        bank.callers["us"].evaluate(customerId="siti")
    bank.callers["us"].evaluate(customerId="budi")
    with bank.seeing("us"):
        assert sorted(Customer.objects.values_list("reference", flat=True)) == ["budi", "siti"]


def test_what_is_known_of_a_customer_is_remembered_and_replaced_by_what_is_newer() -> None:
    bank = make_bank("Acme Bank", "id")
    caller = bank.callers["id"]
    known = {"customerSince": "2015-01-01"}
    assert points(caller.evaluate(**known, isCrossBorder=True, kycTier="premium")) == {}
    assert points(caller.evaluate(isCrossBorder=True)) == {}
    assert points(caller.evaluate(isCrossBorder=True, kycTier="basic")) == {"CROSS_BORDER": 20}
    assert points(caller.evaluate(isCrossBorder=True)) == {"CROSS_BORDER": 20}


def test_letters_of_another_case_are_another_customer() -> None:
    bank = make_bank("Acme Bank", "us")
    bank.callers["us"].evaluate(customerId="Siti")
    bank.callers["us"].evaluate(customerId="siti")
    with bank.seeing("us"):
        assert Customer.objects.count() == 2


# -- Batches


def test_a_batch_of_a_thousand_is_decided_in_order() -> None:
    bank = make_bank("Acme Bank", "us")
    items = [
        payment(**QUIET, customerId=f"customer-{number % 400}", amount=number + 9_500)
        for number in range(1000)
    ]
    answer = bank.callers["us"].post(BATCH, {"batch": items})
    assert answer.status == 200
    assert len(answer.data) == 1000
    hits = [[hit["ruleCode"] for hit in item["data"]["hits"]] for item in answer.data]
    assert hits == [["NEAR_THRESHOLD"]] * 500 + [["HIGH_AMT"]] * 500
    with bank.seeing("us"):
        assert Transaction.objects.count() == 1000
        assert Customer.objects.count() == 400


def test_an_invalid_item_in_the_middle_does_not_fail_the_others() -> None:
    bank = make_bank("Acme Bank", "us")
    items: list[Any] = [
        payment(**QUIET),
        {"customerId": 1},
        "text",
        None,
        [],
        payment(**QUIET, amount="-1"),
        payment(**QUIET),
    ]
    answer = bank.callers["us"].post(BATCH, {"batch": items})
    assert answer.status == 200
    assert [item["ok"] for item in answer.data] == [True, False, False, False, False, False, True]
    assert [item["error"]["status"] for item in answer.data[1:6]] == [400] * 5
    assert answer.data[5]["error"]["errors"] == [{"path": "amount", "message": "must not be negative"}]
    with bank.seeing("us"):
        assert Transaction.objects.count() == 2


def test_a_batch_of_nothing_valid_is_answered_item_by_item(bank: Bank) -> None:
    answer = bank.callers["us"].post(BATCH, {"batch": [{}, {}]})
    assert answer.status == 200
    assert [item["ok"] for item in answer.data] == [False, False]


def test_a_batch_includes_the_layers_where_they_are_asked_for(bank: Bank) -> None:
    answer = bank.callers["us"].post(f"{BATCH}?include=layers", {"batch": [payment(), {}]})
    assert len(answer.data[0]["data"]["layers"]) == 6


def test_a_batch_decides_as_single_calls_do() -> None:
    """The same payments of the same customers, one by one in one team and at once in another."""
    singly, at_once = make_bank("Acme Bank", "ng"), make_bank("Rival Bank", "ng")
    items = [
        payment(
            customerId=f"customer-{number % 4}",
            amount=400_000 * (number % 14 + 1),
            channel="cash" if number % 3 else "transfer",
            direction="credit" if number % 2 else "debit",
            country=("NG", "GB", "KP")[number % 3],
            occurredAt=at(NOON, minutes=60 - number),
            kycStatus="verified",
        )
        for number in range(60)
    ]
    single = [singly.callers["ng"].post(ADDRESS, item).data for item in items]
    batch = [item["data"] for item in at_once.callers["ng"].post(BATCH, {"batch": items}).data]
    assert _comparable(single) == _comparable(batch)


def _comparable(decisions: list[dict[str, Any]]) -> str:
    kept = [
        {
            "decision": decision["decision"],
            "riskScore": decision["riskScore"],
            "blocked": decision.get("blocked"),
            "hits": [(hit["ruleCode"], hit["scoreContribution"]) for hit in decision["hits"]],
        }
        for decision in decisions
    ]
    return json.dumps(kept, indent=1)
