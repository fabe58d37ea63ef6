"""Batches in the background through either client: typed results, one batch whatever is lost, a callback to trust."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from ratel_client import (
    BatchCallback,
    Invalid,
    RatelClient,
    SignatureMismatch,
    UnexpectedBody,
    Unprocessable,
    verify_callback,
    verify_signature,
    verify_webhook,
)
from ratel_client.command import main

from screening.models import BatchJob, Evaluation
from tests.batch_jobs.items import finish_everything, item
from tests.cast import Bank, make_bank
from tests.webhooks.desk import Call, Clock, Desk, receiver
from webhooks.delivery.courier import Courier
from webhooks.egress import Targets

TEAM = "us"


@pytest.fixture
def bank() -> Bank:
    """One of its own, so that what is counted is this test's."""
    return make_bank("Batch Bank", TEAM)


@pytest.fixture
def desk(bank: Bank) -> Iterator[Desk]:
    clock = Clock()
    courier = Courier(Targets(allows_http=True, allows_loopback=True), clock=clock)
    with receiver() as one:
        yield Desk(bank, one, courier, clock)
    courier.close()


def counted(bank: Bank) -> tuple[int, int]:
    """Batches and decided payments."""
    with bank.seeing(TEAM):
        return BatchJob.objects.count(), Evaluation.objects.count()


def delivered(desk: Desk) -> list[Call]:
    """What the receiver has got once everything has been decided and sent."""
    finish_everything()
    while desk.deliver():
        pass
    return desk.receiver.calls


# -- From beginning to end


def test_a_batch_is_seen_through_with_typed_results(client: Any) -> None:
    batch = client.screen_batch([item(1), item(2), {"transaction_id": "bad", "amount": "x"}])
    assert batch.status.status == "PROCESSING"
    assert client.batch_status(batch.id).results == ()
    assert batch.get_results() == []
    finish_everything()
    status = batch.wait_for_completion()
    assert (status.status, status.processed, status.total, status.failed) == ("COMPLETED", 3, 3, 1)
    first, second, bad = batch.get_results()
    assert (first.transaction_id, second.transaction_id) == ("txn_1", "txn_2")
    assert first.screening.decision in {"APPROVE", "REVIEW", "DECLINE"}
    assert (bad.transaction_id, bad.screening, bad.code) == ("bad", None, "invalid")
    assert {"sender", "receiver"} <= {problem.path for problem in bad.problems}
    assert bad.message
    assert client.batch_status(batch.id).results == tuple(batch.get_results())


def test_waiting_ends_when_its_time_is_up_and_the_batch_goes_on(client: Any) -> None:
    batch = client.screen_batch([item(1)])
    with pytest.raises(TimeoutError, match=batch.id):
        batch.wait_for_completion(timeout_seconds=0)
    finish_everything()
    assert batch.wait_for_completion().is_over


def test_what_is_no_batch_is_refused_with_its_problems(client: Any) -> None:
    with pytest.raises(Invalid) as raised:
        client.screen_batch([], "ftp://bank.example")
    assert {problem.path for problem in raised.value.problems} == {"transactions", "callback_url"}


# -- Under a server that drops half its answers


def test_a_lost_answer_makes_no_second_batch_and_no_second_callback(
    client: Any, between: Any, bank: Bank, desk: Desk
) -> None:
    between.drops_every_other = True
    batch = client.screen_batch([item(1), item(2)], desk.receiver.url)
    assert between.passed == 2
    calls = delivered(desk)
    assert counted(bank) == (1, 2)
    assert [json.loads(call.body)["batch_id"] for call in calls] == [batch.id]
    assert [one.transaction_id for one in batch.get_results()] == ["txn_1", "txn_2"]


