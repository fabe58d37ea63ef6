"""One keep-alive connection to the evaluate endpoint that tries again where trying again is safe.

Every payment carries an external id, so a second try is answered with the first decision. A key must never be
logged or put into an exception.
"""

import contextlib
import http.client
import ssl
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from screening.replay.item import FileRefusedError

EVALUATE_PATH = "/api/transactions/evaluate"
BATCH_PATH = "/api/transactions/evaluate/batch"
REQUEST_TIMEOUT_SECONDS = 60.0
MOST_TRIES = 9
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 5.0
LONGEST_RETRY_AFTER_SECONDS = 60.0
LONGEST_ANSWER_BYTES = 64 * 1024 * 1024
TRY_AGAIN_STATUSES = {429, 502, 503, 504}


@dataclass(frozen=True)
class Destination:
    """Where payments go. `key` is kept out of the representation."""

    url: str
    key: str = field(repr=False)

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise FileRefusedError("the URL must be http://host[:port] or https://host[:port]")
        if not (self.key.isascii() and self.key.isprintable() and self.key):
            raise FileRefusedError("the API key holds characters that no key has")


@dataclass(frozen=True, slots=True)
class Answer:
    """`status` 0: none came. `latency_ms` is the last try's, `tries` how many there were."""

    status: int
    body: bytes
    latency_ms: float
    tries: int


class Client:
    """Belongs to one thread. `stopping` ends its pauses early."""

    def __init__(self, destination: Destination, stopping: threading.Event) -> None:
        self._destination = destination
        self._prefix = urlsplit(destination.url).path.rstrip("/")
        self._connection = connect(destination)
        self._stopping = stopping

    def close(self) -> None:
        self._connection.close()

    def post(self, path: str, body: bytes) -> Answer:
        """The first answer that is not "later", or the last one after so many tries."""
        tries = 0
        while True:
            tries += 1
            answer, retry_after = self._try_once(path, body, tries)
            if answer.status and answer.status not in TRY_AGAIN_STATUSES:
                return answer
            if tries == MOST_TRIES or self._stopping.wait(pause_seconds(tries, retry_after)):
                return answer

    def _try_once(self, path: str, body: bytes, tries: int) -> tuple[Answer, str | None]:
        headers = {"X-API-Key": self._destination.key, "Content-Type": "application/json"}
        started = time.perf_counter()
        status, content, retry_after = 0, b"", None
        try:
            self._connection.request("POST", self._prefix + path, body, headers)
            response = self._connection.getresponse()
            content = response.read(LONGEST_ANSWER_BYTES)
            if response.length:  # with a size, `read` does not tell that the answer ended early
                raise http.client.IncompleteRead(content)
            status, retry_after = response.status, response.getheader("Retry-After")
        except (OSError, http.client.HTTPException):
            self._connection.close()
        return Answer(status, content, (time.perf_counter() - started) * 1000, tries), retry_after


def connect(destination: Destination) -> http.client.HTTPConnection:
    """Not yet open: it opens with the first request, and again after `close`."""
    parts = urlsplit(destination.url)
    host = parts.hostname or ""
    if parts.scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, parts.port, timeout=REQUEST_TIMEOUT_SECONDS, context=context)
    return http.client.HTTPConnection(host, parts.port, timeout=REQUEST_TIMEOUT_SECONDS)


def pause_seconds(tries: int, retry_after: str | None) -> float:
    """How long to wait after that many tries: twice as long each time, at least what is asked."""
    own = min(FIRST_PAUSE_SECONDS * 2.0 ** (tries - 1), LONGEST_PAUSE_SECONDS)
    asked = retry_after_seconds(retry_after) if retry_after else None
    return max(own, min(asked or 0.0, LONGEST_RETRY_AFTER_SECONDS))


def retry_after_seconds(text: str) -> float | None:
    """Seconds of a Retry-After header, which holds a number or a date; None for anything else."""
    with contextlib.suppress(ValueError):
        return float(int(text))
    with contextlib.suppress(ValueError):
        moment = parsedate_to_datetime(text)
        return (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
    return None
