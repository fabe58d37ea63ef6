"""When a batch will be finished: the pace it is reckoned with, what waits in front of it, and how it follows progress."""

from datetime import UTC, datetime, timedelta

import pytest

from ratel.identifiers import read
from screening.batch_jobs.estimate import (
    ENOUGH_ITEMS,
    ENOUGH_SECONDS,
    PICKUP,
    SLOWEST_ITEMS_A_SECOND,
    USUAL_ITEMS_A_SECOND,
    Pace,
    completion,
)
from screening.batch_jobs.read import estimated_completion
from screening.batch_jobs.work import work
from screening.models import BatchJob
from tests.batch_jobs.items import finish, item, start, status
from tests.cast import Bank, make_bank

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
NONE = Pace(0, 0.0)


def seconds(*, left: int, ahead: int = 0, recent: Pace = NONE, own: Pace | None = None) -> float:
    return (completion(now=NOW, left=left, ahead=ahead, recent=recent, own=own) - NOW).total_seconds()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        # Nobody knows anything yet: 400 a second, and a second until somebody takes it.
        ({"left": 10_000}, 26.0),
        ({"left": 1}, 1.0025),
        # The last batches did 2,000 a second.
        ({"left": 10_000, "recent": Pace(10_000, 5.0)}, 6.0),
        # What waits in front of it comes first, at the same pace.
        ({"left": 10_000, "ahead": 10_000, "recent": Pace(10_000, 5.0)}, 11.0),
        ({"left": 400, "ahead": 800}, 4.0),
        # The batch's own pace is better knowledge than any of these, and nobody has to come any more.
        ({"left": 6_000, "recent": Pace(10_000, 5.0), "own": Pace(4_000, 4.0)}, 6.0),
        ({"left": 6_000, "ahead": 5_000, "own": Pace(4_000, 4.0)}, 6.0),
        # Too little of it is done to tell: as before it began.
        ({"left": 9_800, "recent": Pace(10_000, 5.0), "own": Pace(200, 2.0)}, 5.9),
        ({"left": 10_000, "recent": Pace(10_000, 5.0), "own": Pace(0, 90.0)}, 6.0),
        # After half a minute little is what it does.
        ({"left": 3_000, "recent": Pace(10_000, 5.0), "own": Pace(300, 30.0)}, 300.0),
        # Slower than one a second is not told: that would be a date next month.
        ({"left": 500, "own": Pace(ENOUGH_ITEMS, 86_400.0)}, 500.0),
        ({"left": 0, "own": Pace(10_000, 5.0)}, 0.0),
    ],
)
def test_the_estimate_is_what_is_left_at_the_pace_that_is_known(given, expected) -> None:
    assert seconds(**given) == pytest.approx(expected)


def test_a_pace_has_bounds() -> None:
    assert NONE.per_second == Pace(5, 0.0).per_second == USUAL_ITEMS_A_SECOND
    assert Pace(1, 3_600.0).per_second == SLOWEST_ITEMS_A_SECOND
    assert Pace(3_000, 2.0).per_second == 1_500.0
    assert not Pace(ENOUGH_ITEMS - 1, ENOUGH_SECONDS - 1).is_telling
    assert not Pace(0, ENOUGH_SECONDS).is_telling
    assert Pace(ENOUGH_ITEMS, 0.1).is_telling and Pace(1, ENOUGH_SECONDS).is_telling


@pytest.fixture
def acme() -> Bank:
    return make_bank("Acme Bank", "us")


def job_of(bank: Bank, batch_id: str) -> BatchJob:
    with bank.seeing("us"):
        return BatchJob.objects.get(id=read("batch", batch_id))


def estimate(bank: Bank, batch_id: str, now: datetime) -> datetime:
    """As the database has the batch at this moment, asked at `now`."""
    job = job_of(bank, batch_id)
    with bank.seeing("us"):
        return estimated_completion(job, now)


def took(bank: Bank, batch_id: str, taken: timedelta) -> None:
    """The batch took so long, whatever the machine that ran this test needed."""
    job = job_of(bank, batch_id)
    assert job.finished_at is not None
    with bank.seeing("us"):
        BatchJob.objects.filter(id=job.id).update(started_at=job.finished_at - taken)


def test_tiny_batches_say_nothing_of_the_pace_of_a_large_one(acme: Bank) -> None:
    """Five of one item each, 30 ms apiece, would be 33 items a second: 10,000 would be promised in five minutes."""
    caller = acme.callers["us"]
    for number in range(5):
        tiny = start(caller, [item(number)])
        finish(caller, tiny)
        took(acme, tiny, timedelta(milliseconds=30))
    large = start(caller, [item(number) for number in range(100, 2_100)])
    now = job_of(acme, large).accepted_at
    assert estimate(acme, large, now) == now + PICKUP + timedelta(seconds=2_000 / USUAL_ITEMS_A_SECOND)


def test_the_pace_is_that_of_the_last_large_batches_also_behind_tiny_ones(acme: Bank) -> None:
    caller = acme.callers["us"]
    large = start(caller, [item(number) for number in range(ENOUGH_ITEMS)])
    finish(caller, large)
    took(acme, large, timedelta(seconds=0.5))
    for number in range(6):
        finish(caller, start(caller, [item(1_000 + number)]))
    waiting = start(caller, [item(number) for number in range(2_000, 2_300)])
    last = start(caller, [item(number) for number in range(3_000, 3_100)])
    now = job_of(acme, last).accepted_at
    # 800 a second; the last one waits for the other.
    assert estimate(acme, waiting, now) == now + PICKUP + timedelta(seconds=300 / 800)
    assert estimate(acme, last, now) == now + PICKUP + timedelta(seconds=400 / 800)


def test_the_estimate_comes_nearer_with_every_piece_and_goes_away_while_nothing_happens(acme: Bank) -> None:
    caller = acme.callers["us"]
    batch_id = start(caller, [item(number, sender={"entity_id": "one"}) for number in range(1_300)])
    told = []
    while status(caller, batch_id)["status"] == "PROCESSING":
        processed = job_of(acme, batch_id).processed
        # A run of so little time decides one piece, or none.
        while (begun := job_of(acme, batch_id)).processed == processed:
            work(0.001)
        assert begun.started_at is not None
        # Asked as of the same moment, so that only what was done in between counts, however long that took.
        told.append(estimate(acme, batch_id, begun.started_at + timedelta(seconds=60)))
        if begun.finished_at is None:
            late = [estimate(acme, batch_id, begun.started_at + timedelta(seconds=n)) for n in (60, 120, 600)]
            assert late == sorted(late)
            # A minute without any progress is more than a minute lost: the pace has fallen, too.
            assert late[1] - late[0] > timedelta(seconds=60)
            assert late[2] - late[1] > timedelta(seconds=480)
    assert len(told) == 7
    while_open = told[:-1]
    assert while_open == sorted(while_open, reverse=True) and len(set(while_open)) == 6
    shown = status(caller, batch_id)
    assert told[-1] == datetime.fromisoformat(shown["finished_at"])
    assert shown["estimated_completion"] == shown["finished_at"]
