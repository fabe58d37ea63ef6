"""The buckets in Redis: whole numbers on one clock, so that many processes admit exactly what one could."""

import subprocess
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis

from teams.limits.bucket import Bucket, Level
from teams.limits.shared import SharedBuckets
from teams.limits.tiers import LARGEST_BURST, LARGEST_RATE

PROJECT = Path(__file__).resolve().parents[2]
TOKEN = 60_000_000


def bucket(rate: int, burst: int, name: str = "key") -> Bucket:
    return Bucket(name, f"test:{uuid.uuid4()}", rate, burst)


@pytest.fixture
def shared(redis_url: str) -> SharedBuckets:
    return SharedBuckets(redis_url, timeout_seconds=10)


@dataclass
class Exact:
    """One bucket that sees every call, in whole numbers of any size. `overflowed` is what it could not hold."""

    rate: int
    burst: int
    level: int = 0
    at: int = 0
    overflowed: int = 0

    def take(self, now: int) -> int:
        if not self.at:
            self.level, self.at = self.burst * TOKEN, now
        level = self.level + (now - self.at) * self.rate
        self.level, self.at = min(level, self.burst * TOKEN), now
        self.overflowed += level - self.level
        is_admitted = int(self.level >= TOKEN)
        self.level -= TOKEN * is_admitted
        return is_admitted


def hammered(
    redis_url: str, rate: int, burst: int, *, processes: int, seconds: float
) -> list[tuple[int, int]]:
    """(microsecond, admitted) of every call of all processes, in the order in which Redis decided them."""
    name = f"test:{uuid.uuid4()}"
    command = [
        sys.executable,
        "-m",
        "tests.limits.hammer",
        redis_url,
        name,
        str(rate),
        str(burst),
        str(seconds),
    ]
    running = [
        subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(processes)
    ]
    for one in running:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    for one in running:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    said = [one.communicate(timeout=120)[0] for one in running]
    assert [one.returncode for one in running] == [0] * processes
    lines = [line.split() for text in said for line in text.splitlines()]
    # Within one microsecond the admitted ones came first: nothing comes back until the next.
    return sorted(
        [(int(at), int(is_admitted)) for at, is_admitted in lines], key=lambda one: (one[0], -one[1])
    )


@pytest.mark.parametrize(("rate", "burst"), [(12_000, 200), (6_007, 137)])
def test_sixteen_processes_at_once_admit_exactly_burst_and_rate(
    redis_url: str, rate: int, burst: int
) -> None:
    calls = hammered(redis_url, rate, burst, processes=16, seconds=4)
    admitted = [at for at, is_admitted in calls if is_admitted]
    assert len(calls) > 2 * len(admitted) > 4 * burst, "the bucket has to be empty nearly all of the time"

    alone = Exact(rate, burst)
    assert [one for _, one in calls] == [alone.take(at) for at, _ in calls]
    # All that came is accounted for; a bucket that is still nearly full overflows when its callers are not scheduled.
    came = burst * TOKEN + (calls[-1][0] - calls[0][0]) * rate
    assert len(admitted) * TOKEN + alone.level + alone.overflowed == came
    for width in (1, 2, burst, burst + 1, 2 * burst, len(admitted) // 2):
        for start, end in zip(admitted, admitted[width:], strict=False):
            assert (width + 1) * TOKEN <= burst * TOKEN + (end - start) * rate


def test_the_largest_numbers_are_kept_without_rounding(shared: SharedBuckets) -> None:
    largest, alone = bucket(LARGEST_RATE, LARGEST_BURST), Exact(LARGEST_RATE, LARGEST_BURST)
    for _ in range(300):
        taken = shared.take([largest])
        assert alone.take(taken.at_us) == taken.is_admitted
        missing = LARGEST_BURST * TOKEN - alone.level
        left = Level(alone.level // TOKEN, -(-missing // LARGEST_RATE))
        assert taken.levels == [left]


def test_a_new_bucket_is_full_and_tells_when_it_will_be_again(shared: SharedBuckets) -> None:
    taken = shared.take([bucket(60, 3)])
    assert (taken.is_admitted, taken.wait_us) == (True, 0)
    assert (taken.levels[0].remaining, taken.levels[0].full_in_us) == (2, 1_000_000)


def test_an_empty_bucket_tells_when_the_next_call_is_admitted(shared: SharedBuckets) -> None:
    slow = bucket(1, 2)
    first, _, refused = shared.take([slow]), shared.take([slow]), shared.take([slow])
    assert not refused.is_admitted
    assert refused.wait_us == first.at_us + 60_000_000 - refused.at_us
    assert refused.levels[0].remaining == 0


def test_a_refusal_takes_nothing_from_any_bucket(shared: SharedBuckets) -> None:
    small, large = bucket(1, 1), bucket(1, 50, "organisation")
    assert shared.take([small, large]).is_admitted
    for _ in range(5):
        taken = shared.take([small, large])
        assert not taken.is_admitted
        assert [level.remaining for level in taken.levels] == [0, 49]


def test_a_ceiling_that_is_reached_refuses_every_key_below_it(shared: SharedBuckets) -> None:
    ceiling = bucket(1, 2, "organisation")
    taken = [shared.take([bucket(600, 100), ceiling]).is_admitted for _ in range(4)]
    assert taken == [True, True, False, False]


def test_a_bucket_is_forgotten_only_when_it_would_be_full(shared: SharedBuckets, redis_url: str) -> None:
    client = redis.Redis.from_url(redis_url)
    one = bucket(1, 100)
    for _ in range(10):
        taken = shared.take([one])
        kept_ms, now_us = client.pttl(one.stored_as), _now_us(client)
        full_at_us = taken.at_us + taken.levels[0].full_in_us
        assert full_at_us <= now_us + kept_ms * 1_000
        assert kept_ms <= taken.levels[0].full_in_us / 1_000 + 1_001


def _now_us(client: redis.Redis) -> int:
    """The time on Redis' own clock."""
    seconds, microseconds = client.time()
    return seconds * 1_000_000 + microseconds


def test_a_clock_that_is_set_back_neither_blocks_nor_opens(shared: SharedBuckets, redis_url: str) -> None:
    client = redis.Redis.from_url(redis_url)
    one = bucket(60, 5)
    ahead = shared.take([one]).at_us + 3_600_000_000
    client.set(one.stored_as, f"{ahead} 0")
    assert not shared.take([one]).is_admitted
    at, level = client.get(one.stored_as).decode().split()
    assert int(at) < ahead
    assert int(level) == 0
    client.set(one.stored_as, f"{int(at) - 2_000_000} 0")
    assert shared.take([one]).is_admitted


def test_a_smaller_burst_holds_at_once(shared: SharedBuckets) -> None:
    large = bucket(1, 100)
    shared.take([large])
    small = Bucket("key", large.stored_as, 1, 2)
    assert [shared.take([small]).is_admitted for _ in range(3)] == [True, True, False]


def test_a_restarted_redis_is_given_its_script_again(shared: SharedBuckets, redis_url: str) -> None:
    one = bucket(1, 5)
    shared.take([one])
    redis.Redis.from_url(redis_url).script_flush()
    assert shared.take([one]).levels[0].remaining == 3
