"""Guards: breakers of one process, asked by many threads, that tell operators when they change."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import structlog
from structlog.testing import LogCapture

from ratel import breakers
from ratel.breakers import DEPENDENCIES, GUARDS, Guard, Guards


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def guard(clock: Clock) -> Guard:
    return Guards(clock).named("name_index")


def test_every_dependency_of_the_deployment_has_a_guard_from_the_start() -> None:
    assert {report.name for report in GUARDS.reports()} >= set(DEPENDENCIES)


def test_of_many_threads_exactly_one_is_the_probe(guard: Guard, clock: Clock) -> None:
    for _ in range(10):
        guard.failed()
    clock.now = 60.0
    together = threading.Barrier(16)

    def ask(_: int) -> bool:
        together.wait()
        return guard.allows()

    with ThreadPoolExecutor(16) as threads:
        assert list(threads.map(ask, range(16))).count(True) == 1


def test_no_outcome_is_lost_between_threads(guard: Guard) -> None:
    def report(_: int) -> None:
        for _ in range(2_000):
            guard.succeeded()
        guard.failed()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(report, range(8)))
    assert (guard.report().successes, guard.report().failures) == (16_000, 8)


def test_operators_are_told_of_each_change_once(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    told = LogCapture()
    monkeypatch.setattr(breakers, "log", structlog.wrap_logger(None, processors=[told]))
    guards = Guards(clock)
    heard: list[tuple[str, str]] = []
    guards.listeners.append(lambda name, phase: heard.append((name, phase)))
    guard = guards.named("redis")
    for _ in range(30):
        guard.failed()
    clock.now = 61.0
    for _ in range(5):
        assert guard.allows()
        guard.succeeded()
    assert heard == [("redis", "open"), ("redis", "half_open"), ("redis", "closed")]
    assert [(line["log_level"], line["after"]) for line in told.entries] == [
        ("error", "open"),
        ("warning", "half_open"),
        ("warning", "closed"),
    ]


def test_a_report_says_what_a_dashboard_shows(guard: Guard, clock: Clock) -> None:
    guard.succeeded()
    guard.failed()
    clock.now = 7.0
    report = guard.report()
    assert (report.name, report.phase, report.for_seconds) == ("name_index", "closed", 7.0)
    assert (report.failures_in_a_row, report.successes, report.failures) == (1, 1, 1)


def test_two_guards_know_nothing_of_each_other(clock: Clock) -> None:
    guards = Guards(clock)
    for _ in range(10):
        guards.named("redis").failed()
    assert not guards.named("redis").allows()
    assert guards.named("name_index").allows()
