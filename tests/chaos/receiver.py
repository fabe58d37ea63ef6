"""A bank's receiver of webhooks that fails a tenth of its calls: some with an error, some by hanging up.

It writes down every call. No event is failed more than twice, so that the contract's five attempts reach it.
"""

import base64
import hashlib
import hmac
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from tests.chaos.records import Receipt, Seen

FAILED_SHARE: Final = 0.1
MOST_FAILURES: Final = 2
HUNG_UP: Final = 0
HOST: Final = "127.0.0.1"


@dataclass
class Receiver:
    """What was received; `secret` is the endpoint's, once it is known."""

    seed: int
    secret: str = ""
    url: str = ""
    receipts: list[Receipt] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._chosen = random.Random(self.seed)
        self._lock = threading.Lock()
        self._accepted_at = time.monotonic()
        # Between two calls that were accepted, beginning with `listen`.
        self.longest_silence_seconds = 0.0

    def listen(self) -> None:
        """From now on calls are expected."""
        with self._lock:
            self._accepted_at, self.longest_silence_seconds = time.monotonic(), 0.0

    def silence(self) -> float:
        """The longest time without an accepted call, the one that lasts included."""
        with self._lock:
            return max(self.longest_silence_seconds, time.monotonic() - self._accepted_at)

    def take(self, headers: dict[str, str], body: bytes) -> int:
        """The status to answer, or HUNG_UP."""
        event_id = headers.get("webhook-id", "")
        with self._lock:
            status = self._status(event_id)
            self._note_silence(status)
            digest = hashlib.sha256(body).hexdigest()
            self.receipts.append(Receipt(event_id, digest, status, self._is_signed(headers, body)))
        return status

    def seen(self) -> Seen:
        with self._lock:
            return Seen(list(self.receipts))

    def accepted(self) -> int:
        """How many different events have been accepted."""
        with self._lock:
            return len({receipt.event_id for receipt in self.receipts if receipt.status == 200})

    def _note_silence(self, status: int) -> None:
        if status == 200:
            now = time.monotonic()
            self.longest_silence_seconds = max(self.longest_silence_seconds, now - self._accepted_at)
            self._accepted_at = now

    def _status(self, event_id: str) -> int:
        if self._chosen.random() >= FAILED_SHARE or self.failures[event_id] >= MOST_FAILURES:
            return 200
        self.failures[event_id] += 1
        return self._chosen.choice((500, 503, HUNG_UP))

    def _is_signed(self, headers: dict[str, str], body: bytes) -> bool:
        """Both signatures, as a receiver would check them with nothing but the documentation."""
        plain = hmac.new(self.secret.encode(), body, hashlib.sha256).hexdigest()
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        content = f"{headers.get('webhook-id')}.{headers.get('webhook-timestamp')}.".encode() + body
        standard = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
        return (
            f"sha256={plain}" in headers.get("x-ratel-signature", "")
            and f"v1,{standard}" in headers.get("webhook-signature", "").split()
        )


@contextmanager
def receiving(seed: int) -> Iterator[Receiver]:
    """A receiver on a port of this machine, until the `with` ends."""
    receiver = Receiver(seed)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = receiver.take({name.lower(): value for name, value in self.headers.items()}, body)
            if status == HUNG_UP:
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer((HOST, 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    receiver.url = f"http://{HOST}:{server.server_address[1]}/"
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
