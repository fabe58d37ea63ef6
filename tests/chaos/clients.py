"""Backends of a bank that insist: every external id is sent at least twice, each time until it is answered.

The second time comes at once, beside the first, or a little later; one in ten goes in a batch. What was answered is
written down for the checker; a failure is nothing but a reason to try again.
"""

import http.client
import json
import random
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import urlsplit

from tests.chaos.payments import external_id, payment
from tests.chaos.records import Told

SINGLE: Final = "/api/transactions/evaluate"
BATCH: Final = "/api/transactions/evaluate/batch"
CLIENTS: Final = 8
TIMES_SENT: Final = 2
BATCH_ITEMS: Final = 10
# The second sending waits behind at most so many others.
LONGEST_GAP: Final = 12
TIMEOUT_SECONDS: Final = 8.0
PAUSE_AFTER_FAILURE_SECONDS: Final = 0.05
ENOUGH_SERVED: Final = 3
RETRIED_STATUSES: Final = frozenset({429, 500, 502, 503, 504})
Task = tuple[int, ...]


class Clients:
    """The threads that send. `start`, then `finish` when enough has happened."""

    def __init__(self, base_url: str, key: str, *, seed: int, per_second: float) -> None:
        self.seed, self.per_second = seed, per_second
        address = urlsplit(base_url)
        self._host, self._port = address.hostname or "", address.port
        self._headers = {"Content-Type": "application/json", "X-API-Key": key}
        self._chosen = random.Random(seed)
        self._lock = threading.Lock()
        self._waiting: deque[Task] = deque()
        self._next_number = 0
        self._next_at = time.monotonic()
        self._has_ended = threading.Event()
        self._gives_up_at = float("inf")
        self.answers: dict[int, list[dict[str, Any]]] = {}
        self.refused: list[str] = []
        self.failures: Counter[str] = Counter()
        self.slowest_seconds = 0.0
        self._served: deque[float] = deque(maxlen=100)
        self._last_answer_at = 0.0
        # The longest time in which nobody was answered: what a bank calls an outage.
        self.longest_silence_seconds = 0.0

    @property
    def numbers(self) -> int:
        """External ids begun so far."""
        return self._next_number

    @contextmanager
    def sending(self) -> Iterator["Clients"]:
        threads = [threading.Thread(target=self._work, daemon=True) for _ in range(CLIENTS)]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            self._has_ended.set()
            self._gives_up_at = time.monotonic() + 60
            for thread in threads:
                thread.join(70)

    def is_served(self, since: float) -> bool:
        """Whether a few calls that began after that moment have been answered."""
        with self._lock:
            return sum(began > since for began in self._served) >= ENOUGH_SERVED

    def told(self) -> Told:
        """What was answered, once all threads have ended."""
        missing = [
            number for number in range(self._next_number) if len(self.answers.get(number, [])) < TIMES_SENT
        ]
        return Told(
            {external_id(self.seed, number): answers for number, answers in self.answers.items()},
            list(self.refused),
            [external_id(self.seed, number) for number in missing],
        )

    def _take(self) -> Task | None:
        """What to send next: new numbers while the run lasts, then whatever still waits for its second time."""
        with self._lock:
            if not self._has_ended.is_set() and len(self._waiting) < LONGEST_GAP:
                count = BATCH_ITEMS if self._chosen.random() < 1 / BATCH_ITEMS else 1
                task = tuple(range(self._next_number, self._next_number + count))
                self._next_number += count
                for _ in range(TIMES_SENT):
                    self._waiting.insert(self._chosen.randint(0, len(self._waiting)), task)
            return self._waiting.popleft() if self._waiting else None

    def _turn(self) -> None:
        """Waits so that all threads together send as often as wanted."""
        with self._lock:
            self._next_at = max(self._next_at, time.monotonic() - 0.5) + 1 / self.per_second
            wait_seconds = self._next_at - time.monotonic()
        time.sleep(max(wait_seconds, 0))

    def _work(self) -> None:
        connection: http.client.HTTPConnection | None = None
        while (task := self._take()) is not None:
            self._turn()
            started, left = time.monotonic(), list(task)
            while left and time.monotonic() < self._gives_up_at:
                connection = connection or http.client.HTTPConnection(
                    self._host, self._port, timeout=TIMEOUT_SECONDS
                )
                try:
                    left = self._send(connection, left)
                except (OSError, http.client.HTTPException) as error:
                    self._failed(type(error).__name__)
                    connection.close()
                    connection = None
                if left:
                    time.sleep(PAUSE_AFTER_FAILURE_SECONDS)
            self.slowest_seconds = max(self.slowest_seconds, time.monotonic() - started)
        if connection is not None:
            connection.close()

    def _send(self, connection: http.client.HTTPConnection, numbers: list[int]) -> list[int]:
        """Sends them once; those that must be sent again."""
        items = [payment(self.seed, number) for number in numbers]
        path, body = (SINGLE, items[0]) if len(items) == 1 else (BATCH, {"batch": items})
        began = time.monotonic()
        connection.request("POST", path, json.dumps(body), self._headers)
        response = connection.getresponse()
        answer = json.loads(response.read())
        if response.status in RETRIED_STATUSES:
            self._failed(str(response.status))
            return numbers
        self._note_service(began)
        elements = answer["data"] if path == BATCH and response.status == 200 else [answer]
        return [
            number
            for number, element in zip(numbers, elements, strict=False)
            if not self._note(number, element)
        ]

    def _note_service(self, began: float) -> None:
        with self._lock:
            self._served.append(began)
            now = time.monotonic()
            if self._last_answer_at:
                silence_seconds = now - self._last_answer_at
                self.longest_silence_seconds = max(self.longest_silence_seconds, silence_seconds)
            self._last_answer_at = now

    def _note(self, number: int, element: dict[str, Any]) -> bool:
        """Whether this is an answer, rather than a reason to try again."""
        if element["ok"]:
            with self._lock:
                self.answers.setdefault(number, []).append(element["data"])
            return True
        status = element["error"]["status"]
        if status in RETRIED_STATUSES:
            self._failed(f"{status} in a batch")
            return False
        with self._lock:
            self.refused.append(f"{external_id(self.seed, number)}: {status} {element['error']['code']}")
        return True

    def _failed(self, reason: str) -> None:
        with self._lock:
            self.failures[reason] += 1
