"""The Python client against the running server: typed results, repeats that never decide twice, named errors."""

import asyncio
import io
import json
from decimal import Decimal

import pytest
from ratel_client import (
    AsyncRatelClient,
    Invalid,
    RatelClient,
    RateLimited,
    Retries,
    Unauthenticated,
    Unavailable,
    Unprocessable,
)
from ratel_client.command import main

from screening.models import Evaluation
from tests.cast import Bank, make_bank
from tests.client.dropping import Dropping, dropping
from tests.evaluate.lists import load_demo_list
from tests.server import running

QUICK = Retries(attempts=6, first_wait_seconds=0.01, longest_wait_seconds=0.05)
PAYMENT = {"customerId": "c-1", "direction": "debit", "amount": Decimal("125.50"), "channel": "mobile_app"}
REJECTED = {**PAYMENT, "kycStatus": "rejected"}


@pytest.fixture(scope="module")
def bank() -> Bank:
    load_demo_list()
    return make_bank("Client Bank", "ng")


@pytest.fixture(scope="module")
def address(bank, tmp_path_factory):
    with running(tmp_path_factory.mktemp("server") / "web.log") as url:
        yield url


@pytest.fixture
def between(address):
    with dropping(address) as server:
        yield server


@pytest.fixture
def client(bank, between):
    with RatelClient(between.address, bank.callers["ng"].key, retries=QUICK) as client:
        yield client


def evaluations(bank: Bank) -> int:
    with bank.seeing("ng"):
        return Evaluation.objects.count()


def test_a_decision_is_typed_and_adds_up(bank, client):
    decision = client.evaluate(**REJECTED, include_layers=True)
    assert decision.decision == "escalate"
    assert decision.blocked is True
    assert decision.may_go_on is False
    assert decision.alert_id.startswith("alt_")
    assert isinstance(decision.risk_score, Decimal)
    assert len(decision.raw["layers"]) == 6
    assert decision.external_id


def test_repeats_under_dropped_answers_decide_each_payment_once(bank, between, client):
    between.drops_every_other = True
    before = evaluations(bank)
    decisions = [client.evaluate(**PAYMENT) for _ in range(20)]
    assert evaluations(bank) - before == 20
    assert between.passed > 20
    assert len({decision.external_id for decision in decisions}) == 20


def test_a_batch_under_dropped_answers_decides_each_payment_once(bank, between, client):
    between.drops_every_other = True
    before = evaluations(bank)
    items = client.evaluate_batch([PAYMENT, {**PAYMENT, "direction": "sideways"}, PAYMENT])
    assert evaluations(bank) - before == 2
    assert [item.evaluation is not None for item in items] == [True, False, True]
    assert items[1].code == "invalid"
    assert items[1].problems[0].path == "direction"


def test_the_entity_based_call(client):
    screening = client.screen_transaction(
        transaction_id="t-1", amount=10, sender={"entity_id": "s"}, receiver={"entity_id": "r"}
    )
    assert screening.decision in {"APPROVE", "REVIEW", "DECLINE"}
    assert screening.replayed is False
    again = client.screen_transaction(
        transaction_id="t-1", amount=10, sender={"entity_id": "s"}, receiver={"entity_id": "r"}
    )
    assert again.replayed is True


def slept(bank: Bank, between: Dropping, **options) -> tuple[RatelClient, list[float]]:
    waits: list[float] = []
    return RatelClient(between.address, bank.callers["ng"].key, sleep=waits.append, **options), waits


def test_retry_after_is_honoured(bank, between):
    client, waits = slept(bank, between)
    between.answers = [(429, {"Retry-After": "7"}, b"{}"), (503, {"Retry-After": "2"}, b"{}")]
    with client:
        assert client.evaluate(**PAYMENT).decision
    assert waits == [7.0, 2.0]


def test_without_it_waits_double_with_jitter_up_to_the_longest(bank, between):
    client, waits = slept(bank, between, retries=Retries(6, 1.0, 5.0))
    between.answers = [(503, {}, b"{}")] * 5
    with client:
        client.evaluate(**PAYMENT)
    assert len(waits) == 5
    for wait, longest in zip(waits, [1, 2, 4, 5, 5], strict=True):
        assert longest / 2 <= wait <= longest


