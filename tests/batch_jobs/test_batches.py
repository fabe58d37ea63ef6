"""Batches through the API: accepted at once, decided once, in order, with the single call's words."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings as django_settings
from django.utils import timezone

from ratel.identifiers import read
from screening.batch_jobs import chunk as chunks
from screening.batch_jobs import work as working
from screening.batch_jobs.claim import LEASE, claim
from screening.batch_jobs.lanes import ITEMS_A_CHUNK, deal
from screening.batch_jobs.purge import purge
from screening.batch_jobs.work import GIVEN_UP_AFTER, work
from screening.models import BatchChunk, BatchJob, Evaluation, Transaction
from teams.models import AuditEntry
from tests.batch_jobs.items import BATCH, decide, finish, item, refused, start, status
from tests.cast import Bank, make_bank
from webhooks.delivery.tenants import Tenant
from webhooks.models import OutboxEvent


@pytest.fixture
def acme() -> Bank:
    return make_bank("Acme Bank", "us")


def evaluations(bank: Bank, pack: str = "us") -> int:
    with bank.seeing(pack):
        return Evaluation.objects.count()


def test_a_batch_answers_each_item_as_the_single_call_would_and_in_order(acme: Bank) -> None:
    single = make_bank("Other Bank", "us").callers["us"]
    items = [item(n) for n in range(30)] + [
        item(30, amount=9_850),
        item(31, sender={"entity_id": "x", "name": "Viktor Bout"}),
    ]
    shown = decide(acme, items)
    assert (shown["status"], shown["total"], shown["processed"], shown["failed"]) == ("COMPLETED", 32, 32, 0)
    assert [one["transaction_id"] for one in shown["results"]] == [one["transaction_id"] for one in items]
    for sent, found in zip(items, shown["results"], strict=True):
        alone = single.post("/v1/transactions/screen", sent).body
        assert (found["decision"], found["risk_score"], found["risk_level"], found["explanation"]) == (
            alone["decision"],
            alone["risk_score"],
            alone["risk_level"],
            alone["explanation"],
        )
    assert {one["decision"] for one in shown["results"]} > {"APPROVE"}
    assert evaluations(acme) == 32


def test_an_invalid_item_is_a_result_with_its_problems(acme: Bank) -> None:
    broken = item(1)
    del broken["sender"]
    shown = decide(acme, [item(0), broken, "no object", None, item(2, amount=-1), item(0, amount=7), item(3)])
    codes = [one.get("error") for one in shown["results"]]
    assert codes == [None, "invalid", "invalid", "invalid", "invalid", "externalId_reused", None]
    assert shown["results"][1]["details"] == [{"path": "sender", "message": "is required"}]
    assert [one["transaction_id"] for one in shown["results"]] == [
        "txn_0",
        "txn_1",
        None,
        None,
        "txn_2",
        "txn_0",
        "txn_3",
    ]
    assert (shown["status"], shown["processed"], shown["failed"]) == ("COMPLETED", 7, 5)
    assert evaluations(acme) == 2


def test_what_was_decided_before_is_answered_as_it_was(acme: Bank) -> None:
    caller = acme.callers["us"]
    alone = caller.post("/v1/transactions/screen", item(5, amount=9_850)).body
    twice = decide(acme, [item(5, amount=9_850), item(6), item(6)])["results"]
    assert {name: twice[0][name] for name in alone} == alone
    assert twice[1] == twice[2]
    assert evaluations(acme) == 2
    again = caller.post("/v1/transactions/screen", item(6))
    assert again.headers["Idempotent-Replayed"] == "true"


def test_items_of_one_customer_see_each_other_in_order(acme: Bank) -> None:
    """All of them are in one lane; the velocity that the last one sees is that of all before it."""
    items = [item(n, sender={"entity_id": f"busy_{n % 3}"}) for n in range(700)]
    dealt = deal(items)
    assert sorted(position for one in dealt for position in one.positions) == list(range(700))
    lanes: dict[str, set[int]] = {}
    for one in dealt:
        assert len(one.positions) <= ITEMS_A_CHUNK and list(one.positions) == sorted(one.positions)
        for position in one.positions:
            lanes.setdefault(items[position]["sender"]["entity_id"], set()).add(one.lane)
    assert all(len(found) == 1 for found in lanes.values())


def test_a_later_chunk_of_a_lane_waits_for_the_earlier_one(acme: Bank) -> None:
    caller, team = acme.callers["us"], acme.team_facts("us")
    start(caller, [item(n, sender={"entity_id": "one"}) for n in range(300)])
    now = timezone.now()
    first = claim(team, now)
    assert first is not None
    with acme.seeing("us"):
        assert BatchChunk.objects.get(id=first.chunk_id).number == 0
    assert claim(team, now) is None
    again = claim(team, now + LEASE)
    assert again is not None and (again.chunk_id, again.attempts) == (first.chunk_id, 2)


def test_bodies_that_are_no_batch_are_refused_with_every_problem(acme: Bank) -> None:
    post = acme.callers["us"].post
    assert refused(post(BATCH, {})) == ["transactions"]
    assert refused(post(BATCH, [])) == [""]
    assert refused(post(BATCH, {"transactions": [], "x": 1})) == ["x", "transactions"]
    assert refused(post(BATCH, {"transactions": [{}] * 10_001})) == ["transactions"]
    for url in ("ftp://example.com/", 7, "http://10.0.0.1/", "https://user:secret@example.com/"):
        assert refused(post(BATCH, {"transactions": [{}], "callback_url": url})) == ["callback_url"]
    large = acme.callers["us"].call("POST", BATCH, raw=b" " * (16 * 1024 * 1024 + 1))
    assert (large.status, large.body["error"]) == (413, "too_large")
    with acme.seeing("us"):
        assert not BatchJob.objects.exists()


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "k"}])
def test_what_nests_deeper_than_can_be_kept_is_named(acme: Bank, headers: dict[str, str]) -> None:
    """A fault of the caller's, not of ours: it was read, and could not be written down."""

    def sent(levels: int) -> list[str]:
        deep = json.loads("[" * levels + "]" * levels)
        raw = json.dumps({"transactions": [item(1), item(2, note=deep), 3, [deep]]}).encode()
        return refused(acme.callers["us"].call("POST", BATCH, raw=raw, **headers))

    assert sent(300) == sent(252) == ["transactions[1]", "transactions[3]"]
    assert refused(acme.callers["us"].call("POST", BATCH, raw=b"[" * 400 + b"]" * 400, **headers)) == [""]
    with acme.seeing("us"):
        assert not BatchJob.objects.exists()


