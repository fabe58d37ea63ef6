"""Claiming: nobody sends twice, limits are exact, and what a dead process held goes on."""

import threading
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection, transaction

from ratel.identifiers import new_id
from tests.webhooks.desk import Desk, Reply
from webhooks.delivery.claim import LEASE, MOST_CLAIMED, Room, claim, share
from webhooks.delivery.fan_out import fan_out
from webhooks.delivery.letter import INTERRUPTED, Answer, Letter
from webhooks.delivery.settle import settle
from webhooks.delivery.upkeep import release_lost
from webhooks.models import Attempt, Endpoint


def taken(desk: Desk, *, owner: UUID | None = None, most: int = MOST_CLAIMED) -> list[Letter]:
    return claim(desk.tenant, owner=owner or new_id(), most=most, now=desk.clock())


def answered(desk: Desk, letter: Letter, status: int = 200) -> Answer:
    now = desk.clock()
    return Answer(letter, now, now, 1, status, "" if status == 200 else "status")


def ready(desk: Desk, count: int, **options: object) -> None:
    """That many deliveries are due at one endpoint."""
    desk.endpoint(**{"concurrency_limit": 100, **options})
    desk.emit(count=count)
    fan_out(desk.tenant, now=desk.clock())


def test_several_claimers_at_once_never_take_the_same_delivery(desk: Desk) -> None:
    for _ in range(4):
        desk.endpoint(concurrency_limit=100)
    desk.emit(count=60)
    fan_out(desk.tenant, now=desk.clock())
    found: list[UUID] = []
    start = threading.Barrier(4)

    def work() -> None:
        start.wait()
        for _ in range(12):
            found.extend([letter.delivery_id for letter in taken(desk, most=25)])
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found.extend([letter.delivery_id for _ in range(3) for letter in taken(desk)])
    assert len(found) == len(set(found)) == 240


def test_one_claim_takes_a_hundred_at_most(desk: Desk) -> None:
    for _ in range(2):
        desk.endpoint(concurrency_limit=100)
    desk.emit(count=80)
    fan_out(desk.tenant, now=desk.clock())
    assert len(taken(desk, most=500)) == MOST_CLAIMED == 100


def test_no_more_attempts_are_under_way_at_an_endpoint_than_it_allows(desk: Desk) -> None:
    ready(desk, 20, concurrency_limit=3)
    owner = new_id()
    first = taken(desk, owner=owner)
    assert len(first) == 3
    assert taken(desk) == []
    settle(desk.tenant, [answered(desk, first[0])], owner=owner)
    assert len(taken(desk)) == 1


def test_the_limit_holds_at_the_receiver_too(desk: Desk) -> None:
    desk.receiver.reply = lambda call: Reply(delay_seconds=0.02)
    ready(desk, 30, concurrency_limit=4)
    assert desk.deliver() == 30
    assert desk.receiver.most_under_way <= 4


def test_a_rate_is_kept(desk: Desk) -> None:
    ready(desk, 20, rate_per_second=5)
    assert len(taken(desk)) == 5
    desk.clock.move(seconds=0.4)
    assert len(taken(desk)) == 2
    desk.clock.move(seconds=10)
    assert len(taken(desk)) == 5


def test_a_long_queue_leaves_other_endpoints_their_part(desk: Desk) -> None:
    busy = desk.endpoint(concurrency_limit=100, events=["alert.created"])
    desk.emit("alert.created", count=300)
    quiet = desk.endpoint(events=["case.created"])
    desk.emit("case.created", count=10)
    fan_out(desk.tenant, now=desk.clock())
    letters = taken(desk, most=40)
    assert sum(letter.endpoint_id == quiet.endpoint.id for letter in letters) == 10
    assert sum(letter.endpoint_id == busy.endpoint.id for letter in letters) >= 20


def test_room_is_shared_evenly_where_it_is_scarce() -> None:
    rooms = [Room(None, most) for most in (100, 2, 100, 0)]  # type: ignore[arg-type]
    assert sorted(room.most for room in share(rooms, 12)) == [2, 5, 5]
    assert share(rooms, 0) == []


