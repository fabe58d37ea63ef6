"""What only a real socket shows: bodies that are refused before they were read, broken requests, connections kept."""

import http.client
import json
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.cast import Bank, make_bank, payment
from tests.evaluate.stored import NOTHING, stored
from tests.evaluate.wire import BATCH, SINGLE, post


@pytest.fixture(scope="module")
def bank() -> Bank:
    return make_bank("Acme Bank", "us")


@pytest.fixture
def connection(live_server_process: str) -> Iterator[http.client.HTTPConnection]:
    address = urlsplit(live_server_process)
    opened = http.client.HTTPConnection(address.hostname or "", address.port, timeout=10)
    yield opened
    opened.close()


def headers(bank: Bank) -> dict[str, str]:
    return {"Content-Type": "application/json", "X-API-Key": bank.callers["us"].key or ""}


@pytest.mark.parametrize(("path", "megabytes"), [(SINGLE, 10), (BATCH, 17)])
def test_a_body_that_is_too_large_is_refused_and_stores_nothing(
    bank: Bank, live_server_process: str, path: str, megabytes: int
) -> None:
    fresh = make_bank("Acme Bank", "us")
    body = json.dumps(payment(narration="x" * megabytes * 1024 * 1024)).encode()
    try:
        answer = post(live_server_process, fresh.callers["us"].key, body, path)
        assert answer.status == 413
        assert answer.error["code"] == "too_large"
    except (BrokenPipeError, ConnectionResetError):
        # The server may hang up while the body is still on its way.
        pass
    assert stored(fresh, "us") == NOTHING
    assert post(live_server_process, fresh.callers["us"].key, payment()).status == 200


def test_what_follows_a_refused_body_is_a_request_of_its_own(
    bank: Bank, connection: http.client.HTTPConnection
) -> None:
    """The rest of a body that nobody read must not be taken for the next request."""
    smuggled = b"POST /api/transactions/evaluate HTTP/1.1\r\nHost: x\r\n\r\n" * 3
    for body, status in (
        (smuggled, 400),
        (b'{"a": ' + smuggled, 400),
        (json.dumps(payment(persist=False)).encode(), 200),
        (b"x" * 1_200_000 + smuggled, 413),
    ):
        connection.request("POST", SINGLE, body, headers(bank))
        response = connection.getresponse()
        answer = json.loads(response.read())
        assert response.status == status, answer
    # After a body that was not read to its end the server hangs up, or goes on with the next request.
    try:
        connection.request("POST", SINGLE, json.dumps(payment(persist=False)), headers(bank))
        assert connection.getresponse().status == 200
    except (http.client.RemoteDisconnected, ConnectionError):
        pass


def test_many_calls_go_over_one_connection(bank: Bank, connection: http.client.HTTPConnection) -> None:
    for _ in range(20):
        connection.request("POST", SINGLE, json.dumps(payment(persist=False)), headers(bank))
        response = connection.getresponse()
        assert response.status == 200
        assert not response.will_close
        response.read()


def test_a_body_that_never_comes_costs_nobody_else_anything(bank: Bank, live_server_process: str) -> None:
    """Fewer than the server has threads; each says that a body follows and sends none."""
    address = urlsplit(live_server_process)
    start = f"POST {SINGLE} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 500\r\n"
    silent = [socket.create_connection((address.hostname, address.port)) for _ in range(2)]
    try:
        for one in silent:
            one.sendall((start + f"X-API-Key: {bank.callers['us'].key}\r\n\r\n").encode())
        for _ in range(10):
            assert post(live_server_process, bank.callers["us"].key, payment(persist=False)).status == 200
    finally:
        for one in silent:
            one.close()


def test_a_body_in_chunks_is_read_like_any_other(bank: Bank, connection: http.client.HTTPConnection) -> None:
    """A client that streams does not know the length beforehand."""
    body = json.dumps(payment(persist=False)).encode()
    for chunks, status in (([body[:20], body[20:]], 200), ([b"x" * 400_000] * 3, 413), ([b"{"], 400)):
        connection.request("POST", SINGLE, iter(chunks), headers(bank), encode_chunked=True)
        response = connection.getresponse()
        assert response.status == status, response.read()
        connection.close()