def test_a_wait_that_is_too_long_is_not_waited(bank, between):
    client, waits = slept(bank, between)
    between.answers = [(429, {"Retry-After": "3600"}, b'{"ok":false,"error":{"detail":"slow down"}}')]
    with client, pytest.raises(RateLimited) as raised:
        client.evaluate(**PAYMENT)
    assert raised.value.retry_after_seconds == 3600
    assert waits == []


def test_after_the_last_attempt_the_error_is_raised(bank, between):
    client, waits = slept(bank, between, retries=Retries(attempts=3))
    between.answers = [(500, {}, b"oops")] * 3
    with client, pytest.raises(Unavailable) as raised:
        client.evaluate(**PAYMENT)
    assert raised.value.status == 500
    assert len(waits) == 2


def test_nobody_at_the_address(bank):
    with (
        RatelClient("http://127.0.0.1:9", "rk_live_x", retries=Retries(attempts=1)) as client,
        pytest.raises(Unavailable) as raised,
    ):
        client.evaluate(**PAYMENT)
    assert raised.value.status is None


def test_what_is_wrong_is_not_repeated_and_named(bank, between, client):
    with pytest.raises(Invalid) as raised:
        client.evaluate(customerId="c", direction="sideways", amount=1, channel="x")
    assert raised.value.problems[0].path == "direction"
    assert raised.value.request_id.startswith("req_")
    assert between.passed == 1
    client.evaluate(**PAYMENT, externalId="same")
    with pytest.raises(Unprocessable) as raised:
        client.evaluate(**{**PAYMENT, "amount": 1}, externalId="same")
    assert raised.value.code == "externalId_reused"


def test_a_wrong_key(between):
    with RatelClient(between.address, "rk_live_wrong") as client, pytest.raises(Unauthenticated):
        client.evaluate(**PAYMENT)


def test_the_same_for_tasks(bank, between):
    between.drops_every_other = True
    before = evaluations(bank)

    async def twenty():
        key = bank.callers["ng"].key
        async with AsyncRatelClient(between.address, key, retries=QUICK) as client:
            calls = [client.evaluate(**{**PAYMENT, "customerId": f"a-{n}"}) for n in range(20)]
            return await asyncio.gather(*calls)

    decisions = asyncio.run(twenty())
    assert all(decision.decision for decision in decisions)
    assert evaluations(bank) - before == 20


@pytest.fixture
def shell(bank, address, monkeypatch):
    monkeypatch.setenv("RATEL_BASE_URL", address)
    monkeypatch.setenv("RATEL_API_KEY", bank.callers["ng"].key)


def lines(capsys) -> list[dict]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize("command", ["evaluate", "batch"])
def test_payments_of_a_file_are_decided(shell, command, tmp_path, capsys):
    file = tmp_path / "payments.jsonl"
    good = {**PAYMENT, "amount": 5, "externalId": f"file-{command}"}
    file.write_text(json.dumps(good) + "\n\n" + json.dumps({**good, "direction": "up"}) + "\n")
    assert main([command, str(file)]) == 1
    decided, refused = lines(capsys)
    assert decided["externalId"] == f"file-{command}"
    assert decided["decision"]
    assert refused["refused"] == "invalid"
    assert refused["problems"][0]["path"] == "direction"


def test_payments_may_come_from_the_input(shell, capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps({**PAYMENT, "amount": 5}) + "\n"))
    assert main(["evaluate", "-"]) == 0
    assert lines(capsys)[0]["decision"]


def test_alerts_are_shown_as_they_come(shell, client, capsys):
    alert = client.evaluate(**REJECTED).alert_id
    assert main(["tail", "--once"]) == 0
    assert alert in [one["id"] for one in lines(capsys)]


def test_a_refusal_ends_with_its_problems(shell, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("RATEL_API_KEY", "rk_live_wrong")
    file = tmp_path / "payments.jsonl"
    file.write_text(json.dumps({**PAYMENT, "amount": 5}))
    assert main(["evaluate", str(file)]) == 1
    assert "401" in capsys.readouterr().err
