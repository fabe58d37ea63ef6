"""An external id is decided once: a replay returns the first decision and changes nothing, another body is refused."""

import json
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
import time_machine

from screening import together as story
from tests.cast import Bank, make_bank, payment
from tests.evaluate.owner import act_for
from tests.evaluate.stored import NOTHING, ONE_PASS, Stored, evaluations, stored
from tests.evaluate.wire import post

ADDRESS = "/api/transactions/evaluate"
BATCH = "/api/transactions/evaluate/batch"


@pytest.fixture
def bank() -> Bank:
    return make_bank("Acme Bank", "us")


def test_a_replay_returns_the_first_decision_with_a_mark_and_changes_nothing(bank: Bank) -> None:
    acme = bank.callers["us"]
    first = acme.evaluate(externalId="a", amount=10_000, counterpartyAccount="1")
    before = stored(bank, "us")

    replay = acme.evaluate(externalId="a", amount=10_000, counterpartyAccount="1")

    assert first.body == {"ok": True, "data": first.data}
    assert replay.body == {"ok": True, "data": first.data, "idempotent": True}
    assert first.data["alertId"] is not None
    assert before.alerts == 1
    assert stored(bank, "us") == before


def test_a_replay_is_equal_byte_for_byte_with_its_layers_too(bank: Bank) -> None:
    acme = bank.callers["us"]
    first = acme.explain(externalId="a")
    replay = acme.explain(externalId="a")
    assert replay.body.pop("idempotent") is True
    assert json.dumps(replay.body) == json.dumps(first.body)


def test_the_order_and_the_spacing_of_a_body_do_not_matter(bank: Bank) -> None:
    body = payment(externalId="a", attributes={"x": 1, "y": 2})
    bank.callers["us"].post(ADDRESS, body)
    shuffled = dict(reversed(body.items())) | {"attributes": {"y": 2, "x": 1}}
    answer = bank.callers["us"].call("POST", ADDRESS, raw=json.dumps(shuffled, indent=4).encode())
    assert answer.body["idempotent"] is True


@pytest.mark.parametrize(
    "change",
    [
        {"amount": 101},
        {"customerId": "somebody-else"},
        {"narration": "more"},
        {"attributes": {"a": 1}},
        {"channel": "cash"},
        {"amount": None, "amountIdr": 100},
    ],
    ids=repr,
)
def test_the_same_external_id_with_another_body_is_refused_with_422(
    bank: Bank, change: dict[str, object]
) -> None:
    acme = bank.callers["us"]
    acme.evaluate(externalId="a")
    answer = acme.evaluate(externalId="a", **change)
    assert answer.status == 422
    assert answer.error["code"] == "externalId_reused"
    assert stored(bank, "us") == ONE_PASS


def test_an_external_id_is_held_for_24_hours_and_not_a_second_longer(bank: Bank) -> None:
    acme = bank.callers["us"]
    begin = datetime(2026, 11, 21, 12, tzinfo=UTC)
    with time_machine.travel(begin, tick=False) as clock:
        first = acme.explain(externalId="a")
        clock.move_to(begin + timedelta(hours=24) - timedelta(seconds=1))
        assert acme.explain(externalId="a").data["evaluationId"] == first.data["evaluationId"]
        clock.move_to(begin + timedelta(hours=24))
        second = acme.explain(externalId="a")
        assert second.status == 200
        assert "idempotent" not in second.body
        assert second.data["evaluationId"] != first.data["evaluationId"]
        assert acme.explain(externalId="a").data["evaluationId"] == second.data["evaluationId"]
    assert stored(bank, "us") == Stored(
        transactions=2, evaluations=2, customers=1, external_ids=1, decisions=2
    )


def test_after_24_hours_another_body_is_a_new_evaluation(
    bank: Bank, owner_connection: psycopg.Connection
) -> None:
    bank.callers["us"].evaluate(externalId="a")
    act_for(owner_connection, bank).execute(
        "UPDATE screening_idempotencykey SET held_until = now() - interval '1 second' WHERE team_id = %s",
        [bank.teams["us"].id],
    )
    answer = bank.callers["us"].evaluate(externalId="a", amount=200)
    assert answer.status == 200
    assert "idempotent" not in answer.body
    assert stored(bank, "us").transactions == 2


