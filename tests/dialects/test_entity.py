"""The entity-based dialect: the page's example as it stands, decisions, replays by id and time, errors."""

from typing import Any

import pytest

from tests.cast import Answer, Bank
from tests.dialects.mistakes import ENTITY

PATH = "/v1/transactions/screen"


def sent(number: str, **fields: Any) -> dict[str, Any]:
    """The page's example, of entities of this test's own."""
    body = {
        "transaction_id": f"txn_{number}",
        "amount": 9850.00,
        "currency": "USD",
        "timestamp": "2025-09-03T14:23:45Z",
        "sender": {"entity_id": f"ent_sender_{number}", "account_id": "acc_789"},
        "receiver": {"entity_id": "ent_receiver_321", "account_id": "acc_654"},
        "metadata": {"channel": "mobile", "ip_address": "192.0.2.1", "device_id": "dev_xyz"},
        **fields,
    }
    return {name: value for name, value in body.items() if value is not None}


def screen(bank: Bank, number: str, pack: str = "us", **fields: Any) -> Answer:
    return bank.callers[pack].post(PATH, sent(number, **fields))


def test_the_example_of_the_page_is_answered_in_its_shape(bank, number):
    answer = screen(bank, number)
    assert answer.status == 200
    assert set(answer.body) == {"risk_score", "risk_level", "decision", "explanation", "case_id"}
    assert set(answer.body["explanation"]) == {"primary_factors"}
    assert answer.body["decision"] in {"APPROVE", "REVIEW", "DECLINE"}
    assert answer.body["case_id"] is None
    assert "Idempotent-Replayed" not in answer.headers


def test_an_escalated_payment_is_declined_and_has_a_case(bank, number):
    # Cross-border facts are not this dialect's: the sender's bad standing comes from the customer's profile.
    caller = bank.callers["ng"]
    caller.evaluate(customerId=f"ent_sender_{number}", kycStatus="rejected")
    answer = screen(bank, number, "ng", currency="NGN", timestamp=None)
    assert answer.body["decision"] == "DECLINE"
    assert answer.body["case_id"].startswith("cas_")
    assert any("KYC status is rejected" in line for line in answer.body["explanation"]["primary_factors"])


def test_only_ids_and_the_amount_are_required(bank, number):
    answer = bank.callers["us"].post(
        PATH,
        {
            "transaction_id": f"bare-{number}",
            "amount": 5,
            "sender": {"entity_id": f"s-{number}"},
            "receiver": {"entity_id": "r"},
        },
    )
    assert answer.status == 200


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"transaction_id": None}, "transaction_id"),
        ({"amount": None}, "amount"),
        ({"sender": None}, "sender"),
        ({"receiver": {"account_id": "acc"}}, "receiver.entity_id"),
        ({"sender": {"entity_id": ""}}, "sender.entity_id"),
        ({"amount": -1}, "amount"),
        ({"amount": True}, "amount"),
        ({"currency": "usdollar"}, "currency"),
        ({"timestamp": "yesterday"}, "timestamp"),
        ({"metadata": {"ip_address": "999.1.1.1"}}, "metadata.ip_address"),
        ({"metadata": []}, "metadata"),
    ],
)
def test_a_mistake_is_named_with_its_path(bank, number, fields, path):
    answer = screen(bank, number, **fields)
    assert answer.status == 400
    assert [one["path"] for one in answer.body["details"]] == [path]


def test_every_mistake_is_named_at_once(bank):
    paths, body = ENTITY.one_each()
    answer = bank.callers["us"].post(PATH, body)
    assert answer.status == 400
    assert sorted(one["path"] for one in answer.body["details"]) == sorted(paths)
    assert all(set(one) == {"path", "message"} for one in answer.body["details"])


def test_a_wrong_form_hides_no_wrong_value(bank, number):
    answer = screen(
        bank,
        number,
        transaction_id=None,
        currency="XXQ",
        timestamp="2999-01-01T00:00:00Z",
        receiver=None,
        metadata={"ip_address": "999.1.1.1"},
    )
    assert answer.status == 400
    assert [one["path"] for one in answer.body["details"]] == [
        "transaction_id", "receiver", "currency", "metadata.ip_address", "timestamp",
    ]  # fmt: skip


def test_a_replay_is_answered_with_the_cached_result_and_a_header(bank, number):
    first, second = screen(bank, number), screen(bank, number)
    assert second.status == 200
    assert second.body == first.body
    assert second.headers["Idempotent-Replayed"] == "true"


def test_the_same_id_at_another_time_is_another_payment(bank, number):
    screen(bank, number)
    other = screen(bank, number, timestamp="2025-09-03T14:23:46Z")
    assert other.status == 200
    assert "Idempotent-Replayed" not in other.headers


def test_without_a_time_the_id_alone_tells(bank, number):
    screen(bank, number, timestamp=None)
    again = screen(bank, number, timestamp=None)
    assert again.headers["Idempotent-Replayed"] == "true"
    other = screen(bank, number, timestamp=None, amount=1)
    assert other.status == 422
    assert other.body["error"] == "externalId_reused"


def test_currency_is_the_teams_unless_said(bank, number):
    from screening.models import Transaction

    screen(bank, number, "id", currency=None)
    with bank.seeing("id"):
        assert Transaction.objects.get(external_id=f"txn_{number}").currency == "IDR"


def test_the_score_ends_at_100(bank, number):
    answer = bank.callers["id"].post(
        PATH,
        sent(number, currency="IDR", amount=900_000_000, timestamp=None, metadata={"channel": "cash"}),
    )
    assert 0 <= answer.body["risk_score"] <= 100


def test_names_of_both_parties_are_screened_when_given(bank, number):
    named = screen(
        bank, number, sender={"entity_id": f"n-{number}", "name": "Jane Q Public"},
        receiver={"entity_id": "r", "name": "John Nobody"},
    )  # fmt: skip
    assert named.status == 200


def test_what_the_page_does_not_name_is_kept(bank, number):
    import msgspec

    from ratel.sealing import unseal
    from screening.models import Transaction
    from screening.transaction import Transaction as Canonical

    screen(
        bank, number, purpose="stock", sender={"entity_id": f"k-{number}", "tier": 3},
        metadata={"channel": "Mobile", "basket": 7},
    )  # fmt: skip
    with bank.seeing("us"):
        stored = Transaction.objects.get(external_id=f"txn_{number}")
    kept = msgspec.json.decode(unseal(bytes(stored.sealed_input), stored.id.bytes), type=Canonical)
    assert kept.attributes == {"purpose": "stock", "sender": {"tier": 3}, "basket": 7}
    assert kept.channel == "mobile"
    assert kept.counterparty.entity_id == "ent_receiver_321"
