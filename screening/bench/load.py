"""The load: prepared bytes over open connections, each with one request on its way at any time.

One thread and one selector, and no more parsing than it takes to find the end of an answer and its status, so that
the load takes as little as possible of the processors that the servers need. The same code loads the floor.
"""

import selectors
import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, cast

from screening.bench.databases import BenchFailed

ANSWER_TIMEOUT_SECONDS: Final = 30.0
_END: Final = b"\r\n\r\n"
# With the line break before it: a head may end in a zero too.
_LAST_CHUNK: Final = b"\r\n0\r\n\r\n"


@dataclass(frozen=True)
class Shot:
    """What came of one case in one round: `completed` in `seconds`; `sent` also counts what was still under way then."""

    completed: int
    sent: int
    seconds: float
    latencies_ms: tuple[float, ...]

    @property
    def per_second(self) -> float:
        return self.completed / self.seconds


def prepared(path: str, key: str, body: bytes) -> bytes:
    """One request as it goes over the wire."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-API-Key: {key}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def fire(connections: Sequence[socket.socket], requests: Sequence[bytes], seconds: float) -> Shot:
    """Sends for so many seconds, or until no request is left; raises BenchFailed on any answer but 200."""
    return _Volley(iter(requests), seconds).run(connections)


class _Volley:
    """What is under way: since when, and what has come back of it so far."""

    def __init__(self, waiting: Iterator[bytes], seconds: float) -> None:
        self._waiting = waiting
        self._started = self._last = time.perf_counter()
        self._end = self._started + seconds
        self._sent_at: dict[socket.socket, float] = {}
        self._received: dict[socket.socket, bytes] = {}
        self._latencies: list[float] = []
        self._sent = 0

    def run(self, connections: Sequence[socket.socket]) -> Shot:
        with selectors.DefaultSelector() as selector:
            for connection in connections:
                selector.register(connection, selectors.EVENT_READ)
                self._send_next(connection)
            while self._sent_at:
                events = selector.select(ANSWER_TIMEOUT_SECONDS)
                if not events:
                    raise BenchFailed("a server did not answer in time")
                for key, _ in events:
                    self._receive(cast(socket.socket, key.fileobj))
        # Up to the last answer in time: a few large batches do not fill the seconds exactly.
        seconds = max(self._last - self._started, 1e-9)
        return Shot(len(self._latencies), self._sent, seconds, tuple(self._latencies))

    def _send_next(self, connection: socket.socket) -> None:
        request = next(self._waiting, None)
        if request is not None:
            self._sent += 1
            self._sent_at[connection] = time.perf_counter()
            connection.sendall(request)

    def _receive(self, connection: socket.socket) -> None:
        answer = self._received.pop(connection, b"") + connection.recv(1 << 18)
        if not is_complete(answer):
            self._received[connection] = answer
            return
        now = time.perf_counter()
        _check(answer)
        sent_at = self._sent_at.pop(connection)
        if now <= self._end:
            self._last = now
            self._latencies.append((now - sent_at) * 1000)
            self._send_next(connection)


def is_complete(answer: bytes) -> bool:
    """Whether the whole answer is there; it says its length, or ends with an empty chunk."""
    if not answer:
        raise BenchFailed("a server closed the connection")
    head_ends = answer.find(_END)
    if head_ends < 0:
        return False
    start = answer.find(b"Content-Length: ", 0, head_ends)
    if start < 0:
        return answer.endswith(_LAST_CHUNK)
    length = int(answer[start + 16 : answer.index(b"\r\n", start)])
    return len(answer) >= head_ends + 4 + length


def _check(answer: bytes) -> None:
    # An item of a batch that was refused carries a false of its own.
    if answer[9:12] != b"200" or b'"ok":false' in answer:
        status, found = answer[9:12].decode("ascii", "replace"), answer.find(b'"ok":false')
        shown = answer[max(found, 0) : max(found, 0) + 600] if found >= 0 else answer[-600:]
        raise BenchFailed(f"a request failed with {status}: {shown.decode(errors='replace')}")
