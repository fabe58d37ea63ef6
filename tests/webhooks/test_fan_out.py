"""From the outbox to deliveries: every event once for each endpoint that wants it, whatever dies or is late."""

import os
import threading
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection

from tests.cast import Bank, make_bank
from tests.webhooks.desk import Desk
from webhooks.delivery import fan_out as fan_out_module
from webhooks.delivery.fan_out import fan_out
from webhooks.models import OutboxEvent
from webhooks.services import pause, update_endpoint


def unmarked(desk: Desk) -> int:
    return len(desk.stored(OutboxEvent, is_fanned_out=False))


def test_an_event_goes_to_every_endpoint_that_subscribes_to_it_and_to_no_other(desk: Desk) -> None:
    wanting = [
        desk.endpoint(events=["alert.created"]),
        desk.endpoint(events=["alert.created", "case.created"]),
    ]
    desk.endpoint(events=["case.updated"])
    desk.endpoint(events=["alert.created"], pack="id")
    (event_id,) = desk.emit("alert.created")
    assert fan_out(desk.tenant, now=desk.clock()) == 1
    made = desk.deliveries()
    assert {delivery.endpoint_id for delivery in made} == {one.endpoint.id for one in wanting}
    assert {(delivery.event_id, delivery.state) for delivery in made} == {(event_id, "pending")}
    assert desk.deliveries("id") == []


def test_what_happened_before_an_endpoint_was_made_is_not_sent_to_it(desk: Desk) -> None:
    desk.emit()
    desk.endpoint()
    after = desk.emit()
    fan_out(desk.tenant, now=desk.clock())
    assert [delivery.event_id for delivery in desk.deliveries()] == after
    assert unmarked(desk) == 0


def test_events_of_a_paused_endpoint_wait(desk: Desk) -> None:
    made = desk.endpoint()
    pause(caller=desk.caller, endpoint_id=made.endpoint.id)
    desk.emit(count=3)
    assert desk.deliver() == 0
    assert [delivery.state for delivery in desk.deliveries()] == ["pending"] * 3
    assert desk.receiver.calls == []


def test_an_event_that_is_committed_late_is_not_passed_over(desk: Desk) -> None:
    desk.endpoint()
    row = desk.event("case.created", "us", "")
    team = desk.bank.teams["us"].id
    with psycopg.connect(os.environ["DATABASE_URL"]) as late:
        late.execute("SET ROLE ratel_app")
        late.execute("SELECT set_config('ratel.teams', %s, true)", ["{" + str(team) + "}"])
        late.execute(
            "INSERT INTO webhooks_outboxevent (id, organisation_id, team_id, event, subject, is_confidential, payload,"
            " occurred_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
            row,
        )
        (soon,) = desk.emit()
        fan_out(desk.tenant, now=desk.clock())
        assert [delivery.event_id for delivery in desk.deliveries()] == [soon]
        late.commit()
    fan_out(desk.tenant, now=desk.clock())
    first, second = desk.deliveries()
    # Whoever holds a case's customer commits before the next one writes, so only strangers overtake each other.
    assert (first.event_id, second.event_id) == (soon, row[0])
    assert (first.sequence, second.sequence) == (1, 2)


def test_the_numbers_of_an_endpoint_have_no_gap_where_a_report_was_drafted(desk: Desk) -> None:
    """A gap would tell a receiver that something happened which it may not know of."""
    told = desk.endpoint(events=["case.created", "case.updated", "sar.drafted"])
    officers = desk.endpoint(events=["case.created", "sar.drafted"], is_confidential=True)
    desk.emit("case.created")
    desk.emit("sar.drafted")
    desk.emit("case.updated")
    fan_out(desk.tenant, now=desk.clock())
    desk.emit("sar.drafted")
    desk.emit("case.created")
    fan_out(desk.tenant, now=desk.clock())
    numbers = {
        one.endpoint.id: [made.sequence for made in desk.deliveries() if made.endpoint_id == one.endpoint.id]
        for one in (told, officers)
    }
    assert numbers == {told.endpoint.id: [1, 2, 3], officers.endpoint.id: [1, 2, 3, 4]}


def test_a_crash_between_the_deliveries_and_the_mark_leaves_neither(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.endpoint()
    desk.emit(count=4)

    def die(event_ids: list[Any]) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    with monkeypatch.context() as patched:
        patched.setattr(fan_out_module, "_mark", die)
        with pytest.raises(OperationalError):
            fan_out(desk.tenant, now=desk.clock())
    connection.close()
    assert desk.deliveries() == []
    assert unmarked(desk) == 4
    assert fan_out(desk.tenant, now=desk.clock()) == 4
    assert fan_out(desk.tenant, now=desk.clock()) == 0
    assert len(desk.deliveries()) == 4


def test_many_at_once_make_each_delivery_exactly_once(desk: Desk) -> None:
    desk.endpoint()
    desk.endpoint()
    desk.emit(count=300)

    def work() -> None:
        while unmarked(desk):
            fan_out(desk.tenant, now=desk.clock())
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    made = desk.deliveries()
    assert len(made) == 600
    assert len({(delivery.event_id, delivery.endpoint_id) for delivery in made}) == 600


def test_what_tells_of_a_report_goes_only_where_an_officer_said_so(desk: Desk) -> None:
    marked = desk.endpoint(is_confidential=True)
    desk.endpoint()
    desk.emit("sar.drafted")
    desk.deliver()
    assert [delivery.endpoint_id for delivery in desk.deliveries()] == [marked.endpoint.id]
    assert [call.event["event"] for call in desk.receiver.calls] == ["sar.drafted"]


def test_what_waits_for_an_endpoint_that_is_not_confidential_any_more_is_never_sent(desk: Desk) -> None:
    made = desk.endpoint(is_confidential=True)
    pause(caller=desk.caller, endpoint_id=made.endpoint.id)
    desk.emit("sar.drafted")
    desk.emit("alert.created")
    fan_out(desk.tenant, now=desk.clock())
    update_endpoint(caller=desk.caller, endpoint_id=made.endpoint.id, changes={"is_confidential": False})
    assert [delivery.event for delivery in desk.deliveries()] == ["alert.created"]


def test_nothing_of_one_bank_reaches_another(desk: Desk) -> None:
    rival: Bank = make_bank("Rival Bank", "us")
    other = Desk(rival, desk.receiver, desk.courier, desk.clock)
    other.endpoint(desk.receiver.url + "/rival")
    desk.endpoint(desk.receiver.url + "/acme")
    desk.emit(count=2)
    other.emit()
    desk.deliver()
    other.deliver()
    assert sorted(call.path for call in desk.receiver.calls) == ["/acme", "/acme", "/rival"]
    for call in desk.receiver.calls:
        bank = rival if call.path == "/rival" else desk.bank
        assert call.event["teamId"] == str(bank.teams["us"].id)
