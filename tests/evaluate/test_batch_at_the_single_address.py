"""`{"batch": [...]}` to the address of a single transaction is the batch, whichever way the call comes."""

import json
from typing import Any

import pytest

from ratel.json import SINGLE_BYTES
from screening.api.documents import MOST_ITEMS
from teams.roles import SCOPES
from tests.cast import Bank, make_bank, payment
from tests.evaluate.stored import stored
from tests.evaluate.test_both_ways import settled
from tests.evaluate.wire import BATCH, SINGLE, post


@pytest.fixture
def bank() -> Bank:
    return make_bank("Acme Bank", "us")


def items(count: int, **fields: Any) -> list[dict[str, Any]]:
    return [
        payment(customerId=f"customer-{number % 7}", externalId=f"id-{number}", **fields)
        for number in range(count)
    ]


def test_the_batch_is_decided_in_order_and_an_invalid_item_fails_alone(bank: Bank) -> None:
    sent = {"batch": [*items(2), {"amount": "x"}, payment(externalId="id-0", customerId="customer-0")]}
    answer = bank.callers["us"].post(SINGLE, sent)
    assert (answer.status, answer.body["ok"]) == (200, True)
    assert [one["ok"] for one in answer.data] == [True, True, False, True]
    assert answer.data[2]["error"]["code"] == "invalid"
    assert answer.data[3] == {**answer.data[0], "idempotent": True}
    assert stored(bank, "us").transactions == 2


@pytest.mark.parametrize("query", ["", "?include=layers"])
@pytest.mark.parametrize(
    "body",
    [
        {"batch": items(2, persist=False)},
        {"batch": [{"customerId": 1}]},
        {"batch": []},
        {"batch": items(1, persist=False), "customerId": "c"},
        {"batch": [payment(persist=False)] * (MOST_ITEMS + 1)},
    ],
)
def test_it_is_answered_as_at_the_address_of_batches_both_ways(
    bank: Bank, live_server_process: str, body: dict[str, Any], query: str
) -> None:
    key = bank.callers["us"].key
    expected = post(live_server_process, key, body, BATCH + query)
    directly = post(live_server_process, key, body, SINGLE + query)
    through_django = bank.callers["us"].post(SINGLE + query, body)
    for found in (directly, through_django):
        assert (found.status, settled(found.body)) == (expected.status, settled(expected.body))


@pytest.mark.parametrize("body", [{"batch": "x"}, {"batch": {"customerId": "c"}}, [], {"batch": None}])
def test_what_is_no_batch_is_refused_as_a_single_transaction(bank: Bank, body: Any) -> None:
    refused = bank.callers["us"].post(SINGLE, body)
    assert refused.status == 400
    paths = {one["path"] for one in refused.error["errors"]}
    assert paths >= ({"batch", "customerId"} if body else {""})


def test_a_batch_may_be_as_large_as_a_batch_and_a_transaction_may_not(
    bank: Bank, live_server_process: str
) -> None:
    key, filling = bank.callers["us"].key, "x" * (SINGLE_BYTES // 500)
    large = {"batch": items(600, attributes={"note": filling}, persist=False)}
    assert SINGLE_BYTES < len(json.dumps(large)) < 2 * SINGLE_BYTES
    answer = post(live_server_process, key, large, SINGLE)
    assert (answer.status, len(answer.data)) == (200, 600)
    for body in (
        payment(narration="x" * SINGLE_BYTES),
        {"batch": "x" * SINGLE_BYTES},
        b"{" * (SINGLE_BYTES + 1),
        b" " * (SINGLE_BYTES + 1),
    ):
        refused = post(live_server_process, key, body, SINGLE)
        assert (refused.status, refused.error["code"]) == (413, "too_large")


def test_a_batch_is_decided_at_once_also_for_a_caller_that_prefers_to_be_answered_later(bank: Bank) -> None:
    caller = bank.new_key("us", scopes=[*SCOPES])
    prefer = {"Prefer": "respond-async"}
    assert caller.call("POST", SINGLE, payment(), **prefer).status == 202
    answer = caller.call("POST", SINGLE, {"batch": items(3)}, **prefer)
    assert (answer.status, [one["ok"] for one in answer.data]) == (200, [True] * 3)
    assert "Preference-Applied" not in answer.headers


def test_a_key_that_may_not_decide_may_not_decide_a_batch(bank: Bank) -> None:
    assert bank.new_key("us", scopes=["read"]).post(SINGLE, {"batch": items(1)}).status == 403