def test_an_endpoint_that_somebody_else_holds_is_passed_over_not_waited_for(desk: Desk) -> None:
    held, free = desk.endpoint(), desk.endpoint()
    desk.emit()
    fan_out(desk.tenant, now=desk.clock())
    found: list[Letter] = []

    def work() -> None:
        found.extend(taken(desk))
        connection.close()

    with desk.bank.seeing("us"), transaction.atomic():
        Endpoint.objects.select_for_update().get(id=held.endpoint.id)
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert [letter.endpoint_id for letter in found] == [free.endpoint.id]


def test_what_a_dead_process_held_is_sent_by_another_once_its_lease_is_over(desk: Desk) -> None:
    ready(desk, 2)
    assert len(taken(desk)) == 2
    desk.clock.now += LEASE - timedelta(milliseconds=1)
    assert desk.deliver() == 0
    desk.clock.now += timedelta(milliseconds=1)
    assert desk.deliver() == 2
    for delivery in desk.deliveries():
        assert (delivery.state, delivery.attempts_made, delivery.attempts_spent) == ("done", 2, 0)
    assert sorted(attempt.error for attempt in desk.stored(Attempt)) == ["", "", INTERRUPTED, INTERRUPTED]
    assert [call.attempt for call in desk.receiver.calls] == [2, 2]


def test_an_answer_that_comes_after_the_lease_does_not_undo_what_its_new_owner_did(desk: Desk) -> None:
    ready(desk, 1)
    stopped, living = new_id(), new_id()
    (letter,) = taken(desk, owner=stopped)
    desk.clock.now += LEASE
    release_lost(desk.tenant, now=desk.clock())
    (again,) = taken(desk, owner=living)
    assert settle(desk.tenant, [answered(desk, letter, 500)], owner=stopped) == 0
    assert desk.delivery().state == "leased"
    assert settle(desk.tenant, [answered(desk, again)], owner=living) == 1
    assert (desk.delivery().state, desk.delivery().attempts_spent) == ("done", 0)


def test_within_a_subject_the_first_attempts_keep_their_order(desk: Desk) -> None:
    desk.endpoint()
    for _ in range(4):
        desk.emit("case.updated", subject="case-1")
    desk.emit("case.updated", subject="case-2")
    fan_out(desk.tenant, now=desk.clock())
    owner = new_id()
    first = taken(desk, owner=owner)
    assert len(first) == 2
    assert taken(desk, owner=owner) == []
    settle(desk.tenant, [answered(desk, letter) for letter in first], owner=owner)
    assert len(taken(desk, owner=owner)) == 1


@pytest.mark.parametrize("delay", [0.0, 0.01])
def test_a_case_is_told_in_order_however_many_may_be_under_way(desk: Desk, delay: float) -> None:
    desk.receiver.reply = lambda call: Reply(delay_seconds=delay)
    desk.endpoint(concurrency_limit=50)
    for number in range(24):
        desk.emit("case.updated", subject=f"case-{number % 3}")
    desk.deliver()
    assert len(desk.receiver.calls) == 24
    subject_of = {delivery.sequence: delivery.subject for delivery in desk.deliveries()}
    for case in ("case-0", "case-1", "case-2"):
        told = [call.event["sequence"] for call in desk.receiver.calls]
        of_case = [sequence for sequence in told if subject_of[sequence] == case]
        assert len(of_case) == 8
        assert of_case == sorted(of_case)


def test_an_attempt_that_fails_does_not_hold_up_what_follows_in_its_case(desk: Desk) -> None:
    desk.endpoint()
    desk.emit("case.created", subject="case-1")
    desk.emit("case.updated", subject="case-1")
    desk.receiver.reply = lambda call: Reply(500 if call.event["event"] == "case.created" else 200)
    assert desk.deliver() == 2
    assert [delivery.state for delivery in desk.deliveries()] == ["pending", "done"]
    told = [call.event["sequence"] for call in desk.receiver.calls]
    assert told == sorted(told)
