"""The client trusts exactly the webhooks that Ratel signs, and says so in one way whatever arrives."""

import json
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as some
from ratel_client import (
    Event,
    SignatureMismatch,
    WebhookRefused,
    verify_callback,
    verify_signature,
    verify_webhook,
)
from ratel_client.command import main

from webhooks import signing

BODY = json.dumps(
    {
        "id": "evt_1", "event": "case.resolved", "occurredAt": "2026-11-21T10:00:00Z", "sequence": 7,
        "orgId": "org_1", "teamId": "t", "data": {"status": "RESOLVED_FALSE_POSITIVE"},
    }
).encode()  # fmt: skip


NAMES = ["webhook-id", "webhook-timestamp", "webhook-signature"]
SECRET = signing.new_secret()
NOW = 1_700_000_000.0
# Whatever a server can make of bytes in a header, and more: also halves of surrogate pairs, as from undecodable ones.
HEADER = some.text(some.characters(), max_size=40) | some.binary(max_size=40).map(
    lambda sent: sent.decode("ascii", "surrogateescape")
)
JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.text(max_size=5),
    lambda inner: (
        some.lists(inner, max_size=3)
        | some.dictionaries(
            some.sampled_from(
                ["id", "event", "occurredAt", "data", "batch_id", "status", "results", "error"]
            ),
            inner,
            max_size=8,
        )
    ),
)


def signed(secrets, now=None, body=BODY):
    moment = datetime.fromtimestamp(time.time() if now is None else now, UTC)
    return signing.signed_headers(
        event="case.resolved",
        event_id="evt_1",
        delivery_id="dlv_1",
        attempt=1,
        body=body,
        secrets=secrets,
        now=moment,
    )


def test_what_ratel_signs_is_trusted_and_read():
    secret = signing.new_secret()
    event = verify_webhook(BODY, signed([secret]), secret)
    assert (event.id, event.event, event.sequence) == ("evt_1", "case.resolved", 7)
    assert event.data["status"] == "RESOLVED_FALSE_POSITIVE"


def test_both_secrets_are_trusted_while_one_is_rotated_out():
    old, new = signing.new_secret(), signing.new_secret()
    for secret in (old, new):
        assert verify_webhook(BODY, signed([new, old]), secret).id == "evt_1"


@pytest.mark.parametrize("change", ["secret", "body", "id", "age", "future", "headers"])
def test_anything_else_is_not(change):
    secret = signing.new_secret()
    headers, body = signed([secret]), BODY
    if change == "secret":
        headers = signed([signing.new_secret()])
    elif change == "body":
        body = BODY.replace(b"FALSE", b"TRUE")
    elif change == "id":
        headers = {**headers, "webhook-id": "evt_2"}
    elif change == "age":
        headers = signed([secret], time.time() - 301)
    elif change == "future":
        headers = signed([secret], time.time() + 302)
    else:
        headers = {}
    with pytest.raises(SignatureMismatch):
        verify_webhook(body, headers, secret)


@pytest.mark.parametrize(
    "timestamp", ["²", "1_700_000_000", "+1700000000", "1" * 13, " ", "1.7e9", "\u0661", "-1"]
)
def test_a_time_that_is_no_whole_number_of_seconds_is_not_trusted(timestamp):
    with pytest.raises(SignatureMismatch, match="timestamp"):
        verify_signature(BODY, {**signed([SECRET]), "webhook-timestamp": timestamp}, SECRET)


@given(
    some.dictionaries(HEADER | some.sampled_from(NAMES), HEADER, max_size=5),
    some.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, HEADER)),
    some.binary(max_size=60),
)
def test_whatever_was_not_signed_raises_the_one_error(others, named, body):
    for verify in (verify_webhook, verify_callback, verify_signature):
        with pytest.raises(SignatureMismatch):
            verify(body, {**others, **named}, SECRET, now=NOW)


@given(some.sampled_from(NAMES), HEADER)
def test_one_header_changed_is_enough(name, value):
    headers = signed([SECRET], NOW)
    is_same = value.split() == headers[name].split()
    if not is_same:
        with pytest.raises(SignatureMismatch):
            verify_webhook(BODY, {**headers, name: value}, SECRET, now=NOW)


@given(some.binary(max_size=60) | JSON.map(lambda document: json.dumps(document).encode()))
def test_what_was_signed_is_read_or_refused_by_the_one_error(body):
    headers = signed([SECRET], NOW, body)
    assert verify_signature(body, headers, SECRET, now=NOW) == "evt_1"
    for verify in (verify_webhook, verify_callback):
        try:
            read = verify(body, headers, SECRET, now=NOW)
        except WebhookRefused as refused:
            assert "signature is right" in str(refused)
        else:
            assert read.id == (json.loads(body)["id"] if isinstance(read, Event) else "evt_1")


def test_a_body_that_is_nested_without_end_is_refused():
    body = b"[" * 100_000
    with pytest.raises(WebhookRefused):
        verify_webhook(body, signed([SECRET], NOW, body), SECRET, now=NOW)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_???", "whsec_é", "whsec_YWJj", "secret"])
def test_a_secret_that_is_none_is_the_receivers_own_mistake(secret):
    with pytest.raises(ValueError, match="secret"):
        verify_webhook(BODY, signed([SECRET]), secret)


def test_a_saved_webhook_is_verified_from_a_shell(tmp_path, capsys):
    secret = signing.new_secret()
    body, headers = tmp_path / "body", tmp_path / "headers.json"
    body.write_bytes(BODY)
    headers.write_text(json.dumps(signed([secret], 1_700_000_000)))
    assert main(["verify", str(body), str(headers), "--secret", secret, "--any-age"]) == 0
    assert json.loads(capsys.readouterr().out)["id"] == "evt_1"
    assert main(["verify", str(body), str(headers), "--secret", secret]) == 1
