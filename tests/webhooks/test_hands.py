"""Who delivers, as real processes: Celery's hands when the doorbell rings, the poller when nobody comes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ratel.embedded import process
from tests.faults.proxy import Proxy, proxy_to
from tests.faults.services import server_of, through
from tests.webhooks.desk import Desk, Reply
from webhooks.delivery import doorbell, heartbeats
from webhooks.delivery.poller import overdue, run_here

PROJECT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 120.0
WORKER = ("celery", "-A", "ratel", "worker", "--concurrency", "2", "--loglevel", "WARNING", "-P", "prefork")
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def wait_until(condition: Callable[[], bool], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"it does not happen:\n{process.tail(log, 40)}"
        time.sleep(0.05)


@contextmanager
def program(log: Path, *arguments: str, **variables: str) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("ab") as output:
        child = process.start(
            [sys.executable, "-m", *arguments],
            log=output,
            environment={**os.environ, **variables},
            directory=PROJECT,
        )
    try:
        yield child
    finally:
        process.stop(child, [(signal.SIGTERM, 15.0)])


@dataclass
class Worker:
    """A real Celery worker and the network between it and Redis."""

    child: subprocess.Popen[bytes]
    to_redis: Proxy
    log: Path

    def ring_until(self, condition: Callable[[], bool]) -> None:
        """A worker that has just started, or has just found Redis again, may miss the first ring."""

        def rung() -> bool:
            doorbell.ring()
            return condition()

        wait_until(rung, self.log)


@pytest.fixture
def worker(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[Worker]:
    log = tmp_path / "worker.log"
    with (
        proxy_to(server_of(redis_url)) as to_redis,
        program(log, *WORKER, REDIS_URL=through(to_redis, redis_url)) as child,
    ):
        yield Worker(child, to_redis, log)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "program.log"


def all_done(desk: Desk) -> bool:
    return {delivery.state for delivery in desk.deliveries()} == {"done"}


def test_a_ring_wakes_a_hand_that_delivers(desk: Desk, worker: Worker) -> None:
    desk.endpoint()
    desk.emit(count=5)
    worker.ring_until(lambda: len(desk.receiver.calls) == 5)
    wait_until(lambda: all_done(desk), worker.log)
    assert heartbeats.DELIVERY in heartbeats.last_beats()


def test_the_clock_of_a_killed_worker_ends_with_it(redis_url: str, tmp_path: Path) -> None:
    schedule = tmp_path / "schedule"
    with program(
        tmp_path / "log", *WORKER, "--beat", "--schedule", str(schedule), REDIS_URL=redis_url
    ) as child:
        children = Path(f"/proc/{child.pid}/task/{child.pid}/children")
        # Two hands and the clock, which writes its schedule once it runs.
        wait_until(
            lambda: len(children.read_text().split()) == 3 and any(tmp_path.glob("schedule*")),
            tmp_path / "log",
        )
        started = [int(one) for one in children.read_text().split()]
        child.kill()
        child.wait()
        wait_until(lambda: not any(map(is_running, started)), tmp_path / "log")


def is_running(pid: int) -> bool:
    """Neither gone nor waiting for somebody to hear that it is."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_while_the_worker_is_alive_but_deaf_the_poller_delivers(
    desk: Desk, worker: Worker, log: Path
) -> None:
    desk.endpoint()
    desk.emit()
    worker.ring_until(lambda: len(desk.receiver.calls) == 1)
    worker.to_redis.hang()
    desk.emit(count=3)
    with program(log, "manage", "poll"):
        wait_until(lambda: len(desk.receiver.calls) == 4, log)
    assert worker.child.poll() is None
    worker.to_redis.resume()


def test_a_worker_whose_redis_goes_in_the_middle_of_its_work_lives_and_hears_again(
    desk: Desk, worker: Worker
) -> None:
    """The trial that a later version of Celery did not pass: keep it, and repeat it at every upgrade."""
    desk.receiver.reply = lambda call: Reply(delay_seconds=1.0)
    desk.endpoint()
    desk.emit(count=3)
    worker.ring_until(lambda: len(desk.receiver.calls) == 3)
    worker.to_redis.refuse()
    wait_until(lambda: all_done(desk), worker.log)
    worker.to_redis.accept()
    desk.emit()
    worker.ring_until(lambda: len(desk.receiver.calls) == 4)
    assert worker.child.poll() is None


def test_a_beat_from_the_future_is_nobodys(desk: Desk, log: Path) -> None:
    """A host whose clock was wrong has beaten: waiting for its time would leave everything undelivered till then."""
    heartbeats.beat(heartbeats.DELIVERY, now=datetime.now(UTC) + timedelta(days=1))
    desk.endpoint()
    desk.emit()
    with program(log, "manage", "poll", REDIS_URL="redis://127.0.0.1:1/0"):
        wait_until(lambda: all_done(desk), log)


def test_with_redis_gone_the_poller_delivers(desk: Desk, log: Path) -> None:
    desk.endpoint()
    desk.emit(count=5)
    with program(log, "manage", "poll", REDIS_URL="redis://127.0.0.1:1/0"):
        wait_until(lambda: len(desk.receiver.calls) == 5, log)
        wait_until(lambda: all_done(desk), log)


def test_a_worker_that_is_asked_to_end_ends_what_it_began_and_nothing_is_sent_twice(
    desk: Desk, worker: Worker
) -> None:
    desk.receiver.reply = lambda call: Reply(delay_seconds=0.5)
    desk.endpoint(concurrency_limit=2)
    desk.emit(count=40)
    worker.ring_until(lambda: len(desk.receiver.calls) >= 4)
    worker.child.terminate()
    worker.child.wait(PATIENCE_SECONDS)
    states = [delivery.state for delivery in desk.deliveries()]
    assert states.count("done") == len(desk.receiver.calls) < 40
    assert set(states) == {"done", "pending"}


def test_a_periodic_task_is_overdue_when_nobody_has_run_it_for_long() -> None:
    schedule = {
        "often": {"task": "a.often", "schedule": 1.0},
        "seldom": {"task": "a.seldom", "schedule": timedelta(minutes=10)},
        "by the clock": {"task": "a.nightly", "schedule": object()},
    }
    beats = {"task a.often": NOW - timedelta(seconds=12), "task a.seldom": NOW - timedelta(seconds=12)}
    assert overdue(schedule, beats, NOW, since=NOW) == []
    assert overdue(schedule, beats, NOW + timedelta(seconds=2), since=NOW) == ["a.often"]
    assert overdue(schedule, {}, NOW, since=NOW - timedelta(seconds=5)) == []
    assert overdue(schedule, {}, NOW, since=NOW - timedelta(hours=1)) == ["a.often", "a.seldom"]


def test_the_poller_runs_an_overdue_task_and_notes_it(desk: Desk) -> None:
    name = "webhooks.tasks.purge"
    desk.endpoint()
    desk.emit()
    desk.deliver()
    run_here([name], lambda: NOW)
    assert heartbeats.last_beats()[heartbeats.TASK + name] >= NOW


def test_a_heartbeat_never_goes_back(desk: Desk) -> None:
    name = f"test {desk.bank.id}"
    heartbeats.beat(name, now=NOW)
    heartbeats.beat(name, now=NOW - timedelta(hours=1))
    assert heartbeats.last_beats()[name] == NOW
