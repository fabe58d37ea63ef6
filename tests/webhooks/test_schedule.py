"""Attempts and waits exactly as the contract says, by a clock that stands still between them."""

from datetime import timedelta
from itertools import pairwise

import pytest

from tests.webhooks.desk import Clock, Desk, Reply
from webhooks.delivery.schedule import WAITS_SECONDS, after_failure
from webhooks.models import Attempt, DeadLetter, Endpoint
from webhooks.services import Replay, replay, retry_now

MOMENT = timedelta(milliseconds=1)


def failing(call: object) -> Reply:
    return Reply(500, b"no")


def wait_exactly(desk: Desk, seconds: float) -> None:
    """The wait lasts exactly so long: just before its end nothing is sent, at its end one attempt is."""
    desk.clock.now += timedelta(seconds=seconds) - MOMENT
    assert desk.deliver() == 0
    desk.clock.now += MOMENT


def test_a_delivery_is_tried_five_times_and_is_dead_after_the_fifth_wait(desk: Desk) -> None:
    desk.receiver.reply = failing
    desk.endpoint()
    desk.emit()
    assert desk.deliver() == 1
    for made, seconds in enumerate((5, 10, 20, 40), start=1):
        waiting = desk.delivery()
        assert (waiting.state, waiting.attempts_spent, waiting.last_status_code) == ("pending", made, 500)
        assert waiting.next_attempt_at - desk.clock.now == timedelta(seconds=seconds)
        wait_exactly(desk, seconds)
        assert desk.deliver() == 1
    last = desk.delivery()
    assert (last.state, last.next_attempt_at - desk.clock.now) == ("last_wait", timedelta(seconds=80))
    wait_exactly(desk, 80)
    with desk.bank.seeing("us"):
        assert not DeadLetter.objects.exists()
    assert desk.deliver() == 0
    dead = desk.delivery()
    assert (dead.state, dead.attempts_made) == ("dead", 5)
    with desk.bank.seeing("us"):
        letter = DeadLetter.objects.get()
    assert (letter.delivery_id, letter.last_error, letter.attempts_made) == (dead.id, "status", 5)
    assert [call.attempt for call in desk.receiver.calls] == [1, 2, 3, 4, 5]
    assert len(set(desk.receiver.ids)) == 1


@pytest.mark.parametrize("drawn", [0.0, 0.3, 1.0])
def test_jitter_lengthens_a_wait_by_a_tenth_at_most(drawn: float) -> None:
    now = Clock().now
    for spent, usual in enumerate(WAITS_SECONDS["standard"]):
        step = after_failure(
            schedule="standard",
            attempts_spent=spent,
            now=now,
            resumes_at=None,
            retry_after_seconds=None,
            random=lambda: drawn,
        )
        waited = (step.next_attempt_at - now).total_seconds()
        assert waited == pytest.approx(usual * (1 + drawn / 10))


def test_the_extended_schedule_makes_ten_attempts_over_24_hours(desk: Desk, settings) -> None:
    settings.RATEL_WEBHOOK_PAUSE_AFTER_HOURS = 720
    desk.receiver.reply = failing
    desk.endpoint(schedule="extended")
    desk.emit()
    begun = desk.clock.now
    waits = WAITS_SECONDS["extended"]
    sent_at = []
    for seconds in (0, *waits[:-1]):
        desk.clock.move(seconds=seconds)
        assert desk.deliver() == 1
        sent_at.append(desk.clock.now)
    assert len(waits) == 10
    assert sent_at[-1] - begun == timedelta(hours=24)
    assert all(later > earlier for earlier, later in pairwise(sent_at))
    assert desk.delivery().state == "last_wait"
    desk.clock.move(seconds=waits[-1])
    desk.deliver()
    assert desk.delivery().state == "dead"


@pytest.mark.parametrize(
    ("status", "asked", "waited"), [(429, "30", 30), (503, "2", 5), (503, "4000", 80), (500, "30", 5)]
)
def test_retry_after_is_honoured_of_429_and_503_within_the_bounds_of_the_schedule(
    desk: Desk, status: int, asked: str, waited: int
) -> None:
    desk.receiver.reply = lambda call: Reply(status, headers={"Retry-After": asked})
    desk.endpoint()
    desk.emit()
    desk.deliver()
    assert desk.delivery().next_attempt_at - desk.clock.now == timedelta(seconds=waited)


def test_retry_after_may_be_a_date(desk: Desk) -> None:
    desk.clock.now = desk.clock.now.replace(microsecond=0)
    until = desk.clock.now + timedelta(seconds=33)
    date = until.strftime("%a, %d %b %Y %H:%M:%S GMT")
    desk.receiver.reply = lambda call: Reply(503, headers={"Retry-After": date})
    desk.endpoint()
    desk.emit()
    desk.deliver()
    assert desk.delivery().next_attempt_at == until


def test_a_retry_by_hand_in_the_last_wait_is_the_same_job(desk: Desk) -> None:
    desk.receiver.reply = failing
    desk.endpoint()
    desk.emit()
    for seconds in (0, 5, 10, 20, 40):
        desk.clock.move(seconds=seconds)
        desk.deliver()
    waiting = desk.delivery()
    dies_at = waiting.next_attempt_at
    desk.clock.move(seconds=30)
    retry_now(caller=desk.caller, delivery_id=waiting.id)
    assert desk.deliver() == 1
    again = desk.delivery()
    assert (again.id, again.state, again.next_attempt_at) == (waiting.id, "last_wait", dies_at)
    assert (again.attempts_made, again.attempts_spent) == (6, 5)
    desk.receiver.reply = lambda call: Reply()
    retry_now(caller=desk.caller, delivery_id=waiting.id)
    assert desk.deliver() == 1
    desk.clock.now = dies_at + timedelta(seconds=1)
    desk.deliver()
    done = desk.delivery()
    assert (done.state, done.attempts_made) == ("done", 7)
    assert len(set(desk.receiver.ids)) == 1
    with desk.bank.seeing("us"):
        assert not DeadLetter.objects.exists()
        assert [attempt.is_by_hand for attempt in Attempt.objects.order_by("number")] == [False] * 5 + [
            True
        ] * 2


def test_a_retry_by_hand_between_two_attempts_leaves_the_schedule_as_it_was(desk: Desk) -> None:
    desk.receiver.reply = failing
    desk.endpoint()
    desk.emit()
    desk.deliver()
    due = desk.delivery().next_attempt_at
    retry_now(caller=desk.caller, delivery_id=desk.delivery().id)
    desk.deliver()
    waiting = desk.delivery()
    assert (waiting.attempts_spent, waiting.next_attempt_at, waiting.resumes_at) == (1, due, None)


def test_a_replayed_dead_letter_has_a_whole_schedule_again(desk: Desk) -> None:
    desk.receiver.reply = failing
    made = desk.endpoint()
    desk.emit()
    for seconds in (0, 5, 10, 20, 40, 80):
        desk.clock.move(seconds=seconds)
        desk.deliver()
    with desk.bank.seeing("us"):
        letter = DeadLetter.objects.get()
    assert replay(caller=desk.caller, wanted=Replay(dead_letter_id=letter.id)).count == 1
    desk.receiver.reply = lambda call: Reply()
    desk.clock.move(seconds=1)
    assert desk.deliver() == 1
    assert desk.delivery().state == "done"
    assert [call.attempt for call in desk.receiver.calls][-1] == 6
    with desk.bank.seeing("us"):
        assert DeadLetter.objects.get().replayed_at is not None
    assert desk.endpoint_now(made).status == Endpoint.Status.ACTIVE
