"""A batch while everything that works on it is killed: real processes, each item decided once, one callback."""

import http.client
import json
import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.batch_jobs.items import item
from tests.chaos import stage
from tests.chaos.processes import Found, find
from tests.webhooks.desk import receiver

ITEMS = 10_000
TIMEOUT_SECONDS = 300.0
# Share of the batch that has been processed -> what is killed then.
KILLS = ((0.05, "worker"), (0.25, "redis"), (0.45, "postgres"), (0.65, "worker_processes"))
# It takes both cores; beside another such test each would only be slower.
pytestmark = pytest.mark.xdist_group("chaos")


class Client:
    """A backend that asks again until it is answered."""

    def __init__(self, running: stage.Running) -> None:
        address = urlsplit(running.base_url)
        self._host, self._port = address.hostname or "", address.port
        # With it a batch whose answer was lost is the same batch when it is handed over again.
        once = {"Idempotency-Key": "the-batch"}
        self._headers = {"Content-Type": "application/json", "X-API-Key": running.bank["key"], **once}

    def call(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        deadline = time.monotonic() + 60
        while True:
            try:
                return self._once(method, path, body)
            except (OSError, http.client.HTTPException, AssertionError):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def _once(self, method: str, path: str, body: Any) -> dict[str, Any]:
        connection = http.client.HTTPConnection(self._host, self._port, timeout=20)
        connection.request(method, path, json.dumps(body) if body is not None else None, self._headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        assert answer.status in {200, 202}, (answer.status, content[:500])
        return dict(json.loads(content))


def kill(running: stage.Running, kind: str) -> None:
    """Whoever was killed before may still be on the way back: it is waited for."""
    deadline = time.monotonic() + 60
    while True:
        found: Found = find(running.child.pid)
        chosen: list[int] = getattr(found, kind)
        if chosen:
            with suppress(ProcessLookupError):
                os.kill(chosen[0], signal.SIGKILL)
                return
        assert time.monotonic() < deadline, f"no {kind} is running"
        time.sleep(0.02)


def test_every_item_is_decided_once_and_one_callback_is_sent(tmp_path: Path) -> None:
    items = [item(number) for number in range(ITEMS)]
    with receiver() as one, stage.running(tmp_path) as running:
        client = Client(running)
        body = {"transactions": items, "callback_url": one.url + "/done"}
        batch_id = client.call("POST", "/v1/transactions/batch", body)["batch_id"]
        killed = watch(running, client, batch_id)
        assert [kind for _, kind in KILLS] == killed, "the batch was over before everything was killed"
        shown = client.call("GET", f"/v1/batches/{batch_id}")
        wait_for_callback(one)
        time.sleep(2)
        assert [call.path for call in one.calls] == ["/done"]
        assert json.loads(one.calls[0].body)["results"] == shown["results"]
        assert (shown["status"], shown["processed"], shown["failed"]) == ("COMPLETED", ITEMS, 0)
        assert [found["transaction_id"] for found in shown["results"]] == [
            sent["transaction_id"] for sent in items
        ]
        assert counts(running) == (ITEMS, ITEMS, ITEMS)


def watch(running: stage.Running, client: Client, batch_id: str) -> list[str]:
    """Kills as the batch goes on, until it has ended; what was killed."""
    killed: list[str] = []
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        shown = client.call("GET", f"/v1/batches/{batch_id}?results=false")
        if shown["status"] != "PROCESSING":
            return killed
        if len(killed) < len(KILLS) and shown["processed"] >= KILLS[len(killed)][0] * ITEMS:
            kill(running, KILLS[len(killed)][1])
            killed.append(KILLS[len(killed)][1])
        time.sleep(0.02)
    raise AssertionError(f"the batch does not end: {shown}\n{running.log_tails()}")


def wait_for_callback(one: Any) -> None:
    deadline = time.monotonic() + 60
    while not one.calls:
        assert time.monotonic() < deadline, "no callback"
        time.sleep(0.1)


def counts(running: stage.Running) -> tuple[int, int, int]:
    """Transactions, different external ids among them, evaluations."""
    with psycopg.connect(running.superuser_url) as database:
        row = database.execute(
            "SELECT count(*), count(DISTINCT external_id), (SELECT count(*) FROM screening_evaluation e"
            " WHERE e.team_id = %(team)s) FROM screening_transaction t WHERE t.team_id = %(team)s",
            {"team": running.bank["team_id"]},
        ).fetchone()
    assert row is not None
    return (row[0], row[1], row[2])