def test_what_nests_as_deep_as_can_be_kept_has_its_problem_as_its_result(acme: Bank) -> None:
    deep = json.loads("[" * 250 + "]" * 250)
    shown = decide(acme, [item(1), item(2, note=deep)])
    assert [one.get("error") for one in shown["results"]] == [None, "invalid"]


def test_a_key_without_the_scope_and_a_stranger_get_nothing(acme: Bank) -> None:
    batch_id = start(acme.callers["us"], [item(1)])
    reader = acme.new_key("us", scopes=["read"])
    assert reader.post(BATCH, {"transactions": [item(1)]}).status == 403
    assert reader.get(f"/v1/batches/{batch_id}").status == 403
    stranger = make_bank("Rival Bank", "us").callers["us"]
    assert stranger.get(f"/v1/batches/{batch_id}").status == 404
    assert stranger.post(f"/v1/batches/{batch_id}/cancel").status == 404
    assert status(acme.callers["us"], batch_id)["status"] == "PROCESSING"


def test_progress_is_counted_and_the_estimate_is_of_the_future(acme: Bank) -> None:
    caller = acme.callers["us"]
    accepted = caller.post(BATCH, {"transactions": [item(n) for n in range(5)]})
    promised = datetime.fromisoformat(accepted.body["estimated_completion"])
    assert datetime.now(UTC) < promised < datetime.now(UTC) + timedelta(minutes=1)
    before = status(caller, accepted.body["batch_id"])
    assert (before["processed"], before["total"], before["finished_at"]) == (0, 5, None)
    assert "results" not in before
    after = finish(caller, accepted.body["batch_id"])
    assert after["estimated_completion"] == after["finished_at"] is not None
    assert "results" not in caller.get(f"/v1/batches/{accepted.body['batch_id']}?results=false").body
    assert caller.get(f"/v1/batches/{accepted.body['batch_id']}?results=maybe").status == 400


