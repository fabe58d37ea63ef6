"""Redis is a doorbell: whether it is there, slow or gone, payments are decided as ever."""

import time
from typing import Any

import pytest
import redis

from ratel.breakers import FAILURES_IN_A_ROW, GUARDS, REDIS
from teams import lockout
from tests.cast import Bank, make_bank
from tests.evaluate.stored import evaluations
from tests.failures.scene import Scene
from tests.promised import slow_one

CALLS = 150


@pytest.fixture
def bank() -> Bank:
    return make_bank("Acme Bank", "us")


# Raises an alert and its events, for which the doorbell is rung; a small payment at home passes.
WORTH_AN_ALERT = {"amount": 20_000, "country": "KP"}
PASSES = {"amount": 100}


def decide_all(scene: Scene, bank: Bank, name: str, **fields: Any) -> list[float]:
    taken = []
    for number in range(CALLS):
        answer, seconds = scene.timed(
            bank, externalId=f"{name}-{number}", customerId=f"{name}-{number}", **(fields or WORTH_AN_ALERT)
        )
        assert answer.status == 200, answer.body
        taken.append(seconds)
    return taken


def test_an_evaluation_without_events_does_not_touch_redis_at_all(bank: Bank, away: Scene) -> None:
    """One with events rings the doorbell, from a thread of its own; the tests below show that nobody waits for it."""
    decide_all(away, bank, "warm", **PASSES)
    _wait_until_nobody_rings(away)
    away.redis.count()
    decide_all(away, bank, "counted", **PASSES)
    assert away.redis.passed("to_server") == 0


def _wait_until_nobody_rings(away: Scene) -> None:
    """What rang before, for other tests too, has gone by when a whole second was silent."""
    deadline = time.monotonic() + 60
    while True:
        away.redis.count()
        time.sleep(1.0)
        if away.redis.passed("to_server") == 0:
            return
        assert time.monotonic() < deadline, "the doorbell never stops"


@pytest.mark.parametrize("fault", ["late", "silent", "gone"])
def test_every_evaluation_succeeds_while_redis_is_away(bank: Bank, away: Scene, fault: str) -> None:
    if fault == "late":
        away.redis.delay(2.0)
    elif fault == "silent":
        away.redis.hang()
    else:
        away.redis.refuse()
    try:
        faulty = decide_all(away, bank, "faulty")
    finally:
        if fault == "gone":
            away.redis.accept()
    assert len(evaluations(bank, "us")) == CALLS
    # Far from two seconds, or from a timeout of any kind; nothing on the way asks it.
    assert slow_one(faulty) < 1.0


def test_signing_in_waits_for_redis_ten_times_and_then_no_more(
    away: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Attempts are counted here meanwhile."""
    gone = redis.Redis.from_url("redis://127.0.0.1:1/0", socket_timeout=0.2, socket_connect_timeout=0.2)
    monkeypatch.setattr(lockout, "_store", gone)
    name = f"{time.time_ns()}@example.com"
    results = [lockout.attempt(name, "192.0.2.1") for _ in range(FAILURES_IN_A_ROW + 2)]
    assert results == [True] * lockout.MOST_ATTEMPTS + [False] * 2
    assert GUARDS.named(REDIS).report().phase == "open"