def test_a_program_that_was_restarted_finds_its_batch_again_by_its_own_key(
    opener: Any, between: Any, key: str, bank: Bank
) -> None:
    with opener(between.address, key) as client:
        first = client.screen_batch([item(1)], idempotency_key="2026-10-01")
    finish_everything()
    with opener(between.address, key) as client:
        again = client.screen_batch([item(1)], idempotency_key="2026-10-01")
        assert again.id == first.id
        # It was over when it was found, and its results are there all the same.
        assert again.wait_for_completion().status == "COMPLETED"
        assert len(again.get_results()) == 1
        with pytest.raises(Unprocessable):
            client.screen_batch([item(2)], idempotency_key="2026-10-01")
        assert client.screen_batch([item(1)]).id != first.id
    finish_everything()
    assert counted(bank) == (2, 1)


@pytest.mark.parametrize("wrong", ["", "two words", "line\n", "é", "x" * 129])
def test_a_text_that_cannot_be_a_key_is_refused_here(client: Any, between: Any, wrong: str) -> None:
    with pytest.raises(ValueError, match="idempotency key"):
        client.screen_batch([item(1)], idempotency_key=wrong)
    assert between.passed == 0


# -- The callback


@pytest.fixture
def secret(bank: Bank) -> str:
    answer = bank.callers[TEAM].post(f"/api/teams/{bank.teams[TEAM].id}/callback-secret")
    assert answer.status == 201, answer.body
    return str(answer.data["secret"])


@pytest.fixture
def callback(bank: Bank, desk: Desk, secret: str, live_server_process: str, key: str) -> Call:
    """What the server sent for a batch that came over HTTP."""
    with RatelClient(live_server_process, key) as client:
        client.screen_batch([item(1), {"transaction_id": "bad"}], desk.receiver.url)
    (call,) = delivered(desk)
    return call


def test_a_callback_is_verified_and_typed(callback: Call, desk: Desk, secret: str) -> None:
    now = desk.clock().timestamp()
    verified = verify_callback(callback.body, callback.headers, secret, now=now)
    assert isinstance(verified, BatchCallback)
    assert verified.id == callback.headers["webhook-id"]
    assert (verified.batch_id, verified.status) == (json.loads(callback.body)["batch_id"], "COMPLETED")
    good, bad = verified.results
    assert good.screening.decision in {"APPROVE", "REVIEW", "DECLINE"}
    assert (bad.transaction_id, bad.screening, bad.code) == ("bad", None, "invalid")
    assert verify_signature(callback.body, callback.headers, secret, now=now) == verified.id


def test_a_callback_is_no_event_and_not_trusted_once_it_is_changed(
    callback: Call, desk: Desk, secret: str
) -> None:
    now = desk.clock().timestamp()
    with pytest.raises(UnexpectedBody):
        verify_webhook(callback.body, callback.headers, secret, now=now)
    changed = callback.body.replace(b"COMPLETED", b"CANCELLED")
    with pytest.raises(SignatureMismatch):
        verify_callback(changed, callback.headers, secret, now=now)


def test_an_event_that_was_delivered_is_no_callback(desk: Desk) -> None:
    made = desk.endpoint(events=["alert.created"])
    desk.emit("alert.created")
    desk.deliver()
    (call,) = desk.receiver.calls
    now = desk.clock().timestamp()
    event = verify_webhook(call.body, call.headers, made.secret, now=now)
    assert (event.event, event.id) == ("alert.created", call.headers["webhook-id"])
    with pytest.raises(UnexpectedBody):
        verify_callback(call.body, call.headers, made.secret, now=now)


def test_a_saved_callback_is_verified_from_a_shell(
    callback: Call, secret: str, tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    body, headers = tmp_path / "body", tmp_path / "headers.json"
    body.write_bytes(callback.body)
    headers.write_text(json.dumps(callback.headers))
    assert main(["verify", str(body), str(headers), "--secret", secret, "--any-age"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown == {
        "id": callback.headers["webhook-id"],
        "batchId": json.loads(callback.body)["batch_id"],
        "status": "COMPLETED",
        "results": 2,
    }