def test_a_cancelled_batch_decides_nothing_that_was_not_begun(acme: Bank) -> None:
    caller, team = acme.callers["us"], acme.team_facts("us")
    items = [item(n, sender={"entity_id": "one"}) for n in range(450)]
    batch_id = start(caller, items)
    begun = claim(team, timezone.now())
    assert begun is not None
    cancelled = caller.post(f"/v1/batches/{batch_id}/cancel")
    assert (cancelled.status, cancelled.body["status"]) == (202, "PROCESSING")
    with acme.seeing("us"):
        BatchChunk.objects.filter(id=begun.chunk_id).update(lease_until=timezone.now())
    shown = finish(caller, batch_id)
    assert (shown["status"], shown["processed"], shown["failed"]) == ("CANCELLED", 200, 250)
    assert ["error" in one for one in shown["results"]] == [False] * 200 + [True] * 250
    assert shown["results"][449] == {
        "transaction_id": "txn_449",
        "error": "cancelled",
        "message": "The batch was cancelled before this item was begun",
        "details": [],
    }
    assert evaluations(acme) == 200
    assert caller.post(f"/v1/batches/{batch_id}/cancel").status == 202
    ended = start(caller, [item(1)])
    finish(caller, ended)
    assert caller.post(f"/v1/batches/{ended}/cancel").status == 409
    with acme.seeing("us"):
        assert AuditEntry.objects.filter(action="batch.cancelled").count() == 1


def test_a_batch_that_nobody_has_begun_is_cancelled_at_once(acme: Bank) -> None:
    caller = acme.callers["us"]
    batch_id = start(caller, [item(1), item(2)])
    assert caller.post(f"/v1/batches/{batch_id}/cancel").body["status"] == "CANCELLED"
    assert [one["error"] for one in status(caller, batch_id)["results"]] == ["cancelled", "cancelled"]
    assert evaluations(acme) == 0


def test_the_end_is_one_event_without_anything_of_the_items(acme: Bank) -> None:
    batch_id = start(acme.callers["us"], [item(1), {}])
    finish(acme.callers["us"], batch_id)
    with acme.seeing("us"):
        (event,) = OutboxEvent.objects.filter(event="batch.completed")
    assert event.payload == {
        "batchId": batch_id,
        "status": "COMPLETED",
        "total": 2,
        "processed": 2,
        "failed": 1,
    }


def test_a_chunk_that_was_interrupted_after_it_was_decided_is_decided_once(acme: Bank) -> None:
    """The worker dies between the decisions and the results; the next one answers the stored evaluations."""
    caller, team = acme.callers["us"], acme.team_facts("us")
    items = [item(n) for n in range(120)]
    batch_id = start(caller, items)
    one = claim(team, timezone.now())
    assert one is not None
    principal = one.caller.as_principal(team)
    lost = chunks.decide_items(items, caller=principal, accepted_at=one.accepted_at, is_last_attempt=False)
    assert evaluations(acme) == 120
    with acme.seeing("us"):
        BatchChunk.objects.update(lease_until=timezone.now())
    shown = finish(caller, batch_id)
    assert shown["results"] == lost
    assert evaluations(acme) == 120


def test_whoever_has_lost_its_lease_changes_nothing(acme: Bank) -> None:
    caller, team = acme.callers["us"], acme.team_facts("us")
    batch_id = start(caller, [item(1)])
    slow = claim(team, timezone.now())
    quick = claim(team, timezone.now() + LEASE)
    assert slow is not None and quick is not None
    results = [{"transaction_id": "txn_1", "decision": "APPROVE"}]
    assert not working.chunk_done(team=team, claim=slow, results=results, now=timezone.now())
    assert status(caller, batch_id)["processed"] == 0
    assert working.chunk_done(team=team, claim=quick, results=results, now=timezone.now())
    assert not working.chunk_done(team=team, claim=quick, results=results, now=timezone.now())
    assert status(caller, batch_id)["processed"] == 1


