"""Many requests at once against a real server of two processes: nothing is lost, doubled, or made to wait in vain."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import psycopg

from ratel.sealing import blind_index
from tests.cast import Bank, make_bank, payment
from tests.evaluate.rules import COUNTER, add_rules
from tests.evaluate.stored import ONE_PASS, Stored, stored
from tests.evaluate.wire import BATCH, at_once, post


def key_of(bank: Bank, pack: str) -> str:
    key = bank.callers[pack].key
    assert key is not None
    return key


def test_fifty_identical_requests_at_once_are_one_transaction_one_alert_and_fifty_equal_answers(
    live_server_process: str,
) -> None:
    bank = make_bank("Acme Bank", "id")
    body = payment(amount=500_000_000, externalId="the-same")

    answers = at_once([partial(post, live_server_process, key_of(bank, "id"), body)] * 50)

    assert {answer.status for answer in answers} == {200}
    assert [answer.body.pop("idempotent", False) for answer in answers].count(False) == 1
    assert all(answer.body == answers[0].body for answer in answers)
    assert answers[0].data["riskScore"] == 45
    assert stored(bank, "id") == Stored(
        transactions=1, evaluations=1, customers=1, external_ids=1, alerts=1, links=1, events=1, decisions=1
    )


def test_forty_different_requests_of_one_customer_at_once_are_counted_one_to_forty(
    live_server_process: str,
) -> None:
    bank = make_bank("Acme Bank", "id")
    add_rules(bank, "id", COUNTER)
    address = "/api/transactions/evaluate?include=layers"
    bodies = [payment(amount=1000 + number, externalId=f"payment-{number}") for number in range(40)]

    answers = at_once(
        [partial(post, live_server_process, key_of(bank, "id"), body, address) for body in bodies]
    )

    assert {answer.status for answer in answers} == {200}
    seen = sorted(
        int(line.split()[0]) for answer in answers for line in answer.data["explanation"] if "seen" in line
    )
    assert seen == list(range(1, 41))
    codes = Counter(hit["ruleCode"] for answer in answers for hit in answer.data["hits"])
    assert codes["VELOCITY_24H"] == 20
    assert stored(bank, "id").transactions == 40


def test_forty_requests_of_one_customer_without_external_ids_are_counted_one_to_forty(
    live_server_process: str,
) -> None:
    bank = make_bank("Acme Bank", "id")
    answers = at_once([partial(post, live_server_process, key_of(bank, "id"), payment())] * 40)
    codes = Counter(hit["ruleCode"] for answer in answers for hit in answer.data["hits"])
    assert codes["VELOCITY_24H"] == 20
    assert stored(bank, "id").transactions == 40


def test_of_two_customers_that_race_with_one_external_id_exactly_one_wins(live_server_process: str) -> None:
    bank = make_bank("Acme Bank", "us")
    calls = [
        partial(
            post,
            live_server_process,
            key_of(bank, "us"),
            payment(customerId=f"{who}-{number}", externalId=str(number)),
        )
        for number in range(15)
        for who in ("siti", "budi")
    ]
    answers = at_once(calls)

    for pair in zip(answers[::2], answers[1::2], strict=True):
        assert sorted(answer.status for answer in pair) == [200, 422]
        loser = next(answer for answer in pair if answer.status == 422)
        assert loser.error["code"] == "externalId_reused"
    assert stored(bank, "us") - Stored(*[15 * n for n in (1, 1, 1, 1, 0, 0, 0, 0, 0, 1)]) == Stored()


def test_two_batches_in_opposite_orders_do_not_stop_each_other(live_server_process: str) -> None:
    """Both touch the same customers and external ids: locks are taken in one order for everybody."""
    bank = make_bank("Acme Bank", "us")
    items = [payment(customerId=f"customer-{number}", externalId=str(number)) for number in range(60)]
    calls = [
        partial(post, live_server_process, key_of(bank, "us"), {"batch": batch}, BATCH)
        for batch in (items, items[::-1], items[30:] + items[:30], items)
    ]
    answers = at_once(calls)

    assert {answer.status for answer in answers} == {200}
    results = [item for answer in answers for item in answer.data]
    assert all(item["ok"] for item in results)
    assert sum("idempotent" not in item for item in results) == 60
    assert stored(bank, "us").transactions == 60


def test_requests_of_different_customers_never_wait_for_each_other(
    live_server_process: str, owner_connection: psycopg.Connection
) -> None:
    bank = make_bank("Acme Bank", "us")
    lock = blind_index(bank.teams["us"].id.bytes, "siti")
    key = key_of(bank, "us")
    post(live_server_process, key, payment(customerId="budi"))

    with ThreadPoolExecutor(1) as thread:
        with owner_connection.transaction():
            owner_connection.execute("SELECT pg_advisory_xact_lock(%s)", [lock])
            waiting = thread.submit(post, live_server_process, key, payment(customerId="siti"))
            for number in range(8):
                answer = post(live_server_process, key, payment(customerId=f"customer-{number}"))
                assert answer.status == 200
                assert not waiting.done()
        assert waiting.result(timeout=30).status == 200
    assert stored(bank, "us").transactions == 10


def test_a_customer_who_is_held_for_too_long_is_answered_with_503_and_nothing_is_stored(
    live_server_process: str, owner_connection: psycopg.Connection
) -> None:
    bank = make_bank("Acme Bank", "us")
    lock = blind_index(bank.teams["us"].id.bytes, "siti")
    with owner_connection.transaction():
        owner_connection.execute("SELECT pg_advisory_xact_lock(%s)", [lock])
        answer = post(live_server_process, key_of(bank, "us"), payment(customerId="siti", externalId="a"))
    assert answer.status == 503
    assert answer.headers["Retry-After"] == "1"
    assert answer.error["code"] == "unavailable"
    assert stored(bank, "us") == Stored()

    assert (
        post(live_server_process, key_of(bank, "us"), payment(customerId="siti", externalId="a")).status
        == 200
    )
    assert stored(bank, "us") == ONE_PASS
