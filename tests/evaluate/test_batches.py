"""Batches beside other traffic: nobody waits because of one, and what it decided stays decided."""

import threading
import time

import psycopg
import pytest

from ratel.sealing import blind_index
from screening import batches
from tests.cast import Bank, make_bank, payment
from tests.evaluate.stored import stored

BATCH = "/api/transactions/evaluate/batch"


@pytest.fixture
def bank() -> Bank:
    return make_bank("Acme Bank", "us")


def items(count: int, *, start: int = 0) -> list[dict[str, object]]:
    return [
        payment(customerId=f"customer-{number}", externalId=f"id-{number}")
        for number in range(start, start + count)
    ]


def hold(connection: psycopg.Connection, bank: Bank, customer: str) -> None:
    """Somebody else decides about this customer until `connection` ends its transaction."""
    connection.execute("BEGIN")
    connection.execute("SELECT pg_advisory_xact_lock(%s)", [blind_index(bank.teams["us"].id.bytes, customer)])


def test_a_customer_held_by_somebody_else_comes_last_and_the_others_are_already_stored(
    bank: Bank, owner_connection: psycopg.Connection
) -> None:
    hold(owner_connection, bank, "customer-2")
    answers: list[object] = []
    caller = threading.Thread(
        target=lambda: answers.append(bank.callers["us"].post(BATCH, {"batch": items(5)})), daemon=True
    )
    caller.start()
    while stored(bank, "us").transactions < 4:
        assert not answers
        time.sleep(0.02)
    assert stored(bank, "us").transactions == 4
    assert not answers
    owner_connection.execute("ROLLBACK")
    caller.join(60)
    assert [item["ok"] for item in answers[0].data] == [True] * 5
    assert stored(bank, "us").transactions == 5


def test_while_a_batch_waits_for_one_customer_its_others_are_free(
    bank: Bank, owner_connection: psycopg.Connection
) -> None:
    hold(owner_connection, bank, "customer-2")
    batch = threading.Thread(target=lambda: bank.callers["us"].post(BATCH, {"batch": items(5)}), daemon=True)
    batch.start()
    while stored(bank, "us").transactions < 4:
        assert batch.is_alive()
        time.sleep(0.02)
    assert bank.callers["us"].evaluate(customerId="customer-1").status == 200
    assert batch.is_alive(), "it would have been waited for"
    owner_connection.execute("ROLLBACK")
    batch.join(60)


def test_items_of_a_held_customer_keep_their_order(bank: Bank, owner_connection: psycopg.Connection) -> None:
    hold(owner_connection, bank, "customer-1")
    batch = [payment(customerId="customer-1", externalId=f"n-{number}") for number in range(4)]
    threading.Timer(0.5, lambda: owner_connection.execute("ROLLBACK")).start()
    answer = bank.callers["us"].post(BATCH + "?include=layers", {"batch": batch})
    states = [
        {state["ruleCode"]: state["state"] for state in item["data"]["ruleStates"]} for item in answer.data
    ]
    assert len(states) == 4
    assert [item["data"]["hits"][0]["ruleCode"] for item in answer.data] == ["NEW_CUSTOMER"] * 4


def test_a_chunk_that_fails_is_answered_item_by_item_and_the_rest_stays_decided(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "CHUNK", 2)
    calls = []
    from screening import together

    works = together.writes_of

    def second_fails(*arguments):
        calls.append(1)
        if len(calls) == 2:
            raise psycopg.OperationalError("gone")
        return works(*arguments)

    monkeypatch.setattr(together, "writes_of", second_fails)
    answer = bank.callers["us"].post(BATCH, {"batch": items(6)})
    assert answer.status == 200
    assert [item["ok"] for item in answer.data] == [True, True, False, False, True, True]
    assert answer.data[2]["error"]["status"] == 503
    assert stored(bank, "us").transactions == 4
    again = bank.callers["us"].post(BATCH, {"batch": items(6)})
    assert [item["ok"] for item in again.data] == [True] * 6
    assert stored(bank, "us").transactions == 6


def test_where_nothing_could_be_decided_the_batch_itself_fails(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    from screening import together

    def fails(*arguments):
        raise psycopg.OperationalError("gone")

    monkeypatch.setattr(together, "writes_of", fails)
    answer = bank.callers["us"].post(BATCH, {"batch": items(3)})
    assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
    assert stored(bank, "us").transactions == 0
