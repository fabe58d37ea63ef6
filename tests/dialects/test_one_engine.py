"""The same payment through all five dialects, each for a fresh team of the same pack, is decided the same."""

import base64
from typing import Any

import pytest

from screening.models import Evaluation
from tests.cast import PASSWORD, Bank, Caller, make_bank

WHEN = "2026-03-10T12:00:00+00:00"
FIELDS = [
    {"key": "amount", "type": "Integer", "mapsTo": "amount"},
    {"key": "currency", "type": "String", "mapsTo": "currency"},
    {"key": "direction", "type": "String", "mapsTo": "direction"},
    {"key": "channel", "type": "String", "mapsTo": "channel"},
    {"key": "type", "type": "String", "mapsTo": "type"},
    {"key": "to", "type": "String", "mapsTo": "counterpartyAccount"},
    {"key": "fromName", "type": "String", "mapsTo": "customerName"},
    {"key": "toName", "type": "String", "mapsTo": "counterpartyName"},
]
PAYMENTS = {
    "small": {"amount": 2_500, "name": "Adaeze Okafor", "to_name": "Chinedu Eze"},
    "large": {"amount": 9_000_000, "name": "Adaeze Okafor", "to_name": "Chinedu Eze"},
    "to a listed person": {"amount": 2_500, "name": "Adaeze Okafor", "to_name": "Joaquin Guzman Loera"},
}


def native(bank: Bank, one: dict[str, Any]) -> Any:
    return bank.callers["ng"].post(
        "/api/transactions/evaluate",
        {
            "customerId": "c-1", "direction": "debit", "amount": one["amount"], "currency": "NGN",
            "channel": "mobile_app", "type": "transfer", "externalId": "x-1", "occurredAt": WHEN,
            "counterpartyAccount": "9876543210", "customerName": one["name"],
            "counterpartyName": one["to_name"],
        },
    )  # fmt: skip


def bank_dialect(bank: Bank, one: dict[str, Any]) -> Any:
    return bank.callers["ng"].post(
        "/api/v1/transactions/screen",
        {
            "externalId": "x-1", "type": "TRANSFER", "channel": "MOBILE_APP", "amount": one["amount"],
            "senderAccountNumber": "c-1", "receiverAccountNumber": "9876543210", "timestamp": WHEN,
            "senderName": one["name"], "receiverName": one["to_name"],
        },
    )  # fmt: skip


def entity(bank: Bank, one: dict[str, Any]) -> Any:
    return bank.callers["ng"].post(
        "/v1/transactions/screen",
        {
            "transaction_id": "x-1", "amount": one["amount"], "currency": "NGN", "timestamp": WHEN,
            "sender": {"entity_id": "c-1", "name": one["name"]},
            "receiver": {"entity_id": "9876543210", "name": one["to_name"]},
            "metadata": {"channel": "mobile_app", "type": "transfer"},
        },
    )  # fmt: skip


def _payload(one: dict[str, Any]) -> dict[str, Any]:
    return {
        "txn_id": "x-1", "customer_id": "c-1", "date_time": WHEN, "amount": one["amount"],
        "currency": "NGN", "direction": "debit", "channel": "mobile_app", "type": "transfer",
        "to": "9876543210", "fromName": one["name"], "toName": one["to_name"],
    }  # fmt: skip


def stream(bank: Bank, one: dict[str, Any]) -> Any:
    path = f"/api/teams/{bank.teams['ng'].id}/payload-schema"
    assert bank.callers["ng"].call("PUT", path, {"fields": FIELDS}).status == 200
    return bank.callers["ng"].post("/stream/v1", {"data": _payload(one)})


def framl(bank: Bank, one: dict[str, Any]) -> Any:
    with bank.seeing("ng"):
        bank.teams["ng"].product_code = "NGN1"
        bank.teams["ng"].save(update_fields=["product_code"])
    who = base64.b64encode(f"{bank.people['analyst'].email}:{PASSWORD}".encode()).decode()
    token = Caller().post("/framl/auth/token", {}, Authorization=f"Basic {who}").body["token"]
    sent = {
        "transactionKey": "x-1", "customerId": "c-1", "direction": "debit", "amount": one["amount"],
        "currency": "NGN", "channel": "mobile_app", "type": "transfer", "occurredAt": WHEN,
        "counterpartyAccount": "9876543210", "customerName": one["name"], "counterpartyName": one["to_name"],
    }  # fmt: skip
    body = {"payload": sent, "format": "tt_json", "version": "1"}
    return Caller().post("/framl/products/NGN1/transactions", body, Authorization=f"Token {token}")


@pytest.mark.parametrize("name", PAYMENTS)
def test_five_ways_in_lead_to_one_decision(name):
    decided = {}
    for dialect in (native, bank_dialect, entity, stream, framl):
        bank = make_bank("One Engine", "ng", people=dialect is framl)
        answer = dialect(bank, PAYMENTS[name])
        assert answer.status == 200, (dialect, answer.body)
        with bank.seeing("ng"):
            row = Evaluation.objects.get()
            hits = len(row.hit_rules)
        decided[dialect.__name__] = (
            row.decision,
            row.risk_score,
            row.risk_level,
            hits,
            list(row.hit_points),
            list(row.layer_scores),
            row.rule_states,
        )
    assert len(set(map(str, decided.values()))) == 1, decided
    assert decided["native"][0] != "pass" or name == "small"
