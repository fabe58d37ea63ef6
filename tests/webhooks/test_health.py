"""How an endpoint is doing: its breaker, the pause after failing for long, and what others feel of it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from ratel.breakers import OPEN_SECONDS
from teams.models import AuditEntry
from tests.webhooks.desk import Call, Desk, Reply, receiver
from webhooks.delivery.courier import Courier
from webhooks.egress import Targets
from webhooks.models import Attempt, Endpoint, Notice
from webhooks.services import resume


def fail(call: Call) -> Reply:
    return Reply(500)


def opened(desk: Desk, **options: object) -> object:
    """An endpoint whose breaker ten failures have just opened, with five more events waiting."""
    desk.receiver.reply = fail
    made = desk.endpoint(concurrency_limit=1, **options)
    desk.emit(count=15)
    assert desk.deliver() == 10
    return made


def test_ten_failures_in_a_row_open_the_breaker_and_events_wait_without_spending_attempts(desk: Desk) -> None:
    made = opened(desk)
    endpoint = desk.endpoint_now(made)
    assert (endpoint.breaker, endpoint.status) == ("open", "active")
    assert endpoint.breaker_until == desk.clock.now + timedelta(seconds=OPEN_SECONDS)
    desk.clock.move(seconds=OPEN_SECONDS - 1)
    assert desk.deliver() == 0
    assert sorted(delivery.attempts_spent for delivery in desk.deliveries()) == [0] * 5 + [1] * 10


def test_after_a_minute_one_probe_goes_out_and_its_failure_opens_the_breaker_again(desk: Desk) -> None:
    made = opened(desk)
    desk.clock.move(seconds=OPEN_SECONDS)
    assert desk.deliver() == 1
    endpoint = desk.endpoint_now(made)
    assert (endpoint.breaker, endpoint.breaker_until) == (
        "open",
        desk.clock.now + timedelta(seconds=OPEN_SECONDS),
    )


def test_probes_that_succeed_go_one_at_a_time_and_five_of_them_close_the_breaker(desk: Desk) -> None:
    made = opened(desk)
    desk.receiver.reply = lambda call: Reply(delay_seconds=0.01)
    desk.receiver.most_under_way = 0
    with desk.bank.seeing("us"):
        Endpoint.objects.filter(id=made.endpoint.id).update(concurrency_limit=10)
    desk.clock.move(seconds=OPEN_SECONDS)
    before = len(desk.receiver.calls)
    engine = desk.engine()
    while len(desk.receiver.calls) < before + 5:
        engine._round(True)
    assert desk.receiver.most_under_way == 1
    engine.run(budget_seconds=5)
    assert desk.endpoint_now(made).breaker == "closed"
    assert {delivery.state for delivery in desk.deliveries()} == {"done"}


def test_an_endpoint_that_fails_for_long_is_paused_with_notice_and_its_events_wait(desk: Desk) -> None:
    made = opened(desk)
    desk.clock.move(hours=24)
    desk.deliver()
    endpoint = desk.endpoint_now(made)
    assert (endpoint.status, endpoint.pause_reason) == ("paused", "failing")
    (notice,) = desk.stored(Notice)
    assert (notice.kind, notice.endpoint_id, notice.told_at) == ("endpoint_paused", made.endpoint.id, None)
    (entry,) = desk.stored(AuditEntry, action="webhook_endpoint.paused")
    assert entry.actor_kind == "system"
    desk.clock.move(hours=24)
    assert desk.deliver() == 0
    desk.receiver.reply = lambda call: Reply()
    resume(caller=desk.caller, endpoint_id=made.endpoint.id)
    desk.deliver()
    assert {delivery.state for delivery in desk.deliveries()} == {"done"}


def test_a_few_failures_far_apart_pause_nothing(desk: Desk) -> None:
    desk.receiver.reply = fail
    made = desk.endpoint()
    for _ in range(3):
        desk.emit()
        desk.deliver()
        desk.clock.move(hours=30)
    assert desk.endpoint_now(made).status == "active"


@pytest.fixture
def patient(desk: Desk) -> Iterator[Desk]:
    """Nobody's attempt ends for want of an answer, however slow the machine."""
    courier = Courier(
        Targets(allows_http=True, allows_loopback=True), clock=desk.clock, attempt_seconds=3_600
    )
    yield Desk(desk.bank, desk.receiver, courier, desk.clock)
    courier.close()


def test_an_endpoint_that_hangs_does_not_hold_up_another(patient: Desk) -> None:
    """While a thousand events wait for an endpoint that never answers, another one gets all of its own."""
    with receiver() as hanging:
        hanging.reply = lambda call: Reply(delay_seconds=3_600)
        patient.endpoint(hanging.url, events=["alert.created"])
        patient.endpoint(events=["case.created"])
        patient.emit("alert.created", count=1000)
        patient.emit("case.created", count=200)
        engine = patient.engine()
        while len(patient.receiver.calls) < 200 or len(hanging.calls) < 16:
            engine._round(True)
        assert hanging.under_way == len(hanging.calls) == 16
        assert not patient.stored(Attempt, error="timeout")


def test_many_endpoints_that_hang_leave_room_for_one_that_does_not(patient: Desk) -> None:
    with receiver() as hanging:
        hanging.reply = lambda call: Reply(delay_seconds=3_600)
        for _ in range(20):
            patient.endpoint(hanging.url, events=["alert.created"], concurrency_limit=16)
        patient.emit("alert.created", count=40)
        engine = patient.engine()
        for _ in range(8):
            engine._round(True)
        patient.endpoint(events=["case.created"])
        patient.emit("case.created", count=50)
        while len(patient.receiver.calls) < 50:
            engine._round(True)
        assert not patient.stored(Attempt, error="timeout")
