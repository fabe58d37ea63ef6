"""`/api/customers`: facts that payments tell, facts that only the bank knows, and who may see them."""

import json
import threading
from typing import Any

import pytest
from django.db import connections

from screening.models import Customer
from teams.models import AuditEntry
from tests.cast import Bank, Caller, make_bank
from tests.evaluate.answers import QUIET

CUSTOMERS = "/api/customers"
FACTS = {
    "fullName": "Siti Rahmawati",
    "dateOfBirth": "1988-04-02",
    "nationality": "ID",
    "gender": "female",
    "nik": "3174012345678901",
    "account": "ACC-1",
    "entityType": "individual",
    "kycStatus": "verified",
    "kycTier": "premium",
    "kybStatus": "approved",
    "customerSince": "2015-06-30",
    "isPep": False,
    "riskRating": "low",
    "homeCountry": "ID",
}


@pytest.fixture
def bank() -> Bank:
    return make_bank("Acme Bank", "us")


@pytest.fixture
def caller(bank: Bank) -> Caller:
    return bank.callers["us"]


def create(caller: Caller, reference: str = "c-1", **facts: Any) -> dict[str, Any]:
    answer = caller.post(CUSTOMERS, {"customerId": reference, **facts})
    assert answer.status == 201, answer.body
    return answer.data


def test_every_fact_comes_back_as_it_was_given(caller: Caller) -> None:
    made = create(caller, **FACTS)
    assert {name: made[name] for name in FACTS} == FACTS
    assert (made["customerId"], made["priorAlerts"], made["firstTransactionAt"]) == ("c-1", 0, None)
    for named in ("c-1", made["id"]):
        assert caller.get(f"{CUSTOMERS}/{named}").data == made


def test_words_are_taken_in_any_case(caller: Caller) -> None:
    made = create(caller, kycTier="TIER_2", kycStatus="Verified", riskRating="HIGH", homeCountry="id")
    assert (made["kycTier"], made["kycStatus"], made["riskRating"], made["homeCountry"]) == (
        "standard",
        "verified",
        "high",
        "ID",
    )


def test_a_change_changes_what_it_names_and_null_forgets(caller: Caller) -> None:
    create(caller, **FACTS)
    changed = caller.patch(
        f"{CUSTOMERS}/c-1", {"riskRating": "high", "dateOfBirth": None, "isPep": True}
    ).data
    expected = {**FACTS, "riskRating": "high", "dateOfBirth": None, "isPep": True}
    assert {name: changed[name] for name in FACTS} == expected
    assert caller.patch(f"{CUSTOMERS}/nobody", {"riskRating": "high"}).status == 404


def test_a_customer_is_made_once(caller: Caller) -> None:
    create(caller)
    again = caller.post(CUSTOMERS, {"customerId": "c-1"})
    assert (again.status, again.error["code"]) == (409, "customer_exists")
    caller.evaluate(customerId="c-2")
    assert caller.post(CUSTOMERS, {"customerId": "c-2"}).status == 409


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"customerId": None}, "customerId"),
        ({"customerId": "x" * 129}, "customerId"),
        ({"fullName": 7}, "fullName"),
        ({"fullName": ""}, "fullName"),
        ({"fullName": "a\x00b"}, "fullName"),
        ({"dateOfBirth": "yesterday"}, "dateOfBirth"),
        ({"nationality": "QQ"}, "nationality"),
        ({"gender": "x"}, "gender"),
        ({"nik": "x" * 65}, "nik"),
        ({"entityType": "vessel"}, "entityType"),
        ({"kycStatus": "maybe"}, "kycStatus"),
        ({"kycTier": "gold"}, "kycTier"),
        ({"kybStatus": "maybe"}, "kybStatus"),
        ({"customerSince": "2999-01-01"}, "customerSince"),
        ({"isPep": "yes"}, "isPep"),
        ({"riskRating": "x" * 17}, "riskRating"),
        ({"homeCountry": "Indonesia"}, "homeCountry"),
        ({"priorAlerts": 3}, "priorAlerts"),
    ],
)
def test_what_is_wrong_is_named(caller: Caller, fields: dict[str, Any], path: str) -> None:
    answer = caller.post(CUSTOMERS, {"customerId": "c-1", **fields})
    assert answer.status == 400
    assert {problem["path"] for problem in answer.error["errors"]} == {path}


def test_what_names_somebody_is_sealed_and_neither_listed_nor_audited(bank: Bank, caller: Caller) -> None:
    create(caller, **FACTS)
    caller.patch(f"{CUSTOMERS}/c-1", {"fullName": "Siti Another", "nationality": "MY"})
    with bank.seeing("us"):
        row = Customer.objects.values().get()
        audited = json.dumps(list(AuditEntry.objects.values("action", "before", "after")))
    stored = str(
        {name: bytes(value) if isinstance(value, memoryview) else value for name, value in row.items()}
    )
    listed = json.dumps(caller.get(CUSTOMERS).body)
    for secret in ("Siti", "1988-04-02", "3174012345678901", "ACC-1"):
        assert secret not in stored and secret not in audited and secret not in listed