def test_without_an_external_id_nothing_is_deduplicated(bank: Bank) -> None:
    bank.callers["us"].evaluate()
    answer = bank.callers["us"].evaluate()
    assert "idempotent" not in answer.body
    assert stored(bank, "us").transactions == 2
    assert stored(bank, "us").external_ids == 0


def test_a_dry_run_neither_looks_at_an_external_id_nor_takes_it(bank: Bank) -> None:
    acme = bank.callers["us"]
    assert acme.evaluate(externalId="a", persist=False).status == 200
    assert stored(bank, "us") == NOTHING
    assert "idempotent" not in acme.evaluate(externalId="a").body
    dry = acme.evaluate(externalId="a", amount=500, persist=False)
    assert dry.status == 200
    assert "idempotent" not in dry.body
    assert stored(bank, "us") == ONE_PASS


def test_an_external_id_belongs_to_its_team(bank: Bank) -> None:
    both = make_bank("Acme Bank", "us", "ng")
    for pack in ("us", "ng"):
        answer = both.callers[pack].evaluate(externalId="a", customerId=f"customer of {pack}")
        assert answer.status == 200
        assert "idempotent" not in answer.body


def test_an_error_of_our_own_is_never_an_answer_to_keep(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*arguments: object) -> None:
        raise RuntimeError("of our own")

    with monkeypatch.context() as patched:
        patched.setattr(story, "writes_of", fails)
        assert bank.callers["us"].evaluate(externalId="a").status == 500
    assert stored(bank, "us") == NOTHING
    answer = bank.callers["us"].evaluate(externalId="a")
    assert answer.status == 200
    assert "idempotent" not in answer.body
    assert stored(bank, "us") == ONE_PASS


def test_a_refused_body_does_not_take_its_external_id(bank: Bank) -> None:
    assert bank.callers["us"].evaluate(externalId="a", currency="XXZ").status == 400
    assert "idempotent" not in bank.callers["us"].evaluate(externalId="a").body


def test_a_batch_with_the_same_payment_twice_decides_it_once(bank: Bank) -> None:
    body = payment(externalId="a", amount=10_000, counterpartyAccount="1")
    answer = bank.callers["us"].post(BATCH, {"batch": [body, body, body]})
    first, *others = answer.data
    assert "idempotent" not in first
    assert all(item == {**first, "idempotent": True} for item in others)
    assert stored(bank, "us").transactions == 1
    assert stored(bank, "us").alerts == 1


def test_a_batch_with_one_external_id_for_two_bodies_refuses_the_second_in_its_place(bank: Bank) -> None:
    items = [payment(externalId="a"), payment(externalId="a", amount=7), payment(externalId="b")]
    answer = bank.callers["us"].post(BATCH, {"batch": items})
    assert [item["ok"] for item in answer.data] == [True, False, True]
    assert answer.data[1]["error"]["code"] == "externalId_reused"
    assert answer.data[1]["error"]["status"] == 422
    assert stored(bank, "us").transactions == 2


def test_a_batch_sent_again_is_replayed_as_a_whole(bank: Bank) -> None:
    items = [payment(externalId=str(number), customerId=f"customer-{number % 3}") for number in range(30)]
    first = bank.callers["us"].post(BATCH, {"batch": items})
    before = stored(bank, "us")
    again = bank.callers["us"].post(BATCH, {"batch": items})
    assert again.data == [{**item, "idempotent": True} for item in first.data]
    assert stored(bank, "us") == before


def test_a_payment_of_a_batch_is_known_to_a_single_call_and_the_other_way_round(bank: Bank) -> None:
    acme = bank.callers["us"]
    in_batch = acme.post(BATCH, {"batch": [payment(externalId="a")]}).data[0]
    assert acme.evaluate(externalId="a").body == {**in_batch, "idempotent": True}
    single = acme.evaluate(externalId="b").body
    assert acme.post(BATCH, {"batch": [payment(externalId="b")]}).data[0] == {**single, "idempotent": True}


def test_another_process_knows_the_decision(bank: Bank, live_server_process: str) -> None:
    first = bank.callers["us"].evaluate(externalId="a")
    replay = post(live_server_process, bank.callers["us"].key, payment(externalId="a"))
    assert replay.body == {**first.body, "idempotent": True}
    assert len(evaluations(bank, "us")) == 1
