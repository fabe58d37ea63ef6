"""The client trusts exactly the webhooks that Ratel signs."""

import json
import time
from datetime import UTC, datetime

import pytest
from ratel_client import SignatureMismatch, verify_webhook
from ratel_client.command import main

from webhooks import signing

BODY = json.dumps(
    {
        "id": "evt_1", "event": "case.resolved", "occurredAt": "2026-11-21T10:00:00Z", "sequence": 7,
        "orgId": "org_1", "teamId": "t", "data": {"status": "RESOLVED_FALSE_POSITIVE"},
    }
).encode()  # fmt: skip


def signed(secrets, now=None):
    moment = datetime.fromtimestamp(time.time() if now is None else now, UTC)
    return signing.signed_headers(
        event="case.resolved",
        event_id="evt_1",
        delivery_id="dlv_1",
        attempt=1,
        body=BODY,
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


def test_a_saved_webhook_is_verified_from_a_shell(tmp_path, capsys):
    secret = signing.new_secret()
    body, headers = tmp_path / "body", tmp_path / "headers.json"
    body.write_bytes(BODY)
    headers.write_text(json.dumps(signed([secret], 1_700_000_000)))
    assert main(["verify", str(body), str(headers), "--secret", secret, "--any-age"]) == 0
    assert json.loads(capsys.readouterr().out)["id"] == "evt_1"
    assert main(["verify", str(body), str(headers), "--secret", secret]) == 1