def test_something_unexpected_is_tried_again_and_then_fails_its_own_item_alone(
    acme: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide_for_real = chunks.evaluate

    def evaluate(requests, caller, address):  # type: ignore[no-untyped-def]
        if any(one.transaction.external_id == "txn_3" for one in requests):
            raise ZeroDivisionError
        return decide_for_real(requests, caller, address)

    monkeypatch.setattr(chunks, "evaluate", evaluate)
    caller = acme.callers["us"]
    batch_id = start(caller, [item(n) for n in range(6)])
    for attempt in range(1, working.MOST_ATTEMPTS):
        work(5.0)
        with acme.seeing("us"):
            (left,) = BatchChunk.objects.all()
            assert (left.state, left.attempts, left.lease_until) == ("waiting", attempt, None)
            BatchChunk.objects.update(next_attempt_at=timezone.now())
    shown = finish(caller, batch_id)
    assert [one.get("error") for one in shown["results"]] == [None, None, None, "internal_error", None, None]
    assert evaluations(acme) == 5


def test_what_was_begun_too_long_ago_is_not_decided_a_second_time(acme: Bank) -> None:
    """External ids are held for a day; after that a repeated item could be decided twice."""
    caller = acme.callers["us"]
    batch_id = start(caller, [item(1)])
    with acme.seeing("us"):
        BatchChunk.objects.update(begun_at=timezone.now() - GIVEN_UP_AFTER - timedelta(minutes=1), attempts=1)
    shown = finish(caller, batch_id)
    assert (shown["status"], shown["processed"]) == ("FAILED", 0)
    assert shown["results"][0]["error"] == "given_up"
    assert evaluations(acme) == 0


def test_a_team_with_too_many_items_waiting_is_asked_to_come_back(acme: Bank, settings: object) -> None:
    assert django_settings.RATEL_BATCH_QUEUE_ITEMS > 10_000
    settings.RATEL_BATCH_QUEUE_ITEMS = 3  # type: ignore[attr-defined]
    caller = acme.callers["us"]
    batch_id = start(caller, [item(n) for n in range(10)])
    full = caller.post(BATCH, {"transactions": [item(1)]})
    assert (full.status, full.body["error"], full.headers["Retry-After"]) == (503, "queue_full", "30")
    finish(caller, batch_id)
    start(caller, [item(1)])


def test_items_and_results_are_sealed_and_items_go_when_they_are_decided(
    acme: Bank,
) -> None:
    name = "Ottilie Unmistakable"
    batch_id = start(acme.callers["us"], [item(1, sender={"entity_id": "e", "name": name})])

    def stored() -> list[bytes]:
        with acme.seeing("us"):
            chunk = BatchChunk.objects.get()
        return [chunk.sealed_items, chunk.sealed_results]

    items, results = stored()
    assert items and results is None and name.encode() not in bytes(items)
    finish(acme.callers["us"], batch_id)
    items, results = stored()
    assert items is None and results and b"APPROVE" not in bytes(results)


def test_the_list_shows_the_teams_batches_newest_first(acme: Bank) -> None:
    caller = acme.callers["us"]
    ids = [start(caller, [item(n)]) for n in range(3)]
    finish(caller, ids[0])
    finish(caller, ids[2])
    assert caller.post(f"/v1/batches/{ids[1]}/cancel").status in {202, 409}
    page = caller.get("/api/batches?limit=2")
    assert [one["id"] for one in page.data] == [ids[2], ids[1]]
    rest = caller.get(f"/api/batches?limit=2&cursor={page.body['nextCursor']}")
    assert [one["id"] for one in rest.data] == [ids[0]] and rest.body["nextCursor"] is None
    assert {one["status"] for one in caller.get("/api/batches?status=COMPLETED").data} == {"COMPLETED"}


def test_batches_are_removed_after_their_time_and_their_decisions_stay(acme: Bank) -> None:
    caller = acme.callers["us"]
    batch_id, waiting = start(caller, [item(1)]), None
    finish(caller, batch_id)
    waiting = start(caller, [item(2)])
    tenant = Tenant(acme.id, (acme.teams["us"].id,))
    assert purge(tenant, now=timezone.now() + timedelta(days=29)) == 0
    assert purge(tenant, now=timezone.now() + timedelta(days=31)) == 1
    assert caller.get(f"/v1/batches/{batch_id}").status == 404
    with acme.seeing("us"):
        assert [one.batch_id for one in BatchChunk.objects.all()] == [read("batch", waiting)]
        assert Transaction.objects.count() == 1
