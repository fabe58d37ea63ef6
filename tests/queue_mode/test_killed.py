"""Queued payments without an external id, while whoever decides them is killed: each is decided exactly once."""

import os
import signal
import time
from pathlib import Path

import psycopg
import pytest

from tests.batch_jobs.test_killed import Client
from tests.cast import payment
from tests.chaos import stage
from tests.chaos.processes import find
from tests.evaluate.wire import SINGLE, post

PAYMENTS = 400
KILLED = {60: "worker_processes", 160: "worker", 260: "postgres", 340: "worker_processes"}
TIMEOUT_SECONDS = 120.0
# It takes both cores; beside another such test each would only be slower.
pytestmark = pytest.mark.xdist_group("chaos")


def test_every_queued_payment_is_decided_once(tmp_path: Path) -> None:
    with stage.running(tmp_path) as running:
        promised = [_queue(running, number) for number in range(PAYMENTS)]
        kept = [one for one in promised if one]
        # Whoever was not answered while the database was away does not know: without an id nothing is sent again.
        assert len(kept) > PAYMENTS // 2
        client = Client(running)
        deadline = time.monotonic() + TIMEOUT_SECONDS
        for evaluation_id in kept:
            while True:
                shown = client.call("GET", f"/api/evaluations/{evaluation_id}")["data"]
                if shown["status"] != "pending":
                    break
                assert time.monotonic() < deadline, running.log_tails()
                time.sleep(0.1)
            assert (shown["status"], shown["evaluationId"]) == ("done", evaluation_id)
        with psycopg.connect(running.superuser_url) as database:
            row = database.execute(
                "SELECT (SELECT count(*) FROM screening_transaction WHERE team_id = %(team)s),"
                " (SELECT count(*) FROM screening_evaluation WHERE team_id = %(team)s),"
                " (SELECT count(*) FROM screening_queuedevaluation WHERE team_id = %(team)s)",
                {"team": running.bank["team_id"]},
            ).fetchone()
        assert row is not None and row[0] == row[1] == row[2] >= len(kept)


def _queue(running: stage.Running, number: int) -> str:
    """The promised id, or nothing where no answer came; on the way somebody is killed."""
    if number in KILLED:
        found = getattr(find(running.child.pid), KILLED[number])
        if found:
            os.kill(found[0], signal.SIGKILL)
    body = payment(customerId=f"c-{number % 20}", amount=1 + number)
    try:
        answer = post(
            running.base_url, running.bank["key"], body, SINGLE, timeout_seconds=5, Prefer="respond-async"
        )
    except (OSError, ValueError):
        return ""
    time.sleep(0.02)
    return str(answer.data["evaluationId"]) if answer.status == 202 else ""
