"""Sends letters over HTTP, many at once, and hands back what came of each. Knows no database.

An event loop of its own runs in a thread; letters go in and answers come out in batches. Ten seconds are all that one
attempt has: connect, send, answer. It must never follow a redirect, keep a cookie, go through a proxy, or read more
of an answer than it keeps.
"""

import asyncio
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import aiohttp
import structlog

from ratel.identifiers import show
from webhooks.delivery import letter as reasons
from webhooks.delivery.letter import BUSY, Answer, Letter, error_of
from webhooks.egress import Refused, Targets
from webhooks.egress.connector import guarded_connector
from webhooks.signing import signed_headers

ATTEMPT_SECONDS: Final = 10.0
KEPT_RESPONSE_BYTES: Final = 4_096
USER_AGENT: Final = "Ratel-Webhooks/1"
# Connections that nobody used for so long are closed here, before the receiver does: many do after five seconds, and a
# letter that is sent in that moment would count as lost.
_IDLE_CONNECTION_SECONDS: Final = 4.0
_START_SECONDS: Final = 10.0
Clock = Callable[[], datetime]

log = structlog.get_logger(__name__)


def utc_now() -> datetime:
    return datetime.now(UTC)


class Courier:
    """A thread with an event loop and one HTTP session. `send` never waits; `collect` gives what has been answered."""

    def __init__(
        self, targets: Targets, *, clock: Clock = utc_now, attempt_seconds: float = ATTEMPT_SECONDS
    ) -> None:
        self._targets = targets
        self._clock = clock
        self._attempt_seconds = attempt_seconds
        self._answers: queue.SimpleQueue[Answer] = queue.SimpleQueue()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._running: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._run, name="webhook-courier", daemon=True)
        self._thread.start()
        self._ready.wait(_START_SECONDS)

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def send(self, letters: Sequence[Letter]) -> None:
        self._loop.call_soon_threadsafe(self._begin, letters)

    def collect(self, *, wait_seconds: float) -> list[Answer]:
        """Whatever has been answered; waits for the first answer for at most so long."""
        found: list[Answer] = []
        try:
            found.append(
                self._answers.get(timeout=wait_seconds) if wait_seconds > 0 else self._answers.get_nowait()
            )
            while True:
                found.append(self._answers.get_nowait())
        except queue.Empty:
            return found

    def close(self) -> None:
        """Ends the thread; what is under way is cut off."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_START_SECONDS)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._session = self._loop.run_until_complete(self._open())
        self._ready.set()
        self._loop.run_forever()
        for task in self._running:
            task.cancel()
        self._loop.run_until_complete(self._session.close())
        self._loop.close()

    async def _open(self) -> aiohttp.ClientSession:
        connector = guarded_connector(
            self._targets, limit=0, limit_per_host=0, keepalive_timeout=_IDLE_CONNECTION_SECONDS
        )
        return aiohttp.ClientSession(
            connector=connector,
            timeout=aiohttp.ClientTimeout(total=self._attempt_seconds),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            headers={"User-Agent": USER_AGENT},
        )

    def _begin(self, letters: Sequence[Letter]) -> None:
        for letter in letters:
            task = self._loop.create_task(self._attempt(letter))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _attempt(self, letter: Letter) -> None:
        started_at, begun = self._clock(), time.monotonic()
        status_code, error, response, retry_after = await self._post(letter, started_at)
        self._answers.put(
            Answer(
                letter,
                started_at=started_at,
                finished_at=self._clock(),
                duration_ms=round((time.monotonic() - begun) * 1000),
                status_code=status_code,
                error=error,
                response=response,
                retry_after_seconds=retry_after,
            )
        )

    async def _post(self, letter: Letter, now: datetime) -> tuple[int | None, str, bytes, float | None]:
        """Status, error, the beginning of the response, and for how long the receiver wants to be left alone."""
        status_code: int | None = None
        try:
            headers = _headers(letter, now)
            async with self._session.post(
                letter.url, data=letter.body, headers=headers, allow_redirects=False
            ) as response:
                status_code = response.status
                kept = await _beginning_of(response)
                return status_code, error_of(status_code), kept, _retry_after_seconds(response, now)
        except Exception as error:
            # Whatever a receiver, a resolver or a certificate does ends one attempt, never the courier.
            return status_code, _reason(error), b"", None


def _headers(letter: Letter, now: datetime) -> dict[str, str]:
    return signed_headers(
        event=letter.event,
        event_id=show("evt", letter.event_id),
        delivery_id=show("dlv", letter.delivery_id),
        attempt=letter.attempt,
        body=letter.body,
        secrets=letter.secrets,
        now=now,
    )


async def _beginning_of(response: aiohttp.ClientResponse) -> bytes:
    """The first bytes of the answer; a connection with more to read is closed, not read to its end."""
    kept = b""
    while len(kept) < KEPT_RESPONSE_BYTES:
        part = await response.content.read(KEPT_RESPONSE_BYTES - len(kept))
        if not part:
            return kept
        kept += part
    if not response.content.at_eof():
        response.close()
    return kept


def _retry_after_seconds(response: aiohttp.ClientResponse, now: datetime) -> float | None:
    """Of a 429 or 503, in seconds or as a date; None where it is missing or cannot be read."""
    text = response.headers.get("Retry-After", "").strip()
    if response.status not in BUSY or not text:
        return None
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return max((parsedate_to_datetime(text) - now).total_seconds(), 0.0)
    except (ValueError, TypeError, OverflowError):
        return None


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return reasons.TIMEOUT
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    for kind, reason in _REASONS:
        if isinstance(cause, kind) or isinstance(error, kind):
            return reason
    log.error("webhook_attempt_failed_unexpectedly", error=type(error).__name__)
    return reasons.BAD_ANSWER


_REASONS: Final[tuple[tuple[type[BaseException], str], ...]] = (
    (Refused, reasons.TARGET_REFUSED),
    (socket.gaierror, reasons.HOST_UNKNOWN),
    (aiohttp.ClientSSLError, reasons.TLS_FAILED),
    (ssl.SSLError, reasons.TLS_FAILED),
    (aiohttp.ClientConnectorError, reasons.CONNECTION_FAILED),
    (aiohttp.ServerDisconnectedError, reasons.CONNECTION_LOST),
    (aiohttp.ClientOSError, reasons.CONNECTION_LOST),
    (aiohttp.ClientPayloadError, reasons.CONNECTION_LOST),
    (aiohttp.ClientError, reasons.BAD_ANSWER),
    (ValueError, reasons.BAD_ANSWER),
)
