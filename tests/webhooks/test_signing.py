"""Signatures as receivers check them: with the published library, with openssl, and with our own `verify`."""

import subprocess
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from webhooks.signing import NotGenuine, body_signature, new_secret, secret_bytes, signed_headers, verify

SECRET, OLD_SECRET, STRANGERS = new_secret(), new_secret(), new_secret()
BODY = '{"id":"evt_1","event":"case.resolved","data":{"reason":"Gehälter, 給料 \\u0000"}}'.encode()


def headers(
    body: bytes = BODY, secrets: Any = (SECRET,), age_seconds: float = 0, attempt: int = 1
) -> dict[str, str]:
    return signed_headers(
        event="case.resolved",
        event_id="evt_01K9W800000000000000000001",
        delivery_id="dlv_01K9W800000000000000000001",
        attempt=attempt,
        body=body,
        secrets=list(secrets),
        now=datetime.now(UTC) - timedelta(seconds=age_seconds),
    )


def accepts(secrets: Any, body: bytes = BODY, **sent: str) -> bool:
    try:
        verify(body=body, headers={**headers(body), **sent}, secrets=list(secrets), now=datetime.now(UTC))
    except NotGenuine:
        return False
    return True


@pytest.mark.parametrize(
    "body", [BODY, b"", b"{}", b"\x00\xff" * 40_000], ids=["json", "empty", "small", "binary"]
)
def test_openssl_agrees(body: bytes) -> None:
    said = subprocess.run(
        ["openssl", "dgst", "-sha256", "-hmac", SECRET], input=body, capture_output=True, check=True
    )
    assert headers(body)["X-Ratel-Signature"] == "sha256=" + said.stdout.decode().split("= ")[1].strip()


def test_openssl_agrees_on_the_standard_signature_with_the_decoded_bytes() -> None:
    sent = headers()
    content = f"{sent['webhook-id']}.{sent['webhook-timestamp']}.".encode() + BODY
    key = f"hexkey:{secret_bytes(SECRET).hex()}"
    said = subprocess.run(
        ["openssl", "dgst", "-sha256", "-mac", "HMAC", "-macopt", key, "-binary"],
        input=content,
        capture_output=True,
        check=True,
    )
    assert b64decode(sent["webhook-signature"].removeprefix("v1,")) == said.stdout


def test_the_published_library_accepts_every_attempt() -> None:
    for attempt in range(1, 6):
        parsed = Webhook(SECRET).verify(BODY, headers(attempt=attempt))
        assert parsed["event"] == "case.resolved"


def test_the_published_library_refuses_another_secret_another_body_and_another_time() -> None:
    for secret, body, sent in (
        (STRANGERS, BODY, headers()),
        (SECRET, BODY + b" ", headers()),
        (SECRET, BODY, {**headers(), "webhook-timestamp": str(int(headers()["webhook-timestamp"]) + 1)}),
        (SECRET, BODY, {**headers(), "webhook-id": "evt_2"}),
        (SECRET, BODY, headers(age_seconds=301)),
    ):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(body, sent)


def test_while_a_secret_is_rotated_out_a_receiver_with_either_accepts() -> None:
    sent = headers(secrets=(SECRET, OLD_SECRET))
    for secret in (SECRET, OLD_SECRET):
        Webhook(secret).verify(BODY, sent)
        verify(body=BODY, headers=sent, secrets=[secret], now=datetime.now(UTC))
        assert body_signature(secret, BODY) in sent["X-Ratel-Signature"].split(",")
    with pytest.raises(WebhookVerificationError):
        Webhook(STRANGERS).verify(BODY, sent)
    with pytest.raises(NotGenuine):
        verify(body=BODY, headers=sent, secrets=[STRANGERS], now=datetime.now(UTC))


def test_a_receiver_that_rotates_takes_both_secrets() -> None:
    assert accepts([STRANGERS, SECRET])
    assert not accepts([STRANGERS, OLD_SECRET])
    assert not accepts([])


def test_names_of_headers_may_come_in_any_case() -> None:
    for change in (str.lower, str.upper, str.title):
        sent = {change(name): value for name, value in headers().items()}
        verify(body=BODY, headers=sent, secrets=[SECRET], now=datetime.now(UTC))


@pytest.mark.parametrize(
    "sent",
    [
        {"webhook-signature": ""},
        {"webhook-signature": "v2,AAAA"},
        {"webhook-signature": "v1"},
        {"webhook-signature": "v1,é\u0000"},
        {"X-Ratel-Signature": ""},
        {"X-Ratel-Signature": "sha256=" + "0" * 64},
        {"X-Ratel-Signature": "sha1=" + "0" * 40},
        {"webhook-timestamp": ""},
        {"webhook-timestamp": "now"},
        {"webhook-timestamp": "-1"},
        {"webhook-timestamp": "1" * 400},
        {"webhook-timestamp": "\uff11\uff17\uff16\uff13"},
        {"webhook-id": "evt_other"},
    ],
)
def test_what_is_missing_or_altered_is_not_genuine(sent: dict[str, str]) -> None:
    assert accepts([SECRET])
    assert not accepts([SECRET], **sent)


@pytest.mark.parametrize("age_seconds", [-301, 301, 10**6])
def test_what_was_signed_long_ago_or_far_ahead_is_not_genuine(age_seconds: int) -> None:
    sent = headers(age_seconds=age_seconds)
    with pytest.raises(NotGenuine, match="300 seconds"):
        verify(body=BODY, headers=sent, secrets=[SECRET], now=datetime.now(UTC))


def test_a_signature_among_very_many_is_not_looked_for() -> None:
    genuine = headers()["webhook-signature"]
    assert accepts([SECRET], **{"webhook-signature": " ".join(["v1,AAAA"] * 7 + [genuine])})
    assert not accepts([SECRET], **{"webhook-signature": " ".join(["v1,AAAA"] * 8 + [genuine])})


def test_secrets_are_32_random_bytes_in_their_own_form() -> None:
    assert len({new_secret() for _ in range(100)}) == 100
    assert len(secret_bytes(SECRET)) == 32


@pytest.mark.parametrize(
    "text",
    ["", "whsec_", "whsec_AAAA", "A" * 43 + "=", "whsec_" + "A" * 42 + "é=", "whsec_" + "A" * 44 + "="],
)
def test_what_is_not_a_secret_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        secret_bytes(text)


def test_every_header_of_the_contract_is_sent() -> None:
    sent = headers(attempt=3)
    assert (sent["X-Ratel-Event"], sent["X-Ratel-Attempt"]) == ("case.resolved", "3")
    assert sent["X-Ratel-Delivery"] == "dlv_01K9W800000000000000000001"
    assert sent["X-Ratel-Timestamp"] == sent["webhook-timestamp"]
    assert sent["webhook-id"] == "evt_01K9W800000000000000000001"
    assert set(sent) == {
        "Content-Type",
        *(f"X-Ratel-{name}" for name in ("Event", "Delivery", "Attempt", "Timestamp", "Signature")),
        *(f"webhook-{name}" for name in ("id", "timestamp", "signature")),
    }
