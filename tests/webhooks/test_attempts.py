"""One attempt: what is sent, what counts as success, and what is kept of the answer."""

import socket
from datetime import timedelta

import pytest

from ratel.sealing import unseal
from tests.webhooks.desk import Desk, Reply
from webhooks.delivery.courier import KEPT_RESPONSE_BYTES, Courier
from webhooks.delivery.settle import response_context
from webhooks.egress import Targets
from webhooks.models import Attempt
from webhooks.services import rotate_secret, send_test_event
from webhooks.signing import NotGenuine, verify


def only_attempt(desk: Desk) -> Attempt:
    (attempt,) = desk.stored(Attempt)
    return attempt


def test_an_attempt_is_signed_so_that_the_receiver_can_tell(desk: Desk) -> None:
    made = desk.endpoint()
    (event_id,) = desk.emit()
    desk.deliver()
    (call,) = desk.receiver.calls
    verify(body=call.body, headers=call.headers, secrets=[made.secret], now=desk.clock())
    with pytest.raises(NotGenuine):
        verify(body=call.body + b" ", headers=call.headers, secrets=[made.secret], now=desk.clock())
    assert call.headers["X-Ratel-Event"] == "alert.created"
    assert call.headers["webhook-id"] == call.event["id"]
    assert desk.delivery().event_id == event_id


def test_while_a_secret_is_rotated_both_are_good_and_afterwards_only_the_new_one(desk: Desk) -> None:
    old = desk.endpoint()
    new = rotate_secret(caller=desk.caller, endpoint_id=old.endpoint.id, overlap=timedelta(hours=1))
    desk.emit()
    desk.deliver()
    desk.clock.move(hours=2)
    desk.emit()
    desk.deliver()
    during, after = desk.receiver.calls
    begun = desk.clock.now - timedelta(hours=2)
    for secret in (old.secret, new.secret):
        verify(body=during.body, headers=during.headers, secrets=[secret], now=begun)
    verify(body=after.body, headers=after.headers, secrets=[new.secret], now=desk.clock())
    with pytest.raises(NotGenuine):
        verify(body=after.body, headers=after.headers, secrets=[old.secret], now=desk.clock())


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_is_success(desk: Desk, status: int) -> None:
    desk.receiver.reply = lambda call: Reply(status, b"")
    desk.endpoint()
    desk.emit()
    desk.deliver()
    assert (desk.delivery().state, only_attempt(desk).status_code) == ("done", status)


@pytest.mark.parametrize(
    ("status", "error"), [(301, "redirected"), (307, "redirected"), (404, "status"), (500, "status")]
)
def test_anything_else_is_a_failure_and_a_redirect_is_not_followed(
    desk: Desk, status: int, error: str
) -> None:
    desk.receiver.reply = lambda call: Reply(status, headers={"Location": desk.receiver.url + "/elsewhere"})
    desk.endpoint()
    desk.emit()
    desk.deliver()
    delivery = desk.delivery()
    assert (delivery.state, delivery.last_error, delivery.last_status_code) == ("pending", error, status)
    assert [call.path for call in desk.receiver.calls] == ["/"]


def test_four_kilobytes_of_the_answer_are_kept_sealed(desk: Desk) -> None:
    desk.receiver.reply = lambda call: Reply(500, b"x" * 100_000)
    desk.endpoint()
    desk.emit()
    desk.deliver()
    attempt = only_attempt(desk)
    assert b"xxxx" not in bytes(attempt.sealed_response)
    assert unseal(bytes(attempt.sealed_response), response_context(attempt.id)) == b"x" * KEPT_RESPONSE_BYTES


def test_an_answer_that_takes_too_long_is_a_failure_by_name(desk: Desk) -> None:
    hasty = Courier(Targets(allows_http=True, allows_loopback=True), clock=desk.clock, attempt_seconds=0.2)
    desk.receiver.reply = lambda call: Reply(delay_seconds=30)
    desk.endpoint()
    desk.emit()
    Desk(desk.bank, desk.receiver, hasty, desk.clock).deliver()
    hasty.close()
    assert (desk.delivery().last_error, desk.delivery().last_status_code) == ("timeout", None)


def test_nobody_there_is_a_failure_by_name(desk: Desk) -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        desk.endpoint(f"http://127.0.0.1:{reserved.getsockname()[1]}/")
        desk.emit()
        desk.deliver()
    assert desk.delivery().last_error == "connection_failed"


def test_a_connection_that_ends_early_is_a_failure_by_name(desk: Desk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        desk.endpoint(f"http://127.0.0.1:{server.getsockname()[1]}/")
        desk.emit()
        engine = desk.engine()
        engine._round(True)
        accepted, _ = server.accept()
        accepted.recv(100)
        accepted.close()
        engine.run(budget_seconds=0)
    assert desk.delivery().last_error == "connection_lost"


def test_what_speaks_no_http_is_a_failure_by_name(desk: Desk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        desk.endpoint(f"http://127.0.0.1:{server.getsockname()[1]}/")
        desk.emit()
        engine = desk.engine()
        engine._round(True)
        accepted, _ = server.accept()
        accepted.recv(100)
        accepted.sendall(b"220 mail.example.com ready\r\n\r\n")
        engine.run(budget_seconds=0)
        accepted.close()
    assert desk.delivery().last_error == "bad_answer"


def test_where_webhooks_may_not_go_nothing_is_sent(desk: Desk) -> None:
    strict = Courier(Targets(), clock=desk.clock)
    desk.endpoint()
    desk.emit()
    Desk(desk.bank, desk.receiver, strict, desk.clock).deliver()
    strict.close()
    assert (desk.delivery().last_error, desk.receiver.calls) == ("target_refused", [])


def test_a_secret_that_cannot_be_read_fails_by_name_and_sends_nothing(desk: Desk) -> None:
    made = desk.endpoint()
    with desk.bank.seeing("us"):
        made.endpoint.sealed_secret = b"\x01" + bytes(60)
        made.endpoint.save()
    desk.emit()
    desk.deliver()
    assert (desk.delivery().last_error, desk.receiver.calls) == ("secret_unreadable", [])


def test_a_test_event_goes_to_its_endpoint_whatever_it_subscribes_to(desk: Desk) -> None:
    made, other = desk.endpoint(events=["case.closed"]), desk.endpoint()
    send_test_event(caller=desk.caller, endpoint_id=made.endpoint.id)
    desk.deliver()
    assert [call.event["event"] for call in desk.receiver.calls] == ["webhook.test"]
    assert desk.delivery().endpoint_id == made.endpoint.id != other.endpoint.id
