"""One web process whose every message to and from the database can be the last, and the bank that asks it to decide."""

import http.client
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any, Final

from ratel.embedded import process
from tests import server
from tests.cast import Bank, payment
from tests.chaos import tables
from tests.chaos.checker import Verdict, check
from tests.chaos.processes import children
from tests.chaos.records import Told
from tests.evaluate.wire import BATCH, SINGLE, post
from tests.faults.proxy import Proxy, proxy_to
from tests.faults.services import server_of, through
from tests.faults.units import PostgresMessages

ANSWER_TIMEOUT_SECONDS: Final = 15.0
# What a caller may see of a crash: an answer that says so, or no answer.
CUT_OFF: Final = 0
EXPECTED: Final = (200, 503, CUT_OFF)
Document = dict[str, Any]


@dataclass
class Scene:
    """The server, the proxy before its database, and everything that was answered so far."""

    base_url: str
    database_url: str
    proxy: Proxy
    server_pid: int
    bank: Bank | None = None
    answers: dict[str, list[Document]] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=count)

    def with_bank(self, bank: Bank) -> "Scene":
        """The same server, asked by another bank, of which nothing is known yet."""
        return replace(self, bank=bank, answers={})

    def send(self, documents: list[Document]) -> int:
        """Sends them once, one alone or several as a batch; the status, or CUT_OFF where no answer came."""
        assert self.bank is not None
        path, body = (SINGLE, documents[0]) if len(documents) == 1 else (BATCH, {"batch": documents})
        try:
            answer = post(self.base_url, self.bank.callers["us"].key, body, path, timeout_seconds=10)
        except (OSError, http.client.HTTPException):
            return CUT_OFF
        if answer.status != 200:
            return answer.status
        elements = [answer.body] if path == SINGLE else answer.body["data"]
        statuses = [self._note(*pair) for pair in zip(documents, elements, strict=True)]
        return next((status for status in statuses if status != 200), 200)

    def insist(self, documents: list[Document]) -> None:
        """Sends them until all are answered."""
        deadline = time.monotonic() + ANSWER_TIMEOUT_SECONDS
        while (status := self.send(documents)) != 200:
            assert status in EXPECTED, status
            assert time.monotonic() < deadline, f"still {status}"
            time.sleep(0.02)

    def verdict(self) -> Verdict:
        """What is stored by now, compared with what was answered by now."""
        assert self.bank is not None
        team = self.bank.teams["us"]
        stored = tables.read(self.database_url, str(self.bank.id), str(team.id))
        return check(Told(self.answers), stored, None)

    def payments(self, how_many: int = 1) -> list[Document]:
        """Fresh payments that are heard of: alert, case, report draft, and the events of all three."""
        return [
            payment(
                externalId=f"point-{number}",
                customerId=f"customer-{number - number % 2}",
                amount=25_000,
                channel="cash",
                country="KP",
                isCrossBorder=True,
                counterpartyName="Viktor Bout",
            )
            for number in (next(self.numbers) for _ in range(how_many))
        ]

    def kill_web_process(self) -> None:
        """Kills what answers, not what starts it again."""
        for child in children(self.server_pid):
            os.kill(child, signal.SIGKILL)

    def _note(self, document: Document, element: Document) -> int:
        if not element["ok"]:
            return int(element["error"]["status"])
        self.answers.setdefault(document["externalId"], []).append(element["data"])
        return 200


@contextmanager
def prepared(database_url: str, log: Path) -> Iterator[Scene]:
    """A server of one process and one thread, so that the messages of a decision come in one order."""
    with proxy_to(server_of(database_url), PostgresMessages) as proxy:
        address = through(proxy, database_url)
        with server.running(log, processes=1, threads=1, DATABASE_URL=address) as base_url:
            yield Scene(base_url, database_url, proxy, _server_pid(base_url))


def crash_everywhere(
    scene: Scene, direction: str, *, how_many: int, action: Callable[[], None] | None, is_cold: bool = False
) -> list[int]:
    """Crashes once before each message of a decision, checks what is left and asks again.

    Returns what the caller saw of each crash: a status, or CUT_OFF.
    """
    seen: list[int] = []
    while True:
        point, documents = len(seen), scene.payments(how_many)
        if is_cold:
            scene.proxy.reset()
        else:
            scene.insist(scene.payments(how_many))
        scene.proxy.stop_at(direction, point, action)  # type: ignore[arg-type]
        status = scene.send(documents)
        assert status in EXPECTED, f"{status} at message {point} {direction}"
        has_crashed = scene.proxy.has_stopped
        scene.proxy.count()
        left = scene.verdict()
        assert left.is_clean, f"after message {point} {direction}: {left.faults}"
        scene.insist(documents)
        scene.insist(documents)
        if has_crashed:
            seen.append(status)
        elif status == 200:
            break
        # Else it was refused before it came that far: a server that has just lost its database is asked too soon where
        # the machine is busy. The same point once more.
    final = scene.verdict()
    assert final.is_clean, final.faults
    return seen


def _server_pid(base_url: str) -> int:
    port = base_url.rpartition(":")[2]
    (found,) = [child for child in children(os.getpid()) if f":{port}" in process.command_of(child)]
    return found
