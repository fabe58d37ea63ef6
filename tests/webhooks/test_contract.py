"""From a decision to the receiver: what arrives over a real connection is what the contract says, and verifies."""

import subprocess
from datetime import timedelta

import jsonschema_rs
import pytest
from standardwebhooks.webhooks import Webhook

from tests.evaluate.lists import SANCTIONED
from tests.webhooks.desk import Call, Desk, Reply
from tests.webhooks.stored import DEAD_LETTERS, DELIVERIES, ENDPOINTS, new_endpoint
from webhooks.events import CATALOGUE, LARGEST_BODY_BYTES, NAMES
from webhooks.signing import NotGenuine, body_signature, verify


@pytest.fixture
def endpoint(desk: Desk) -> dict[str, str]:
    """Takes everything, and was not marked by an officer."""
    return new_endpoint(desk.bank.callers["us"], url=desk.receiver.url, events=list(NAMES))


def decide(desk: Desk) -> None:
    """A payment to somebody on a list: an alert, a case and a report."""
    answer = desk.bank.callers["us"].evaluate(
        counterpartyName=SANCTIONED, amount=20_000, externalId="payment-1"
    )
    assert answer.data["alertId"]


def genuine(call: Call, secret: str, desk: Desk) -> bool:
    try:
        verify(body=call.body, headers=call.headers, secrets=[secret], now=desk.clock())
    except NotGenuine:
        return False
    return True


def test_every_event_of_a_decision_arrives_as_the_contract_says(desk: Desk, endpoint: dict[str, str]) -> None:
    decide(desk)
    desk.deliver()
    assert {"alert.created", "alert.escalated", "case.created"} <= {
        call.event["event"] for call in desk.receiver.calls
    }
    for call in desk.receiver.calls:
        event = call.event
        assert set(event) == {"id", "event", "occurredAt", "orgId", "teamId", "sequence", "data"}
        assert event["event"] == call.headers["X-Ratel-Event"]
        assert event["id"] == call.headers["webhook-id"]
        assert event["teamId"] == str(desk.bank.teams["us"].id)
        assert len(call.body) <= LARGEST_BODY_BYTES
        assert SANCTIONED not in call.body.decode()
        jsonschema_rs.validate(CATALOGUE[event["event"]].data, event["data"])
        assert genuine(call, endpoint["secret"], desk)


def test_the_published_library_and_openssl_verify_what_arrives(desk: Desk, endpoint: dict[str, str]) -> None:
    decide(desk)
    desk.deliver()
    assert desk.receiver.calls != []
    for call in desk.receiver.calls:
        Webhook(endpoint["secret"]).verify(call.body, call.headers)
        said = subprocess.run(
            ["openssl", "dgst", "-sha256", "-hmac", endpoint["secret"]],
            input=call.body,
            capture_output=True,
            check=True,
        )
        assert call.headers["X-Ratel-Signature"] == "sha256=" + said.stdout.decode().split("= ")[1].strip()


def test_while_a_secret_is_rotated_out_both_verify_and_then_only_the_new_one(
    desk: Desk, endpoint: dict[str, str]
) -> None:
    path = f"{ENDPOINTS}/{endpoint['id']}/rotate"
    new = desk.bank.callers["us"].post(path, {"overlapSeconds": 60}).data["secret"]
    desk.emit()
    desk.deliver()
    during = desk.receiver.calls[-1]
    assert genuine(during, endpoint["secret"], desk)
    assert genuine(during, new, desk)
    assert during.headers["X-Ratel-Signature"].split(",") == [
        body_signature(new, during.body),
        body_signature(endpoint["secret"], during.body),
    ]
    desk.clock.move(seconds=61)
    desk.emit()
    desk.deliver()
    after = desk.receiver.calls[-1]
    assert genuine(after, new, desk)
    assert not genuine(after, endpoint["secret"], desk)
    assert after.headers["X-Ratel-Signature"] == body_signature(new, after.body)


def test_a_delivery_is_the_same_bytes_under_the_same_id_at_every_attempt(
    desk: Desk, endpoint: dict[str, str]
) -> None:
    desk.receiver.reply = lambda call: Reply(500, b"not now")
    desk.emit()
    for _ in range(3):
        desk.deliver()
        desk.clock.move(seconds=81)
    assert [call.attempt for call in desk.receiver.calls] == [1, 2, 3]
    assert len({call.body for call in desk.receiver.calls}) == 1
    assert len({call.headers["webhook-id"] for call in desk.receiver.calls}) == 1
    assert len({call.headers["webhook-signature"] for call in desk.receiver.calls}) == 3
    shown = desk.bank.callers["us"].get(f"{DELIVERIES}?endpointId={endpoint['id']}").data[0]
    whole = desk.bank.callers["us"].get(f"{DELIVERIES}/{shown['id']}").data
    assert whole["request"]["body"].encode() == desk.receiver.calls[0].body
    assert [one["response"] for one in whole["attemptLog"]] == ["not now"] * 3
    assert (whole["status"], whole["attempts"], whole["lastStatusCode"]) == ("pending", 3, 500)


def test_what_tells_of_a_report_goes_only_where_an_officer_has_marked(
    desk: Desk, endpoint: dict[str, str]
) -> None:
    caller = desk.bank.callers["us"]
    marked = new_endpoint(
        caller, url=f"{desk.receiver.url}/marked", events=["sar.drafted"], confidential=True
    )
    desk.emit("sar.drafted")
    desk.emit("alert.created")
    desk.deliver()
    assert [(call.path, call.event["event"]) for call in desk.receiver.calls if call.path == "/marked"] == [
        ("/marked", "sar.drafted")
    ]
    assert {call.event["event"] for call in desk.receiver.calls if call.path != "/marked"} == {
        "alert.created"
    }
    assert marked["confidential"] is True
    assert caller.get(f"{ENDPOINTS}/{endpoint['id']}/deliveries?event=sar.drafted").data == []


def test_a_dead_letter_that_is_replayed_arrives_under_its_old_id(
    desk: Desk, endpoint: dict[str, str]
) -> None:
    caller = desk.bank.callers["us"]
    desk.receiver.reply = lambda call: Reply(500)
    desk.emit()
    for _ in range(6):
        desk.deliver()
        desk.clock.move(seconds=89)
    desk.deliver()
    (letter,) = caller.get(f"{DEAD_LETTERS}?endpointId={endpoint['id']}&status=open").data
    assert (letter["attempts"], letter["lastStatusCode"]) == (5, 500)
    desk.receiver.reply = lambda call: Reply(200)
    caller.post(f"{ENDPOINTS}/{endpoint['id']}/resume")
    desk.clock.now += timedelta(minutes=2)
    assert caller.post(f"{DEAD_LETTERS}/{letter['id']}/replay").data["replayed"] == 1
    desk.deliver()
    last = desk.receiver.calls[-1]
    assert last.event["id"] == letter["eventId"]
    assert last.attempt == 6
    assert caller.get(f"{DELIVERIES}/{letter['deliveryId']}").data["status"] == "delivered"
    assert caller.get(f"{DEAD_LETTERS}?status=open").data == []


def test_a_test_event_arrives_whatever_the_endpoint_takes(desk: Desk) -> None:
    caller = desk.bank.callers["us"]
    made = new_endpoint(caller, url=desk.receiver.url, events=[])
    caller.post(f"{ENDPOINTS}/{made['id']}/test")
    desk.deliver()
    (call,) = desk.receiver.calls
    assert (call.event["event"], call.event["data"]["endpointId"]) == ("webhook.test", made["id"])
