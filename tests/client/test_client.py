"""Either client against the running server: typed results, repeats that never decide twice, named errors."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest
from ratel_client import (
    Alert,
    AsyncRatelClient,
    EntityRisk,
    Invalid,
    NotFound,
    RateLimited,
    Retries,
    Unauthenticated,
    Unavailable,
    Unprocessable,
    Unreadable,
)

from screening.models import Evaluation
from tests.cast import Bank, make_bank
from tests.client.conftest import QUICK

PAYMENT = {"customerId": "c-1", "direction": "debit", "amount": Decimal("125.50"), "channel": "mobile_app"}
REJECTED = {**PAYMENT, "kycStatus": "rejected"}
NOBODY = "http://127.0.0.1:9"


def between_entities(number: str, **fields: Any) -> dict[str, Any]:
    return {
        "transaction_id": number,
        "amount": 10,
        "sender": {"entity_id": "s"},
        "receiver": {"entity_id": "r"},
        **fields,
    }


def evaluations(bank: Bank) -> int:
    with bank.seeing("ng"):
        return Evaluation.objects.count()


# -- What each method gives


def test_a_decision_is_typed_and_adds_up(client):
    decision = client.evaluate(**REJECTED, include_layers=True)
    assert decision.decision == "escalate"
    assert decision.blocked is True
    assert decision.may_go_on is False
    assert decision.alert_id.startswith("alt_")
    assert isinstance(decision.risk_score, Decimal)
    assert len(decision.raw["layers"]) == 6
    assert decision.external_id


def test_the_entity_based_call_says_that_it_was_asked_before(client, opener):
    payment = between_entities(f"asked-{opener.__name__}")
    screening = client.screen_transaction(**payment)
    assert screening.decision in {"APPROVE", "REVIEW", "DECLINE"}
    assert screening.replayed is False
    assert client.screen_transaction(**payment).replayed is True


def test_the_risk_of_an_entity(client, opener):
    entity = f"risky/{opener.__name__} %41"
    client.screen_transaction(**between_entities(f"risk-{opener.__name__}", sender={"entity_id": entity}))
    risk = client.entity_risk(entity)
    assert isinstance(risk, EntityRisk)
    assert (risk.entity_id, risk.factors["velocity_90d"]) == (entity, 1)
    with pytest.raises(NotFound):
        client.entity_risk("nobody at all")


def test_alerts_are_typed_filtered_and_come_in_pages(opener, between):
    (caller,) = make_bank("Alerting Bank", "id").callers.values()
    large = {"direction": "credit", "amountIdr": 600_000_000, "channel": "transfer", "isCrossBorder": True}
    with opener(between.address, caller.key, retries=QUICK) as client:
        made = [client.evaluate(customerId=f"alerting-{n}", **large) for n in range(3)]
        found, cursor = [], {}
        while True:
            page = client.alerts(limit=1, **cursor)
            assert len(page) == 1
            found += page
            if page.next_cursor is None:
                break
            cursor = {"cursor": page.next_cursor}
        assert [alert.id for alert in found] == [one.alert_id for one in reversed(made)]
        for alert, decision in zip(found, reversed(made), strict=True):
            assert isinstance(alert, Alert)
            assert alert.status == "open"
            assert alert.risk_score == decision.risk_score
            assert alert.hits == decision.hits != ()
            assert alert.raw["id"] == alert.id
        (only,) = client.alerts(customerId="alerting-1")
        assert (only.customer_id, only.id) == ("alerting-1", made[1].alert_id)
        with pytest.raises(Invalid) as raised:
            client.alerts(colour="red")
    assert raised.value.problems[0].path == "colour"


# -- Repeats


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
    assert between.passed == 2
    assert evaluations(bank) - before == 2
    assert [item.evaluation is not None for item in items] == [True, False, True]
    assert items[1].code == "invalid"
    assert items[1].problems[0].path == "direction"


def test_the_entity_based_call_under_dropped_answers_decides_once(bank, between, client, opener):
    between.drops_every_other = True
    before = evaluations(bank)
    answers = [client.screen_transaction(**between_entities(f"drop-{opener.__name__}-{n}")) for n in range(5)]
    assert evaluations(bank) - before == 5
    assert between.passed == 10
    # The first answer was lost each time, so what arrives is the stored one.
    assert [one.replayed for one in answers] == [True] * 5


def test_what_is_only_read_is_asked_again(between, client, opener):
    between.drops_every_other = True
    sender = f"read-{opener.__name__}"
    client.screen_transaction(**between_entities(sender, sender={"entity_id": sender}))
    assert client.entity_risk(sender).entity_id == sender
    assert client.alerts(customerId=sender) is not None
    assert between.passed == 6


def test_twenty_tasks_at_once_decide_twenty_payments(bank, between, key):
    between.drops_every_other = True
    before = evaluations(bank)

    async def twenty():
        # Whose answer is dropped is chance here, so that a payment may be unlucky more than once.
        patient = Retries(attempts=20, first_wait_seconds=0.01, longest_wait_seconds=0.05)
        async with AsyncRatelClient(between.address, key, retries=patient) as client:
            calls = [client.evaluate(**{**PAYMENT, "customerId": f"a-{n}"}) for n in range(20)]
            return await asyncio.gather(*calls)

    decisions = asyncio.run(twenty())
    assert all(decision.decision for decision in decisions)
    assert evaluations(bank) - before == 20


# -- Waits


@pytest.fixture
def waits() -> list[float]:
    return []


def test_retry_after_is_honoured(opener, between, key, waits):
    between.answers = [(429, {"Retry-After": "7"}, b"{}"), (503, {"Retry-After": "2"}, b"{}")]
    with opener(between.address, key, sleep=waits.append) as client:
        assert client.evaluate(**PAYMENT).decision
    assert waits == [7.0, 2.0]


def test_without_it_waits_double_with_jitter_up_to_the_longest(opener, between, key, waits):
    between.answers = [(503, {}, b"{}")] * 5
    with opener(between.address, key, sleep=waits.append, retries=Retries(6, 1.0, 5.0)) as client:
        client.evaluate(**PAYMENT)
    assert len(waits) == 5
    for wait, longest in zip(waits, [1, 2, 4, 5, 5], strict=True):
        assert longest / 2 <= wait <= longest


def test_a_wait_that_is_too_long_is_not_waited(opener, between, key, waits):
    between.answers = [(429, {"Retry-After": "3600"}, b'{"ok":false,"error":{"detail":"slow down"}}')]
    with opener(between.address, key, sleep=waits.append) as client, pytest.raises(RateLimited) as raised:
        client.evaluate(**PAYMENT)
    assert raised.value.retry_after_seconds == 3600
    assert waits == []


def test_after_the_last_attempt_the_error_is_raised(opener, between, key, waits):
    between.answers = [(500, {}, b"oops")] * 3
    retries = Retries(attempts=3)
    with (
        opener(between.address, key, sleep=waits.append, retries=retries) as client,
        pytest.raises(Unavailable) as raised,
    ):
        client.evaluate(**PAYMENT)
    assert raised.value.status == 500
    assert len(waits) == 2


def test_nobody_at_the_address(opener):
    with (
        opener(NOBODY, "rk_live_x", retries=Retries(attempts=1)) as client,
        pytest.raises(Unavailable) as raised,
    ):
        client.evaluate(**PAYMENT)
    assert raised.value.status is None


# -- Errors


def test_what_is_wrong_is_not_repeated_and_named(between, client, opener):
    with pytest.raises(Invalid) as raised:
        client.evaluate(customerId="c", direction="sideways", amount=1, channel="x")
    assert raised.value.problems[0].path == "direction"
    assert raised.value.request_id.startswith("req_")
    assert between.passed == 1
    same = f"same-{opener.__name__}"
    client.evaluate(**PAYMENT, externalId=same)
    with pytest.raises(Unprocessable) as raised:
        client.evaluate(**{**PAYMENT, "amount": 1}, externalId=same)
    assert raised.value.code == "externalId_reused"


def test_fields_with_the_names_of_python_are_fields_like_others(client):
    with pytest.raises(Invalid) as raised:
        client.evaluate(**PAYMENT, self=1)
    assert raised.value.problems[0].path == "self"


def test_a_wrong_key(opener, between):
    with opener(between.address, "rk_live_wrong") as client, pytest.raises(Unauthenticated):
        client.evaluate(**PAYMENT)


@pytest.mark.parametrize("body", [b"<html>sign in to the network</html>", b"[]", b'{"data": {}}', b"\xff"])
def test_a_good_status_with_somebody_elses_body_is_named(client, between, body):
    between.answers = [(200, {}, body)]
    with pytest.raises(Unreadable):
        client.evaluate(**PAYMENT)


@pytest.mark.parametrize("key", ["", "rk_live_x\n", "rk live", "rk_live_\N{KELVIN SIGN}"])
def test_a_text_that_cannot_be_a_key_is_refused_before_anything_is_sent(opener, key):
    with pytest.raises(ValueError, match="API key"), opener(NOBODY, key, retries=QUICK):
        pass


@pytest.mark.parametrize(
    "address",
    ["", "ratel.example", "ftp://ratel.example", "http://", "https://r x/", "http://r:x", "http://r\n"],
)
def test_a_text_that_cannot_be_an_address_is_refused(opener, address):
    with pytest.raises(ValueError, match="address"), opener(address, "rk_live_x", retries=QUICK):
        pass


def test_a_number_that_json_does_not_have_is_refused_here(client, between):
    with pytest.raises(ValueError, match="JSON"):
        client.evaluate(**{**PAYMENT, "amount": float("nan")})
    assert between.passed == 0


def test_a_slash_at_the_end_of_the_address_changes_nothing(opener, between, key):
    with opener(between.address + "/", key, retries=QUICK) as client:
        assert client.evaluate(**PAYMENT).decision
