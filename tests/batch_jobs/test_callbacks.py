"""The callback of a batch: one signed POST with all results, with a webhook's waits and dead letters."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from ratel.identifiers import show
from tests.batch_jobs.items import finish, item, start, status
from tests.cast import make_bank
from tests.webhooks.desk import Clock, Desk, Reply, receiver
from webhooks.callbacks import remove_idle_endpoints
from webhooks.delivery.courier import Courier
from webhooks.egress import Targets
from webhooks.models import DeadLetter, Delivery, Endpoint
from webhooks.signing import NotGenuine, verify


@pytest.fixture
def desk() -> Iterator[Desk]:
    clock = Clock()
    courier = Courier(Targets(allows_http=True, allows_loopback=True), clock=clock)
    with receiver() as one:
        yield Desk(make_bank("Acme Bank", "us"), one, courier, clock)
    courier.close()


def new_secret(desk: Desk) -> str:
    answer = desk.bank.callers["us"].post(f"/api/teams/{desk.bank.teams['us'].id}/callback-secret")
    assert answer.status == 201, answer.body
    return str(answer.data["secret"])


def run_batch(desk: Desk, count: int = 3, path: str = "/done") -> str:
    caller = desk.bank.callers["us"]
    batch_id = start(caller, [item(n) for n in range(count)], callback_url=desk.receiver.url + path)
    finish(caller, batch_id)
    return batch_id


def test_the_results_arrive_signed_as_the_api_shows_them(desk: Desk) -> None:
    secret = new_secret(desk)
    batch_id = run_batch(desk)
    desk.deliver()
    (call,) = desk.receiver.calls
    assert call.path == "/done"
    verify(body=call.body, headers=call.headers, secrets=[secret], now=desk.clock())
    shown = status(desk.bank.callers["us"], batch_id)
    assert json.loads(call.body) == {name: shown[name] for name in ("batch_id", "status", "results")}
    assert [one["transaction_id"] for one in shown["results"]] == ["txn_0", "txn_1", "txn_2"]
    desk.clock.move(minutes=10)
    assert desk.deliver() == 0


def test_a_large_body_is_sent_whole(desk: Desk) -> None:
    """Far beyond the 64 KiB of an event, which is shortened."""
    run_batch(desk, count=800)
    desk.deliver()
    (call,) = desk.receiver.calls
    assert len(call.body) > 64 * 1024
    assert len(json.loads(call.body)["results"]) == 800


def test_every_attempt_sends_the_same_bytes_at_the_contracts_times_and_the_last_is_a_dead_letter(
    desk: Desk,
) -> None:
    desk.receiver.reply = lambda call: Reply(500)
    run_batch(desk)
    for wait in (5, 10, 20, 40):
        assert desk.deliver() == 1
        desk.clock.move(seconds=wait - 1)
        assert desk.deliver() == 0
        desk.clock.move(seconds=1)
    assert desk.deliver() == 1
    assert len({call.body for call in desk.receiver.calls}) == 1
    assert [call.attempt for call in desk.receiver.calls] == [1, 2, 3, 4, 5]
    desk.clock.move(seconds=81)
    desk.deliver()
    (letter,) = desk.stored(DeadLetter)
    desk.receiver.reply = lambda call: Reply(200)
    answer = desk.bank.callers["us"].post(f"/api/dead-letters/{show('ded', letter.id)}/replay")
    assert answer.status == 202, answer.body
    desk.deliver()
    assert desk.receiver.calls[-1].body == desk.receiver.calls[0].body
    assert desk.delivery().state == Delivery.State.DONE


def test_a_cancelled_batch_is_told_too(desk: Desk) -> None:
    caller = desk.bank.callers["us"]
    batch_id = start(caller, [item(1)], callback_url=desk.receiver.url)
    caller.post(f"/v1/batches/{batch_id}/cancel")
    desk.deliver()
    (call,) = desk.receiver.calls
    assert json.loads(call.body)["status"] == "CANCELLED"


def test_a_secret_that_nobody_has_seen_signs_and_is_shown_on_the_first_call(desk: Desk) -> None:
    run_batch(desk)
    secret = new_secret(desk)
    desk.deliver()
    (call,) = desk.receiver.calls
    verify(body=call.body, headers=call.headers, secrets=[secret], now=desk.clock())


def test_a_second_call_makes_a_new_secret_and_both_sign_for_a_day(desk: Desk) -> None:
    old = new_secret(desk)
    run_batch(desk, path="/first")
    new = new_secret(desk)
    assert new != old
    run_batch(desk, path="/second")
    desk.deliver()
    assert sorted(call.path for call in desk.receiver.calls) == ["/first", "/second"]
    for call in desk.receiver.calls:
        for secret in (old, new):
            verify(body=call.body, headers=call.headers, secrets=[secret], now=desk.clock())
    desk.clock.move(hours=25)
    desk.bank.callers["us"].post("/v1/transactions/screen", item(9))
    caller = desk.bank.callers["us"]
    finish(caller, start(caller, [item(9)], callback_url=desk.receiver.url + "/first"))
    desk.deliver()
    call = desk.receiver.calls[-1]
    verify(body=call.body, headers=call.headers, secrets=[new], now=desk.clock())
    with pytest.raises(NotGenuine):
        verify(body=call.body, headers=call.headers, secrets=[old], now=desk.clock())


def test_only_the_callers_own_team_has_its_secret_shown(desk: Desk) -> None:
    caller, rival = desk.bank.callers["us"], make_bank("Rival Bank", "us")
    assert caller.post(f"/api/teams/{rival.teams['us'].id}/callback-secret").status == 404
    reader = desk.bank.new_key("us", scopes=["read", "evaluate"])
    assert reader.post(f"/api/teams/{desk.bank.teams['us'].id}/callback-secret").status == 403


def test_the_address_is_no_endpoint_that_anybody_lists_or_changes(desk: Desk) -> None:
    run_batch(desk)
    caller = desk.bank.callers["us"]
    assert caller.get("/api/webhook-endpoints").data == []
    (delivery,) = caller.get("/api/webhook-deliveries").data
    assert delivery["event"] == "batch.completed"
    path = f"/api/webhook-endpoints/{delivery['endpointId']}"
    for method, address, body in (
        ("PATCH", path, {"url": "https://example.com/"}),
        ("DELETE", path, None),
        ("POST", f"{path}/rotate", None),
        ("POST", f"{path}/pause", None),
        ("POST", f"{path}/test", None),
    ):
        assert caller.call(method, address, body).status == 404, (method, address)
    shown = caller.get(f"/api/webhook-deliveries/{delivery['id']}").data
    assert shown["request"]["body"] is None


def test_two_batches_to_one_address_share_its_row_and_an_idle_one_goes(desk: Desk) -> None:
    run_batch(desk)
    run_batch(desk)
    desk.deliver()
    assert len(desk.receiver.calls) == 2
    team = desk.bank.teams["us"].id
    late = timezone.now() + timedelta(days=9)
    with desk.bank.seeing("us"):
        (endpoint,) = Endpoint.objects.filter(is_callback=True)
        remove_idle_endpoints([team], now=late)
        assert Endpoint.objects.get(id=endpoint.id).deleted_at is None
        Delivery.objects.all().delete()
        remove_idle_endpoints([team], now=late)
        assert Endpoint.objects.get(id=endpoint.id).deleted_at == late


def test_an_address_that_fails_for_days_is_never_paused(desk: Desk) -> None:
    desk.receiver.reply = lambda call: Reply(500)
    for number in range(15):
        run_batch(desk, count=1, path="/dead")
        desk.deliver()
        desk.clock.move(hours=6)
        desk.deliver()
        assert number >= 0
    (endpoint,) = desk.stored(Endpoint, is_callback=True)
    assert endpoint.failing_since is not None
    assert endpoint.status == Endpoint.Status.ACTIVE
