"""A call with a key takes the short way past the framework; whatever it is answered is what the framework answers."""

import json
from io import BytesIO
from typing import Any

import pytest

from ratel.wsgi import application
from tests.cast import Bank, make_bank, payment

SINGLE, BATCH = "/api/transactions/evaluate", "/api/transactions/evaluate/batch"
# Made anew for every call.
CHANGING = {"requestId", "evaluationId", "transactionId", "durationMs"}


@pytest.fixture(scope="module")
def bank() -> Bank:
    return make_bank("Acme Bank", "us")


def directly(
    path: str, body: bytes, headers: dict[str, str], query: str = ""
) -> tuple[int, Any, dict[str, str]]:
    """The whole WSGI application, as the server calls it."""
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": "application/json",
        "wsgi.input": BytesIO(body),
        "wsgi.url_scheme": "http",
        **headers,
    }
    sent: dict[str, Any] = {}

    def start(status: str, headers: list[tuple[str, str]], error: object = None) -> None:
        sent.update(status=int(status.split(maxsplit=1)[0]), headers=dict(headers))

    answer = b"".join(application(environ, start))
    return sent["status"], json.loads(answer), sent["headers"]


def settled(document: Any) -> Any:
    """The document without what differs from call to call."""
    if isinstance(document, dict):
        return {name: settled(value) for name, value in document.items() if name not in CHANGING}
    return [settled(item) for item in document] if isinstance(document, list) else document


@pytest.mark.parametrize(
    ("path", "query", "body"),
    [
        (SINGLE, "", json.dumps(payment(persist=False)).encode()),
        (SINGLE, "include=layers", json.dumps(payment(persist=False)).encode()),
        (SINGLE, "include=everything", json.dumps(payment()).encode()),
        (SINGLE, "", b"{"),
        (SINGLE, "", json.dumps(payment(amount=-1, foo=1)).encode()),
        (BATCH, "", json.dumps({"batch": [payment(persist=False), {"customerId": 1}]}).encode()),
        (BATCH, "", json.dumps({"batch": []}).encode()),
    ],
)
def test_the_answer_is_the_same_both_ways(bank: Bank, path: str, query: str, body: bytes) -> None:
    key = bank.callers["us"].key or ""
    status, document, headers = directly(path, body, {"HTTP_X_API_KEY": key}, query)
    other = bank.callers["us"].call("POST", f"{path}?{query}" if query else path, raw=body)
    assert (status, settled(document)) == (other.status, settled(other.body))
    own = {"X-Request-Id", "Content-Length"}
    assert {
        name: value for name, value in headers.items() if name not in own
    }.items() <= other.headers.items()
    assert headers["X-Request-Id"].startswith("req_")


@pytest.mark.parametrize("key", ["", "rk_live_nonsense", "rk_test_" + "0" * 61])
def test_a_wrong_key_is_the_same_401_both_ways(bank: Bank, key: str) -> None:
    status, document, headers = directly(SINGLE, json.dumps(payment()).encode(), {"HTTP_X_API_KEY": key})
    assert (status, document["error"]["code"]) == (401, "unauthenticated")
    assert headers["WWW-Authenticate"] == "ApiKey"


def test_a_wrong_content_type_is_a_415(bank: Bank) -> None:
    headers = {"HTTP_X_API_KEY": bank.callers["us"].key or "", "CONTENT_TYPE": "text/plain"}
    status, document, _ = directly(SINGLE, json.dumps(payment()).encode(), headers)
    assert (status, document["error"]["code"]) == (415, "unsupported_media_type")
