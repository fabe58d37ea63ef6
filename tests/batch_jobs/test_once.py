"""A batch that is handed over again because its answer was lost: one batch, one callback."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from ratel.identifiers import read
from screening.batch_jobs.once import HELD_FOR
from screening.models import BatchChunk, BatchJob
from tests.batch_jobs.items import BATCH, finish, item, status
from tests.cast import Answer, Bank, Caller, make_bank


@pytest.fixture
def acme() -> Bank:
    return make_bank("Acme Bank", "us")


def send(caller: Caller, items: list[Any], key: str, **fields: Any) -> Answer:
    return caller.call("POST", BATCH, {"transactions": items, **fields}, **{"Idempotency-Key": key})


def batches(bank: Bank) -> int:
    with bank.seeing("us"):
        return BatchJob.objects.count()


def test_the_same_key_and_body_are_answered_with_the_same_batch(acme: Bank) -> None:
    caller = acme.callers["us"]
    first = send(caller, [item(1), item(2)], "night-run-7")
    again = send(caller, [item(1), item(2)], "night-run-7")
    assert (first.status, again.status) == (202, 202)
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.body["batch_id"] == first.body["batch_id"]
    assert again.headers["Location"] == first.headers["Location"]
    assert again.body["status"] == "PROCESSING"
    ended = finish(caller, first.body["batch_id"])
    late = send(caller, [item(1), item(2)], "night-run-7")
    assert (late.status, late.body["status"]) == (202, "COMPLETED")
    assert late.body["estimated_completion"] == ended["finished_at"]
    assert batches(acme) == 1


def test_the_order_of_the_fields_does_not_make_another_body(acme: Bank) -> None:
    caller = acme.callers["us"]
    sent = item(1)
    first = send(caller, [sent], "k")
    again = send(caller, [dict(reversed(sent.items()))], "k")
    assert again.body["batch_id"] == first.body["batch_id"]


@pytest.mark.parametrize(
    ("items", "fields"),
    [
        ([item(1, amount=7)], {}),
        ([item(1)], {"callback_url": "https://example.com/"}),
        ([item(1), item(2)], {}),
    ],
)
def test_another_body_under_the_key_is_refused_in_the_dialects_words(acme: Bank, items, fields) -> None:
    caller = acme.callers["us"]
    send(caller, [item(1)], "k")
    refused = send(caller, items, "k", **fields)
    assert (refused.status, refused.body["error"]) == (422, "idempotency_key_reused")
    assert refused.body["message"] == "The Idempotency-Key came with another body"
    assert set(refused.body) == {"error", "message", "details", "requestId"}
    assert batches(acme) == 1


def test_another_key_another_team_and_no_key_make_batches_of_their_own(acme: Bank) -> None:
    caller, rival = acme.callers["us"], make_bank("Rival Bank", "us")
    made = [
        send(caller, [item(1)], "k"),
        send(caller, [item(1)], "K"),
        caller.post(BATCH, {"transactions": [item(1)]}),
        caller.post(BATCH, {"transactions": [item(1)]}),
        send(rival.callers["us"], [item(1)], "k"),
    ]
    assert [one.status for one in made] == [202] * 5
    assert len({one.body["batch_id"] for one in made}) == 5
    assert not any("Idempotent-Replayed" in one.headers for one in made)


@pytest.mark.parametrize("key", ["", " ", "two words", "k" * 129, "näht", "tab\there", "\x7f"])
def test_a_key_that_is_none_is_refused(acme: Bank, key: str) -> None:
    refused = send(acme.callers["us"], [item(1)], key)
    assert (refused.status, refused.body["error"]) == (400, "invalid")
    assert refused.body["details"] == [
        {"path": "Idempotency-Key", "message": "must be 1 to 128 visible ASCII characters"}
    ]
    assert batches(acme) == 0


def test_a_key_of_128_characters_is_one(acme: Bank) -> None:
    assert send(acme.callers["us"], [item(1)], "!~" * 64).status == 202


def test_a_refused_batch_does_not_use_its_key_up(acme: Bank) -> None:
    caller = acme.callers["us"]
    assert send(caller, [], "k").status == 400
    assert send(caller, [item(1)], "k").status == 202


def test_a_key_is_held_for_a_day(acme: Bank) -> None:
    caller = acme.callers["us"]
    first = send(caller, [item(1)], "k")
    identifier = read("batch", first.body["batch_id"])
    now = timezone.now()
    for age, is_same in ((HELD_FOR - timedelta(minutes=5), True), (HELD_FOR, False)):
        with acme.seeing("us"):
            BatchJob.objects.filter(id=identifier).update(accepted_at=now - age)
        again = send(caller, [item(1)], "k")
        assert (again.body["batch_id"] == first.body["batch_id"]) == is_same
    # The new one is what the key stands for now.
    assert send(caller, [item(1)], "k").body["batch_id"] == again.body["batch_id"]
    assert status(caller, first.body["batch_id"])["status"] == "PROCESSING"


def test_many_at_the_same_moment_make_one_batch(acme: Bank) -> None:
    """Nobody has it yet when they all look, and the database lets one of them in."""
    key, body = acme.callers["us"].key, [item(number) for number in range(150)]
    barrier, found = threading.Barrier(6), list[Answer]()

    def hand_over() -> None:
        caller = Caller(key)
        barrier.wait(30)
        try:
            found.append(send(caller, body, "k", callback_url="https://example.com/done"))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=hand_over) for _ in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert [one.status for one in found] == [202] * 6
    assert len({one.body["batch_id"] for one in found}) == 1
    assert sum("Idempotent-Replayed" in one.headers for one in found) == 5
    with acme.seeing("us"):
        assert BatchJob.objects.count() == 1
        assert sum(len(one.positions) for one in BatchChunk.objects.all()) == 150