def test_writing_and_viewing_are_audited(bank: Bank, caller: Caller) -> None:
    create(caller, **FACTS)
    caller.patch(f"{CUSTOMERS}/c-1", {"riskRating": "high", "fullName": "Siti Another"})
    caller.patch(f"{CUSTOMERS}/c-1", {"riskRating": "high"})
    caller.get(f"{CUSTOMERS}/c-1")
    with bank.seeing("us"):
        entries = list(AuditEntry.objects.filter(subject_kind="customer").order_by("id"))
    assert [entry.action for entry in entries] == ["customer.created", "customer.updated", "customer.viewed"]
    assert (entries[1].before, entries[1].after) == (
        {"riskRating": "low"},
        {"riskRating": "high", "sealed": ["fullName"]},
    )


# Of the one whom the list names: what contradicts the list would make it somebody else.
OF_THE_LISTED = {"dateOfBirth": "1967-01-13", "nationality": "RU", "gender": "male"}


def test_payments_know_what_was_written_and_add_what_they_say(caller: Caller) -> None:
    create(caller, **{**FACTS, "kycStatus": "rejected", "fullName": "Viktor Bout", **OF_THE_LISTED})
    answer = caller.explain(customerId="c-1")
    layers = {layer["name"]: layer for layer in answer.data["layers"]}
    assert layers["kyc"]["score"] == 90
    assert layers["sanctions"]["score"] == 95
    caller.evaluate(customerId="c-1", kycStatus="verified")
    after = caller.get(f"{CUSTOMERS}/c-1").data
    assert (after["kycStatus"], after["dateOfBirth"], after["nationality"]) == (
        "verified",
        "1967-01-13",
        "RU",
    )
    assert after["firstTransactionAt"] is not None


def test_a_payment_from_before_does_not_undo_what_was_written(caller: Caller) -> None:
    caller.evaluate(customerId="c-1", kycStatus="pending", occurredAt="2026-01-01T00:00:00Z")
    caller.patch(f"{CUSTOMERS}/c-1", {"kycStatus": "verified"})
    caller.evaluate(customerId="c-1", kycStatus="rejected", occurredAt="2026-02-01T00:00:00Z")
    assert caller.get(f"{CUSTOMERS}/c-1").data["kycStatus"] == "verified"


def test_a_customer_without_payments_is_new_at_its_first(caller: Caller) -> None:
    create(caller)
    before = {**QUIET, "customerSince": None}
    answer = caller.explain(customerId="c-1", occurredAt="2026-03-10T12:00:00+00:00", **before)
    assert "NEW_CUSTOMER" in {hit["ruleCode"] for hit in answer.data["hits"]}


def test_payments_and_changes_at_once_lose_nothing(bank: Bank, caller: Caller) -> None:
    create(caller, **FACTS)

    def pay() -> None:
        for number in range(10):
            Caller(caller.key).evaluate(customerId="c-1", kycTier="basic", amount=number + 1)
        connections.close_all()

    def write() -> None:
        for number in range(10):
            answer = Caller(caller.key).patch(f"{CUSTOMERS}/c-1", {"account": f"ACC-{number}"})
            assert answer.status == 200
        connections.close_all()

    threads = [threading.Thread(target=work) for work in (pay, write)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    after = caller.get(f"{CUSTOMERS}/c-1").data
    assert (after["account"], after["kycTier"], after["dateOfBirth"]) == ("ACC-9", "basic", "1988-04-02")


def test_the_list_filters_and_pages(caller: Caller) -> None:
    for number in range(5):
        create(caller, f"c-{number}", riskRating="high" if number % 2 else "low", isPep=number == 4)
    create(caller, "company", entityType="business", kycStatus="pending")
    names = [one["customerId"] for one in caller.get(CUSTOMERS).data]
    assert names == ["company", "c-4", "c-3", "c-2", "c-1", "c-0"]
    for query, expected in (
        ("riskRating=HIGH", ["c-3", "c-1"]),
        ("isPep=true", ["c-4"]),
        ("entityType=business", ["company"]),
        ("kycStatus=pending", ["company"]),
        ("customerId=c-2", ["c-2"]),
        ("to=2000-01-01", []),
    ):
        assert [one["customerId"] for one in caller.get(f"{CUSTOMERS}?{query}").data] == expected
    page = caller.get(f"{CUSTOMERS}?limit=4")
    rest = caller.get(f"{CUSTOMERS}?limit=4&cursor={page.body['nextCursor']}")
    assert [one["customerId"] for one in (*page.data, *rest.data)] == names
    assert caller.get(f"{CUSTOMERS}?fullName=Siti").status == 400


def test_reading_and_writing_need_their_scopes(bank: Bank) -> None:
    reader, writer = bank.new_key("us", scopes=["read"]), bank.new_key("us", scopes=["write"])
    assert reader.post(CUSTOMERS, {"customerId": "c-1"}).status == 403
    assert writer.post(CUSTOMERS, {"customerId": "c-1"}).status == 201
    assert writer.get(f"{CUSTOMERS}/c-1").status == 403
    assert reader.get(f"{CUSTOMERS}/c-1").status == 200
    assert reader.patch(f"{CUSTOMERS}/c-1", {"isPep": True}).status == 403
