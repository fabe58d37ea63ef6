"""A small receiver of webhooks: checks each delivery, says what came as one line of JSON, and can fail on purpose.

For newcomers who want to see an event arrive, and for tests. It keeps nothing and must never be taken for the bank's
own: it does with an event only what its line says.
"""

import random
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import sleep
from typing import Any, Final

import orjson

from webhooks.signing import NotGenuine, verify

# More than any delivery has; what claims to be larger is refused unread.
LARGEST_BODY_BYTES: Final = 1024 * 1024
IDLE_SECONDS: Final = 30
LINGER_SECONDS: Final = 0.5
MOST_UNWANTED_PARTS: Final = 64
Say = Callable[[dict[str, Any]], None]


@dataclass
class Manner:
    """How to answer: which secrets are taken, which share fails with 500, and how long each answer is held back."""

    secrets: Sequence[str]
    fail_share: float = 0.0
    delay_seconds: float = 0.0
    seed: int | None = None
    _chance: random.Random = field(init=False)
    _turn: threading.Lock = field(init=False, default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)  # noqa: S311 - which calls fail, not a secret

    def fails(self) -> bool:
        with self._turn:
            return self._chance.random() < self.fail_share


def report_of(body: bytes, headers: Mapping[str, str], manner: Manner, now: datetime) -> dict[str, Any]:
    """What is said of one delivery, with the status that it is answered."""
    sent = {name.lower(): value for name, value in headers.items()}
    problem = _problem(body, sent, manner.secrets, now)
    try:
        event = orjson.loads(body)
    except orjson.JSONDecodeError:
        event = None
    status = 401 if problem else 500 if manner.fails() else 204
    return {
        "at": now,
        "event": sent.get("x-ratel-event"),
        "id": sent.get("webhook-id"),
        "delivery": sent.get("x-ratel-delivery"),
        "attempt": sent.get("x-ratel-attempt"),
        "genuine": not problem,
        **({"problem": problem} if problem else {}),
        "answered": status,
        "body": event,
    }


def _problem(body: bytes, headers: Mapping[str, str], secrets: Sequence[str], now: datetime) -> str:
    try:
        verify(body=body, headers=headers, secrets=secrets, now=now)
    except NotGenuine as found:
        return str(found)
    return ""


def server(address: tuple[str, int], manner: Manner, say: Say) -> ThreadingHTTPServer:
    """Listens at once and serves with `serve_forever`; `say` is called for each delivery, one at a time."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = IDLE_SECONDS

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if not length.isdecimal() or int(length) > LARGEST_BODY_BYTES:
                return self._refuse()
            body = self.rfile.read(int(length))
            sleep(manner.delay_seconds)
            report = report_of(body, dict(self.headers.items()), manner, datetime.now(UTC))
            with saying:
                say(report)
            return self._answer(report["answered"])

        def _refuse(self) -> None:
            """Some of what is not wanted is taken all the same: a connection that is closed on it loses the answer."""
            self._answer(413)
            self.close_connection = True
            self.connection.settimeout(LINGER_SECONDS)
            with suppress(OSError):
                for _ in range(MOST_UNWANTED_PARTS):
                    if not self.rfile.read1(65_536):
                        return

        def _answer(self, status: int) -> None:
            self.send_response(status)
            if status != 204:
                self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *arguments: Any) -> None:
            """The lines of `say` are the log."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 512

    saying = threading.Lock()
    return Server(address, Handler)
