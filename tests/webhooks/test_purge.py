"""What is over is removed in small steps: delivered jobs after 24 hours, dead letters after 7 days."""

from datetime import timedelta

import pytest

from tests.webhooks.desk import Desk, Reply
from webhooks.delivery import purge as purge_module
from webhooks.delivery.purge import purge
from webhooks.models import Attempt, DeadLetter, Endpoint, OutboxEvent
from webhooks.services import Replay, delete_endpoint, pause, replay

MOMENT = timedelta(seconds=1)


def counts(desk: Desk) -> tuple[int, int, int, int]:
    """Deliveries, attempts, dead letters and events."""
    return (
        len(desk.deliveries()),
        len(desk.stored(Attempt)),
        len(desk.stored(DeadLetter)),
        len(desk.stored(OutboxEvent)),
    )


def kill(desk: Desk) -> None:
    """One delivery becomes a dead letter."""
    desk.receiver.reply = lambda call: Reply(500)
    desk.emit()
    for seconds in (0, 5, 10, 20, 40, 80):
        desk.clock.move(seconds=seconds)
        desk.deliver()


def test_delivered_jobs_are_kept_for_24_hours(desk: Desk) -> None:
    desk.endpoint()
    desk.emit(count=3)
    desk.deliver()
    done_at = desk.clock.now
    purge(desk.tenant, now=done_at + timedelta(hours=24) - MOMENT)
    assert counts(desk) == (3, 3, 0, 3)
    purge(desk.tenant, now=done_at + timedelta(hours=24) + MOMENT)
    assert counts(desk) == (0, 0, 0, 3)


def test_dead_letters_are_kept_for_7_days_and_their_events_until_then(desk: Desk) -> None:
    desk.endpoint()
    kill(desk)
    died_at = desk.clock.now
    purge(desk.tenant, now=died_at + timedelta(days=7) - MOMENT)
    assert counts(desk) == (1, 5, 1, 1)
    purge(desk.tenant, now=died_at + timedelta(days=7) + MOMENT)
    assert counts(desk) == (0, 0, 0, 1)
    purge(desk.tenant, now=died_at + timedelta(days=8) + MOMENT)
    assert counts(desk) == (0, 0, 0, 0)


def test_a_dead_letter_can_be_replayed_until_its_last_moment(desk: Desk) -> None:
    desk.endpoint()
    kill(desk)
    desk.clock.now += timedelta(days=7) - MOMENT
    purge(desk.tenant, now=desk.clock.now)
    assert replay(caller=desk.caller, wanted=Replay()).count == 1
    desk.receiver.reply = lambda call: Reply()
    desk.deliver()
    assert desk.delivery().state == "done"


def test_what_waits_is_never_removed_however_old_it_is(desk: Desk) -> None:
    made = desk.endpoint()
    pause(caller=desk.caller, endpoint_id=made.endpoint.id)
    desk.emit(count=2)
    desk.deliver()
    purge(desk.tenant, now=desk.clock.now + timedelta(days=400))
    assert counts(desk) == (2, 0, 0, 2)


def test_an_event_that_is_not_fanned_out_is_never_removed(desk: Desk) -> None:
    desk.emit()
    purge(desk.tenant, now=desk.clock.now + timedelta(days=400))
    assert counts(desk)[3] == 1


def test_a_step_removes_no_more_than_it_may_and_the_steps_remove_all(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purge_module, "PURGED_AT_ONCE", 4)
    desk.endpoint()
    desk.emit(count=11)
    desk.deliver()
    assert purge(desk.tenant, now=desk.clock.now + timedelta(days=9)) == 22
    assert counts(desk) == (0, 0, 0, 0)


def test_a_removed_endpoint_is_sent_nothing_and_leaves_nothing(desk: Desk) -> None:
    made = desk.endpoint()
    kill(desk)
    desk.emit()
    delete_endpoint(caller=desk.caller, endpoint_id=made.endpoint.id)
    calls = len(desk.receiver.calls)
    assert desk.deliver() == 0
    assert len(desk.receiver.calls) == calls
    purge(desk.tenant, now=desk.clock.now)
    assert counts(desk)[:3] == (0, 0, 0)
    assert desk.stored(Endpoint) == []


def test_one_bank_is_purged_without_another(desk: Desk) -> None:
    from tests.cast import make_bank

    rival = Desk(make_bank("Rival Bank", "us"), desk.receiver, desk.courier, desk.clock)
    for one in (desk, rival):
        one.endpoint()
        one.emit()
        one.deliver()
    purge(desk.tenant, now=desk.clock.now + timedelta(days=2))
    assert (len(desk.deliveries()), len(rival.deliveries())) == (0, 1)
