"""Valid payments, mutated at random: never a 5xx; a 4xx stores nothing, a 200 exactly one transaction."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from screening.models import Evaluation, Transaction
from tests.cast import Bank, Caller, make_bank
from tests.evaluate.test_native_dialect import EVERYTHING

ADDRESS = "/api/transactions/evaluate"
BASE = {**EVERYTHING, "externalId": None, "attributes": {"branch": "012", "list": [1, {"a": "b"}]}}
CAREFULLY = settings(
    max_examples=250,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

texts = some.one_of(
    some.text(max_size=20),
    some.text(min_size=60, max_size=300),
    some.sampled_from(
        [
            "\x00",
            "\ud800",
            "\u0130" * 64,
            "1e400",
            "-1",
            "NaN",
            "9" * 60,
            "2026-03-10",
            "2026-03-10T12:00:00Z",
            "KP",
            "USD",
            "\n",
        ]
    ),
)
numbers = some.one_of(
    some.integers(),
    some.integers(min_value=-(2**70), max_value=2**70),
    some.floats(),
    some.sampled_from([0, -1, 10**18, 10**18 - 1, 2**53, 2**63, 2**64, 1e308]),
)
values = some.recursive(
    some.one_of(some.none(), some.booleans(), numbers, texts),
    lambda inner: some.one_of(some.lists(inner, max_size=4), some.dictionaries(texts, inner, max_size=4)),
    max_leaves=8,
)
changes = some.lists(
    some.one_of(
        some.tuples(some.just("set"), some.sampled_from(sorted(BASE)), values),
        some.tuples(some.just("remove"), some.sampled_from(sorted(BASE)), some.none()),
        some.tuples(some.just("add"), texts, values),
        some.tuples(some.just("attribute"), texts, values),
    ),
    min_size=1,
    max_size=4,
)


@pytest.fixture(scope="module")
def bank() -> Bank:
    return make_bank("Acme Bank", "us")


def mutated(steps: list[tuple[str, str, Any]]) -> dict[str, Any]:
    body: dict[str, Any] = {**BASE, "attributes": dict(BASE["attributes"])}
    for step, name, value in steps:
        if step == "remove":
            body.pop(name, None)
        elif step == "attribute" and isinstance(body.get("attributes"), dict):
            body["attributes"][name] = value
        else:
            body[name] = value
    return body


def as_bytes(body: Any) -> bytes:
    """JSON as a careless client writes it: NaN, Infinity and lone surrogates included."""
    return json.dumps(body).encode()


def counted(bank: Bank) -> tuple[int, int]:
    with bank.seeing("us"):
        return Transaction.objects.count(), Evaluation.objects.count()


def check(bank: Bank, caller: Caller, raw: bytes, persists: bool) -> None:
    before = counted(bank)
    answer = caller.call("POST", ADDRESS, raw=raw)
    after = counted(bank)
    assert answer.status in {200, 400, 422}, answer.body
    if answer.status == 200:
        added = 1 if persists else 0
        assert after == (before[0] + added, before[1] + added)
    else:
        assert after == before
        assert answer.error["errors"] or answer.error["code"] in {"not_json", "repeated_key"}


@CAREFULLY
@given(steps=changes)
def test_a_mutated_payment_is_decided_or_refused_by_name(
    bank: Bank, steps: list[tuple[str, str, Any]]
) -> None:
    body = mutated(steps)
    check(bank, bank.callers["us"], as_bytes(body), body.get("persist", True) is True)


@CAREFULLY
@given(position=some.integers(0, 2000), replacement=some.binary(max_size=3), length=some.integers(0, 4))
def test_a_payment_with_broken_bytes_is_decided_or_refused(
    bank: Bank, position: int, replacement: bytes, length: int
) -> None:
    whole = as_bytes({name: value for name, value in BASE.items() if name != "persist"})
    at = position % len(whole)
    check(bank, bank.callers["us"], whole[:at] + replacement + whole[at + length :], persists=True)


@CAREFULLY
@given(document=values)
def test_any_json_at_all_is_refused_or_decided(bank: Bank, document: Any) -> None:
    for raw in (as_bytes(document), as_bytes({"batch": document}), as_bytes({"batch": [document]})):
        for path in (ADDRESS, f"{ADDRESS}/batch"):
            before = counted(bank)
            answer = bank.callers["us"].call("POST", path, raw=raw)
            assert answer.status in {200, 400}, answer.body
            if answer.status == 200:
                assert all(item["ok"] is False for item in answer.data)
            assert counted(bank) == before
