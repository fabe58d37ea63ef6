"""Measures webhook delivery as it runs in production: the Celery worker, the poller, PostgreSQL, Redis, a receiver.

Two numbers: deliveries a second sustained, counted at the receiver; and how late a healthy endpoint's events are while
another endpoint hangs with a thousand events waiting. Prints them and leaves them in `var/bench/webhooks.json`.
"""

import json
import os
import signal
import statistics
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

# Before anything reads the settings: this run gets a database and a Redis of its own.
import tests.isolation  # noqa: F401
from ratel.embedded import process
from ratel.embedded.redis import free_port
from tests import database

PROJECT = Path(__file__).resolve().parents[3]
EVENTS = 40_000
ENDPOINTS = 4
WAITING = 1_000
HEALTHY_EVENTS = 600
HEALTHY_PER_SECOND = 20
PATIENCE_SECONDS = 300


def main() -> None:
    state = Path(os.environ["RATEL_STATE_DIRECTORY"])
    (state / "static").mkdir(parents=True, exist_ok=True)
    with database.test_database(), ExitStack() as stack:
        import django

        django.setup()
        from django.db import connections

        stack.callback(connections.close_all)
        sink = Sink(stack, state)
        found = {
            "throughput": throughput(sink, state),
            "beside_a_hanging_endpoint": beside_hanging(sink, state),
        }
    print(json.dumps(found, indent=2))  # noqa: T201
    target = PROJECT / "var" / "bench"
    target.mkdir(parents=True, exist_ok=True)
    (target / "webhooks.json").write_text(json.dumps(found, indent=2))


class Sink:
    """The receiving process."""

    def __init__(self, stack: ExitStack, state: Path) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        stack.enter_context(running(state, "tests.webhooks.bench.sink", str(port)))
        for _ in range(100):
            try:
                self.seen()
            except OSError:
                time.sleep(0.1)

    def seen(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.url}/seen", timeout=10) as answer:  # noqa: S310 - our own
            return dict(json.load(answer))

    def forget(self) -> None:
        urllib.request.urlopen(f"{self.url}/forget", data=b"", timeout=10).close()  # noqa: S310 - our own

    def wait_for(self, count: int) -> dict[str, Any]:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (seen := self.seen())["taken"] < count:
            if time.monotonic() > deadline:
                raise SystemExit(f"only {seen['taken']} of {count} arrived: see the logs")
            time.sleep(1.0)
        return seen


@contextmanager
def running(state: Path, module: str, *arguments: str) -> Iterator[None]:
    with (state / f"{module.rpartition('.')[2]}.log").open("ab") as log:
        child = process.start([sys.executable, "-m", module, *arguments], log=log, directory=PROJECT)
    try:
        yield
    finally:
        process.stop(child, [(signal.SIGTERM, 15.0)])


@contextmanager
def delivering(state: Path) -> Iterator[None]:
    """The worker and the poller as the launcher starts them."""
    quiet = ("--without-gossip", "--without-mingle", "--loglevel", "WARNING", "--concurrency", "3")
    with (
        running(state, "celery", "-A", "ratel", "worker", "--prefetch-multiplier", "1", *quiet),
        running(state, "manage", "poll"),
    ):
        yield


def throughput(sink: Sink, state: Path) -> dict[str, Any]:
    """A backlog of EVENTS for each of which one endpoint waits, delivered from a standing start."""
    desk = make_desk(sink)
    names = ("alert.created", "case.created", "case.updated", "case.closed")
    for name in names[:ENDPOINTS]:
        desk.endpoint(f"{sink.url}/take", events=[name], concurrency_limit=50)
    for _ in range(EVENTS // 1_000):
        for name in names:
            desk.emit(name, count=1_000 // len(names))
    with delivering(state):
        seen = sink.wait_for(EVENTS)
    whole = seen["per_second"][1:-1]
    return {
        "events": EVENTS,
        "seconds": round(seen["last"] - seen["first"], 1),
        "deliveries_per_second": round(EVENTS / (seen["last"] - seen["first"])),
        "slowest_ten_seconds": min(sum(whole[at : at + 10]) // 10 for at in range(max(len(whole) - 9, 1))),
        "repeated": seen["repeated"],
    }


def beside_hanging(sink: Sink, state: Path) -> dict[str, Any]:
    """One endpoint never answers and has WAITING events; another one of the same team gets its own as they happen."""
    desk = make_desk(sink)
    sink.forget()
    desk.endpoint(f"{sink.url}/hang", events=["alert.created"])
    desk.endpoint(f"{sink.url}/take", events=["case.created"])
    desk.emit("alert.created", count=WAITING)
    with delivering(state):
        time.sleep(3)
        for _ in range(HEALTHY_EVENTS):
            desk.emit("case.created")
            time.sleep(1 / HEALTHY_PER_SECOND)
        seen = sink.wait_for(HEALTHY_EVENTS)
    waiting = desk.deliveries(state__in=["pending", "leased"])
    quantiles = statistics.quantiles(seen["late"], n=100)
    return {
        "events": len(seen["late"]),
        "waiting_at_the_hanging_one": len(waiting),
        "hanging_calls": seen["hanging"],
        "late_seconds_p50": round(quantiles[49], 3),
        "late_seconds_p95": round(quantiles[94], 3),
        "late_seconds_max": round(max(seen["late"]), 3),
    }


def make_desk(sink: Sink) -> Any:
    from tests.cast import make_bank
    from tests.webhooks.desk import Clock, Desk

    # Its receiver and courier are not used: the worker delivers.
    return Desk(make_bank("Bench Bank", "us"), sink, None, Clock())  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
