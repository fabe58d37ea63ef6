"""The buckets of one process: its share, in the same whole numbers, on a clock that the test moves."""

from teams.limits import own
from teams.limits.bucket import Bucket
from teams.limits.own import OwnBuckets


class Clock:
    """Nanoseconds, moved by hand."""

    def __init__(self) -> None:
        self.now = 10**15

    def __call__(self) -> int:
        return self.now

    def pass_us(self, microseconds: int) -> None:
        self.now += microseconds * 1_000


def bucket(rate: int, burst: int, name: str = "a") -> Bucket:
    return Bucket("key", name, rate, burst)


def admitted(buckets: OwnBuckets, one: Bucket, calls: int) -> int:
    return sum(buckets.take([one]).is_admitted for _ in range(calls))


def test_a_process_admits_its_share_of_the_burst_and_of_the_rate() -> None:
    clock = Clock()
    buckets, one = OwnBuckets(4, clock), bucket(600, 100)
    assert admitted(buckets, one, 1_000) == 25
    for _ in range(60):
        clock.pass_us(1_000_000)
        admitted(buckets, one, 1_000)
    clock.pass_us(60_000_000 * 60)
    assert admitted(buckets, one, 1_000) == 25


def test_a_minute_of_calls_is_exactly_the_share() -> None:
    clock = Clock()
    buckets, one = OwnBuckets(4, clock), bucket(600, 100)
    admitted(buckets, one, 1_000)
    total = 0
    for _ in range(60_000):
        clock.pass_us(1_000)
        total += admitted(buckets, one, 2)
    assert total == 150


def test_a_share_is_never_nothing_and_never_more_than_that() -> None:
    clock = Clock()
    buckets, one = OwnBuckets(64, clock), bucket(10, 5)
    assert admitted(buckets, one, 10) == 1
    clock.pass_us(59_999_999)
    assert admitted(buckets, one, 10) == 0
    clock.pass_us(1)
    assert admitted(buckets, one, 10) == 1


def test_a_refusal_says_when_to_come_again() -> None:
    clock = Clock()
    buckets, one = OwnBuckets(2, clock), bucket(120, 2)
    assert buckets.take([one]).wait_us == 0
    clock.pass_us(400_000)
    assert buckets.take([one]).wait_us == 600_000


def test_a_refusal_takes_nothing_from_any_bucket() -> None:
    buckets = OwnBuckets(1, Clock())
    small, large = bucket(1, 1, "small"), bucket(1, 9, "large")
    assert [buckets.take([small, large]).is_admitted for _ in range(3)] == [True, False, False]
    assert admitted(buckets, large, 20) == 8


def test_more_keys_than_are_kept_make_the_longest_resting_ones_forgotten(monkeypatch) -> None:
    monkeypatch.setattr(own, "MOST_KEPT", 3)
    buckets = OwnBuckets(1, Clock())
    for name in ("a", "b", "c", "a", "d"):
        buckets.take([bucket(1, 2, name)])
    assert admitted(buckets, bucket(1, 2, "a"), 5) == 0
    assert admitted(buckets, bucket(1, 2, "b"), 5) == 2
