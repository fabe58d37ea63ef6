"""`Prefer: respond-async`: taken in at once, decided once, found under the id that was promised."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from ratel.identifiers import read
from screening.batch_jobs.purge import purge
from screening.batch_jobs.work import work
from screening.models import Evaluation, QueuedEvaluation, Transaction
from screening.queue_mode import run
from teams.models import AuditEntry
from teams.roles import SCOPES
from tests.cast import Answer, Bank, Caller, make_bank, payment
from webhooks.delivery.tenants import Tenant

EVALUATE = "/api/transactions/evaluate"
ASYNC = {"Prefer": "respond-async"}


@pytest.fixture
def acme() -> Bank:
    return make_bank("Acme Bank", "us")


def queue(caller: Caller, **fields: Any) -> Answer:
    return caller.post(EVALUATE, payment(**fields), **ASYNC)


def promised(answer: Answer) -> str:
    assert answer.status == 202, answer.body
    return str(answer.data["evaluationId"])


def shown(caller: Caller, evaluation_id: str) -> dict[str, Any]:
    answer = caller.get(f"/api/evaluations/{evaluation_id}")
    assert answer.status == 200, answer.body
    return dict(answer.data)


def test_a_queued_payment_is_pending_and_then_the_evaluation_that_was_promised(acme: Bank) -> None:
    caller = acme.callers["us"]
    answer = queue(caller, amount=50_000, counterpartyName="Viktor Anatolijevitch Bout", externalId="a")
    evaluation_id = promised(answer)
    assert answer.headers["Location"] == f"/api/evaluations/{evaluation_id}"
    assert answer.headers["Preference-Applied"] == "respond-async"
    assert shown(caller, evaluation_id) == {"evaluationId": evaluation_id, "status": "pending"}
    work()
    done = shown(caller, evaluation_id)
    assert (done["status"], done["evaluationId"], done["decision"]) == ("done", evaluation_id, "escalate")
    replay = caller.evaluate(amount=50_000, counterpartyName="Viktor Anatolijevitch Bout", externalId="a")
    assert replay.body["idempotent"] is True
    assert replay.data["alertId"] == done["alertId"]
    with acme.seeing("us"):
        assert Evaluation.objects.get().id == read("evl", evaluation_id)
        assert AuditEntry.objects.get(action="evaluation.decided").actor_kind == "key"


def test_an_external_id_that_is_queued_twice_gives_the_same_answer(acme: Bank) -> None:
    caller = acme.callers["us"]
    first = promised(queue(caller, externalId="same"))
    assert promised(queue(caller, externalId="same")) == first
    other = queue(caller, externalId="same", amount=7)
    assert (other.status, other.error["code"]) == (422, "externalId_reused")
    work()
    assert promised(queue(caller, externalId="same")) == first
    work()
    with acme.seeing("us"):
        assert Transaction.objects.count() == 1


def test_what_was_decided_before_it_was_queued_is_that_evaluation(acme: Bank) -> None:
    caller = acme.callers["us"]
    before = caller.explain(externalId="known")
    evaluation_id = promised(queue(caller, externalId="known"))
    reused = promised(queue(caller, externalId="known-too"))
    caller.evaluate(externalId="known-too", amount=7)
    work()
    assert shown(caller, evaluation_id)["evaluationId"] == before.data["evaluationId"]
    refused = shown(caller, reused)
    assert (refused["status"], refused["error"]["status"], refused["error"]["code"]) == (
        "refused",
        422,
        "externalId_reused",
    )


def test_without_the_scope_or_in_a_dry_run_the_wish_is_not_heard(acme: Bank) -> None:
    plain = acme.new_key("us", scopes=["evaluate"])
    assert queue(plain).status == 200
    assert acme.callers["us"].post(EVALUATE, payment(persist=False), **ASYNC).status == 200
    other = acme.callers["us"].post(EVALUATE, payment(), Prefer="return=minimal")
    assert other.status == 200
    several = acme.callers["us"].post(EVALUATE, payment(), Prefer="return=minimal, Respond-Async; wait=1")
    assert several.status == 202
    assert "evaluate.async" in SCOPES


def test_what_is_not_valid_is_refused_at_once(acme: Bank) -> None:
    answer = queue(acme.callers["us"], amount=-1)
    assert (answer.status, [one["path"] for one in answer.error["errors"]]) == (400, ["amount"])
    with acme.seeing("us"):
        assert not QueuedEvaluation.objects.exists()


def test_a_full_queue_asks_to_come_back_but_knows_what_it_has(acme: Bank, settings: Any) -> None:
    settings.RATEL_QUEUE_LIMIT = 2
    caller = acme.callers["us"]
    first = promised(queue(caller, externalId="1"))
    promised(queue(caller, externalId="2"))
    full = queue(caller, externalId="3")
    assert (full.status, full.error["code"], full.headers["Retry-After"]) == (503, "queue_full", "2")
    assert promised(queue(caller, externalId="1")) == first
    work()
    promised(queue(caller, externalId="3"))


def test_a_payment_without_an_external_id_is_decided_once_although_its_worker_died(acme: Bank) -> None:
    """Killed between the decision and the row: the evaluation has the row's id, so the next one finds it."""
    caller, team = acme.callers["us"], acme.team_facts("us")
    ids = [promised(queue(caller, amount=n)) for n in (1, 2)]
    claims = run._claim(team, timezone.now())
    assert [read("evl", one) for one in ids] == [one.id for one in claims]
    run._decide(claims, claims[0].caller.as_principal(team))
    with acme.seeing("us"):
        assert Evaluation.objects.count() == 2
        QueuedEvaluation.objects.update(lease_until=timezone.now())
    work()
    assert [shown(caller, one)["status"] for one in ids] == ["done", "done"]
    with acme.seeing("us"):
        assert (Evaluation.objects.count(), Transaction.objects.count()) == (2, 2)


