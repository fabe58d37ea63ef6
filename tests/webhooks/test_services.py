"""What may be done to endpoints and deliveries: by whom, with what trace, and what stays secret."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from ratel.identifiers import new_id
from ratel.problem import Conflict, Forbidden, NotFound
from teams.models import AuditEntry
from teams.principal import Principal
from tests.cast import make_bank
from tests.webhooks.desk import Desk, Reply
from webhooks import services
from webhooks.delivery.claim import claim
from webhooks.delivery.fan_out import fan_out
from webhooks.models import DeadLetter
from webhooks.services import Replay


def developer(desk: Desk) -> Principal:
    """May manage webhooks and must not learn of reports."""
    return replace(desk.caller, scopes=frozenset({"webhooks"}))


def kill_all(desk: Desk) -> None:
    """Everything that waits becomes a dead letter."""
    desk.receiver.reply = lambda call: Reply(500)
    desk.deliver()
    while any(delivery.state != "dead" for delivery in desk.deliveries()):
        desk.clock.move(seconds=81)
        desk.deliver()
    desk.receiver.reply = lambda call: Reply()


def test_every_change_is_audited_and_no_secret_is_in_the_trail(desk: Desk) -> None:
    made = desk.endpoint()
    identifier = made.endpoint.id
    services.update_endpoint(caller=desk.caller, endpoint_id=identifier, changes={"rate_per_second": 5})
    rotated = services.rotate_secret(caller=desk.caller, endpoint_id=identifier)
    services.pause(caller=desk.caller, endpoint_id=identifier)
    services.resume(caller=desk.caller, endpoint_id=identifier)
    services.send_test_event(caller=desk.caller, endpoint_id=identifier)
    services.delete_endpoint(caller=desk.caller, endpoint_id=identifier)
    entries = [entry for entry in desk.stored(AuditEntry) if entry.action.startswith("webhook")]
    assert [entry.action.partition(".")[2] for entry in sorted(entries, key=lambda entry: entry.at)] == [
        "created",
        "updated",
        "secret_rotated",
        "paused",
        "resumed",
        "tested",
        "deleted",
    ]
    trail = json.dumps([[entry.before, entry.after] for entry in entries])
    assert made.secret not in trail
    assert rotated.secret not in trail


def test_the_secret_is_not_in_the_row_nor_in_what_is_printed_of_it(desk: Desk) -> None:
    made = desk.endpoint()
    stored = desk.endpoint_now(made)
    assert made.secret.encode() not in bytes(stored.sealed_secret)
    assert made.secret not in repr(made)


def test_a_secret_moved_to_another_row_is_unreadable(desk: Desk) -> None:
    first, second = desk.endpoint(), desk.endpoint()
    with desk.bank.seeing("us"):
        second.endpoint.sealed_secret = first.endpoint.sealed_secret
        second.endpoint.save()
    desk.emit()
    desk.deliver()
    failed = desk.deliveries(endpoint_id=second.endpoint.id)
    assert [delivery.last_error for delivery in failed] == ["secret_unreadable"]


def test_who_may_not_see_reports_can_neither_mark_nor_move_nor_unmark_a_confidential_endpoint(
    desk: Desk,
) -> None:
    marked, plain = desk.endpoint(is_confidential=True).endpoint.id, desk.endpoint().endpoint.id
    caller = developer(desk)
    with pytest.raises(Forbidden):
        services.create_endpoint(
            caller=caller, url=desk.receiver.url, events=["sar.drafted"], is_confidential=True
        )
    for endpoint_id, changes in (
        (plain, {"is_confidential": True}),
        (marked, {"is_confidential": False}),
        (marked, {"url": "https://elsewhere.example.com/"}),
    ):
        with pytest.raises(Forbidden):
            services.update_endpoint(caller=caller, endpoint_id=endpoint_id, changes=changes)
    with pytest.raises(Forbidden):
        services.rotate_secret(caller=caller, endpoint_id=marked)
    services.update_endpoint(caller=caller, endpoint_id=marked, changes={"rate_per_second": 3})
    services.update_endpoint(
        caller=caller, endpoint_id=plain, changes={"url": "https://elsewhere.example.com/"}
    )


def test_who_marked_an_endpoint_is_kept(desk: Desk) -> None:
    made = desk.endpoint(is_confidential=True)
    assert desk.endpoint_now(made).confidential_by_id == desk.caller.person_id


def test_a_replay_by_who_may_not_see_reports_leaves_them_alone(desk: Desk) -> None:
    desk.endpoint(is_confidential=True)
    desk.emit("sar.drafted")
    desk.emit("alert.created")
    kill_all(desk)
    assert services.replay(caller=developer(desk), wanted=Replay()).count == 1
    (left,) = desk.stored(DeadLetter, replayed_at=None)
    assert left.event == "sar.drafted"
    with pytest.raises(NotFound):
        services.replay(caller=developer(desk), wanted=Replay(dead_letter_id=left.id))
    with pytest.raises(NotFound):
        services.retry_now(caller=developer(desk), delivery_id=left.delivery_id)


def test_dead_letters_are_replayed_one_by_one_by_filter_since_a_time_or_all_of_an_endpoint(
    desk: Desk,
) -> None:
    first, second = (
        desk.endpoint(events=["alert.created", "case.created"]),
        desk.endpoint(events=["case.created"]),
    )
    desk.emit("alert.created", count=2)
    desk.emit("case.created", count=2)
    kill_all(desk)
    assert len(desk.stored(DeadLetter)) == 6
    letters = desk.stored(DeadLetter, endpoint_id=first.endpoint.id, event="case.created")
    caller = desk.caller
    assert services.replay(caller=caller, wanted=Replay(dead_letter_id=letters[0].id)).count == 1
    assert services.replay(caller=caller, wanted=Replay(since=desk.clock.now + timedelta(hours=1))).count == 0
    assert services.replay(caller=caller, wanted=Replay(endpoint_id=second.endpoint.id)).count == 2
    assert services.replay(caller=caller, wanted=Replay(event="alert.created")).count == 2
    assert services.replay(caller=caller, wanted=Replay(since=desk.clock.now - timedelta(hours=1))).count == 1
    assert desk.stored(DeadLetter, replayed_at=None) == []
    for made in (first, second):
        services.pause(caller=caller, endpoint_id=made.endpoint.id)
        services.resume(caller=caller, endpoint_id=made.endpoint.id)
    desk.clock.move(seconds=120)
    desk.deliver()
    assert {delivery.state for delivery in desk.deliveries()} == {"done"}


def test_what_was_delivered_can_be_sent_again_with_its_own_id(desk: Desk) -> None:
    made = desk.endpoint()
    desk.emit(count=3)
    desk.deliver()
    wanted = Replay(endpoint_id=made.endpoint.id, with_delivered=True)
    assert services.replay(caller=desk.caller, wanted=wanted).count == 3
    desk.clock.move(seconds=1)
    desk.deliver()
    assert len(desk.receiver.ids) == 6
    assert len(set(desk.receiver.ids)) == 3


def test_one_delivery_can_be_sent_again_whatever_became_of_it(desk: Desk) -> None:
    desk.endpoint()
    desk.emit()
    desk.deliver()
    services.retry_now(caller=desk.caller, delivery_id=desk.delivery().id)
    desk.clock.move(seconds=1)
    assert desk.deliver() == 1
    assert (desk.delivery().state, desk.delivery().attempts_made) == ("done", 2)


def test_an_attempt_that_is_under_way_cannot_be_doubled_by_hand(desk: Desk) -> None:
    desk.endpoint()
    desk.emit()
    fan_out(desk.tenant, now=desk.clock())
    claim(desk.tenant, owner=new_id(), most=10, now=desk.clock())
    with pytest.raises(Conflict):
        services.retry_now(caller=desk.caller, delivery_id=desk.delivery().id)


def test_somebody_elses_endpoint_or_delivery_is_as_unknown_as_nobodys(desk: Desk) -> None:
    rival = make_bank("Rival Bank", "us").principal("us")
    made = desk.endpoint()
    desk.emit()
    desk.deliver()
    for caller in (rival, desk.bank.principal("id")):
        for identifier in (made.endpoint.id, new_id(), None):
            for service in (
                services.pause,
                services.resume,
                services.rotate_secret,
                services.send_test_event,
                services.delete_endpoint,
            ):
                with pytest.raises(NotFound):
                    service(caller=caller, endpoint_id=identifier)
        for identifier in (desk.delivery().id, new_id(), None):
            with pytest.raises(NotFound):
                services.retry_now(caller=caller, delivery_id=identifier)


def test_a_team_has_a_limited_number_of_endpoints(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webhooks.services.endpoints.MOST_ENDPOINTS", 2)
    desk.endpoint()
    gone = desk.endpoint()
    with pytest.raises(Conflict):
        desk.endpoint()
    services.delete_endpoint(caller=desk.caller, endpoint_id=gone.endpoint.id)
    desk.endpoint()
