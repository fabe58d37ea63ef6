"""The proxy itself: it changes nothing while it is polite, and each of its faults is what it says."""

import socket
import socketserver
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.faults.proxy import HOST, Proxy, proxy_to
from tests.faults.units import PostgresMessages, SingleBytes


class Echo(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        with suppress(ConnectionError):
            while received := self.request.recv(65_536):
                self.request.sendall(received)


class EchoServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


@pytest.fixture
def echo() -> Iterator[tuple[str, int]]:
    with EchoServer((HOST, 0), Echo) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield HOST, server.server_address[1]
        server.shutdown()


@pytest.fixture
def proxy(echo: tuple[str, int]) -> Iterator[Proxy]:
    with proxy_to(echo) as proxy:
        yield proxy


def connect(proxy: Proxy) -> socket.socket:
    return socket.create_connection((HOST, proxy.port), timeout=30)


def receive(connection: socket.socket, count: int) -> bytes:
    received = b""
    while len(received) < count:
        chunk = connection.recv(count - len(received))
        if not chunk:
            break
        received += chunk
    return received


def test_everything_passes_unchanged(proxy: Proxy) -> None:
    sent = bytes(range(256)) * 4_000
    with connect(proxy) as connection:
        threading.Thread(target=connection.sendall, args=(sent,), daemon=True).start()
        assert receive(connection, len(sent)) == sent


def test_the_end_of_what_is_sent_passes_too(proxy: Proxy) -> None:
    with connect(proxy) as connection:
        connection.sendall(b"last words")
        connection.shutdown(socket.SHUT_WR)
        assert receive(connection, 100) == b"last words"


def test_an_answer_comes_late_and_lateness_does_not_add_up(proxy: Proxy) -> None:
    proxy.delay(0.3)
    with connect(proxy) as connection:
        started = time.monotonic()
        for _ in range(40):
            connection.sendall(b"x" * 100)
            time.sleep(0.01)
        assert len(receive(connection, 4000)) == 4000
    assert 0.3 <= time.monotonic() - started < 40 * 0.3


def test_what_hangs_neither_passes_nor_ends_and_goes_on_when_it_may(proxy: Proxy) -> None:
    with connect(proxy) as connection:
        proxy.hang()
        connection.sendall(b"waiting")
        connection.settimeout(0.2)
        with pytest.raises(TimeoutError):
            connection.recv(10)
        proxy.resume()
        connection.settimeout(30)
        assert receive(connection, 7) == b"waiting"


def test_a_reset_ends_what_is_open_and_takes_new_callers(proxy: Proxy) -> None:
    with connect(proxy) as connection:
        connection.sendall(b"a")
        assert receive(connection, 1) == b"a"
        proxy.reset()
        with pytest.raises(ConnectionResetError):
            connection.recv(1)
    with connect(proxy) as another:
        another.sendall(b"b")
        assert receive(another, 1) == b"b"


def test_what_refuses_is_down_until_it_accepts_on_the_same_port(proxy: Proxy) -> None:
    port = proxy.port
    proxy.refuse()
    with pytest.raises(ConnectionRefusedError):
        connect(proxy)
    proxy.accept()
    assert proxy.port == port
    with connect(proxy) as connection:
        connection.sendall(b"back")
        assert receive(connection, 4) == b"back"


def test_a_server_that_is_away_is_passed_on_as_an_end() -> None:
    with proxy_to((HOST, 9)) as proxy, connect(proxy) as connection, suppress(ConnectionResetError):
        assert connection.recv(1) == b""


def test_an_answer_is_stopped_after_exactly_so_many_bytes(echo: tuple[str, int]) -> None:
    done = []
    with proxy_to(echo, SingleBytes) as proxy:
        proxy.stop_at("to_client", 5, lambda: done.append("acted"))
        with connect(proxy) as connection:
            connection.sendall(b"half of this")
            received = b""
            with pytest.raises(ConnectionResetError):
                while chunk := connection.recv(100):
                    received += chunk
        assert proxy.has_stopped
        assert proxy.passed("to_client") == 5
    assert received in (b"half ", b"")
    assert done == ["acted"]


def test_messages_of_the_database_are_told_apart_however_they_arrive() -> None:
    startup = struct.pack("!II", 8, 196608)
    typed = [b"P" + struct.pack("!I", 9) + b"hello", b"S" + struct.pack("!I", 4)]
    stream = startup + b"".join(typed)
    for size in (1, 3, len(stream)):
        splitter = PostgresMessages("to_server")
        chunks = [stream[start : start + size] for start in range(0, len(stream), size)]
        assert [message for chunk in chunks for message in splitter.split(chunk)] == [startup, *typed]
    notice = b"N" + struct.pack("!I", 4)
    answers = [b"R" + struct.pack("!I", 4), notice]
    assert list(PostgresMessages("to_client").split(b"".join(answers))) == answers


def test_the_question_whether_to_encrypt_and_its_answer_pass_as_they_are() -> None:
    question, startup = struct.pack("!II", 8, 80877103), struct.pack("!II", 8, 196608)
    typed = b"S" + struct.pack("!I", 4)
    assert list(PostgresMessages("to_server").split(question + startup + typed)) == [question, startup, typed]
    answer = b"R" + struct.pack("!I", 4)
    assert list(PostgresMessages("to_client").split(b"N" + answer)) == [b"N", answer]