def test_what_is_leased_is_nobody_elses_until_the_lease_is_over(acme: Bank) -> None:
    queue(acme.callers["us"])
    team = acme.team_facts("us")
    assert len(run._claim(team, timezone.now())) == 1
    assert run._claim(team, timezone.now()) == []
    assert len(run._claim(team, timezone.now() + run.LEASE)) == 1


def test_something_unexpected_is_tried_again_and_then_told(
    acme: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    def evaluate(*arguments: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(run, "evaluate", evaluate)
    evaluation_id = promised(queue(acme.callers["us"]))
    for _ in range(run.MOST_ATTEMPTS):
        assert shown(acme.callers["us"], evaluation_id)["status"] == "pending"
        work()
        with acme.seeing("us"):
            QueuedEvaluation.objects.filter(state="waiting").update(next_attempt_at=timezone.now())
    told = shown(acme.callers["us"], evaluation_id)
    assert (told["status"], told["error"]["code"]) == ("refused", "internal_error")


def test_any_evaluation_of_the_team_is_found_and_nobody_elses(acme: Bank) -> None:
    made = acme.callers["us"].explain(amount=3).data
    found = shown(acme.callers["us"], made["evaluationId"])
    assert {name: found[name] for name in made} == made
    rival = make_bank("Rival Bank", "us").callers["us"]
    assert rival.get(f"/api/evaluations/{made['evaluationId']}").status == 404
    waiting = promised(queue(acme.callers["us"]))
    assert rival.get(f"/api/evaluations/{waiting}").status == 404
    assert acme.callers["us"].get("/api/evaluations/evl_x").status == 404


def test_the_body_is_sealed_and_goes_when_it_is_decided(acme: Bank) -> None:
    queue(acme.callers["us"], customerName="Ottilie Unmistakable")
    with acme.seeing("us"):
        assert b"Ottilie" not in bytes(QueuedEvaluation.objects.get().sealed_body or b"Ottilie")
    work()
    with acme.seeing("us"):
        assert QueuedEvaluation.objects.get().sealed_body is None


def test_a_row_is_removed_when_its_external_id_is_free_again(acme: Bank) -> None:
    caller, tenant = acme.callers["us"], Tenant(acme.id, (acme.teams["us"].id,))
    first = promised(queue(caller, externalId="a"))
    waiting = promised(queue(caller, externalId="b"))
    team = acme.team_facts("us")
    claims = run._claim(team, timezone.now())
    run._store(team, claims[:1], {claims[0].id: claims[0].id})
    assert claims[0].id == read("evl", first)
    assert purge(tenant, now=timezone.now() + timedelta(hours=24)) == 0
    assert purge(tenant, now=timezone.now() + timedelta(hours=26)) == 1
    with acme.seeing("us"):
        assert [one.id for one in QueuedEvaluation.objects.all()] == [read("evl", waiting)]
