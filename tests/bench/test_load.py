"""The load counts what was answered in time, and stops at the first answer that is not a decision."""

import socket
import threading
from contextlib import contextmanager

import pytest

from screening.bench.databases import BenchFailed
from screening.bench.load import fire, is_complete, prepared

OK = b'HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{"ok":true}'


@contextmanager
def answering(*answers):
    """A connection whose other end answers each request with the next of `answers`, then with the last for ever."""
    ours, theirs = socket.socketpair()

    def answer():
        number = 0
        while theirs.recv(65536):
            parts = answers[min(number, len(answers) - 1)]
            for part in parts if isinstance(parts, list) else [parts]:
                theirs.sendall(part)
            number += 1
        theirs.close()

    thread = threading.Thread(target=answer)
    thread.start()
    yield ours
    ours.close()
    thread.join()


REQUEST = prepared("/floor", "key", b"{}")


def test_a_request_is_whole_and_carries_the_key():
    head, _, body = REQUEST.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /floor HTTP/1.1\r\n")
    assert b"X-API-Key: key" in head and b"Content-Length: 2" in head
    assert body == b"{}"


def test_every_request_is_answered_once():
    with answering(OK) as connection:
        shot = fire([connection], [REQUEST] * 20, 10)
    assert (len(shot.latencies_ms), shot.completed, shot.sent) == (20, 20, 20)
    assert shot.per_second > 0


def test_the_time_ends_the_load_while_requests_are_left():
    with answering(OK) as connection:
        shot = fire([connection], [REQUEST] * 1_000_000, 1.0)
    assert 0 < shot.completed < shot.sent <= shot.completed + 1
    assert shot.seconds <= 1.0


def test_an_answer_in_chunks_is_complete_with_its_last_chunk():
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Request-Id: req_10\r\n\r\n"
    assert not is_complete(head)
    assert not is_complete(head + b'b\r\n{"ok":true}\r\n')
    assert is_complete(head + b'b\r\n{"ok":true}\r\n0\r\n\r\n')


def test_an_answer_with_its_length_is_complete_with_its_last_byte():
    assert not is_complete(OK[:20])
    assert not is_complete(OK[:-1])
    assert is_complete(OK)


def test_an_answer_may_come_in_pieces():
    with answering([OK[:10], OK[10:45], OK[45:]]) as connection:
        assert fire([connection], [REQUEST] * 3, 10).completed == 3


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\n\r\n{}",
        b'HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n{"data":[{"ok":false,"e":"x"}]}'[:-1],
    ],
)
def test_a_failure_ends_the_measurement(answer):
    with answering(OK, answer) as connection, pytest.raises(BenchFailed):
        fire([connection], [REQUEST] * 20, 10)


def test_a_closed_connection_ends_the_measurement():
    ours, theirs = socket.socketpair()
    theirs.close()
    with pytest.raises((BenchFailed, BrokenPipeError)):
        fire([ours], [REQUEST], 10)
    ours.close()
