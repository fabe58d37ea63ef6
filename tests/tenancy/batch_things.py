"""Batches, queued evaluations, network features and the secret of callbacks of a team, and where they could be named."""

from collections.abc import Iterator
from typing import Any

from django.utils import timezone

from ratel.identifiers import new_id, show
from screening.models import BatchChunk, BatchJob, Evaluation, NetworkFeature, QueuedEvaluation
from tests.batch_jobs.items import item
from tests.cast import Bank
from webhooks.callbacks import ensure_secret
from webhooks.models import CallbackSecret

BATCH = "v1/batches/<str:batch_id>"
BY_ID: dict[str, list[tuple[str, Any]]] = {
    BATCH: [("GET", None), ("HEAD", None)],
    f"{BATCH}/cancel": [("POST", None)],
    "api/evaluations/<str:evaluation_id>": [("GET", None), ("HEAD", None)],
    "v1/entities/<entity:entity_id>/risk": [("GET", None), ("HEAD", None)],
}
LISTS: dict[str, tuple[str, ...]] = {"api/batches": ("cursor",)}
MODELS: dict[str, Any] = {
    "batch_id": ("batch", BatchJob),
    "evaluation_id": ("evl", Evaluation),
    "entity_id": ("", None),
}


def plant(bank: Bank, pack: str) -> None:
    """A batch that waits, a payment in the queue, an entity in the network, and a secret."""
    caller = bank.callers[pack]
    reference = entity_of(bank, pack)
    sent = {"transactions": [item(1, sender={"entity_id": reference}, currency=bank.teams[pack].currency)]}
    assert caller.post("/v1/transactions/batch", sent).status == 202
    now, ids = timezone.now(), {"organisation_id": bank.id, "team_id": bank.teams[pack].id}
    payment = {"customerId": reference, "direction": "debit", "amount": 1, "channel": "atm"}
    queued = caller.post("/api/transactions/evaluate", payment, Prefer="respond-async")
    assert queued.status == 202
    assert caller.post("/api/transactions/evaluate", payment).status == 200
    with bank.seeing(pack):
        ensure_secret(bank.team_facts(pack))
        NetworkFeature.objects.get_or_create(
            **ids,
            party_key=7,
            defaults={
                "in_degree": 1,
                "out_degree": 1,
                "page_rank": 0.5,
                "centrality": 0.5,
                "component_size": 2,
                "computed_at": now,
            },
        )


def entity_of(bank: Bank, pack: str) -> str:
    """An id that no other team knows."""
    return f"entity-{bank.teams[pack].id}"


def ids_of(bank: Bank, pack: str, parameter: str) -> list[str]:
    prefix, model = MODELS[parameter]
    if model is None:
        return [entity_of(bank, pack)]
    with bank.seeing(pack):
        found = [show(prefix, one) for one in model.objects.order_by("id").values_list("id", flat=True)]
        if model is Evaluation:
            found += [show(prefix, one) for one in QueuedEvaluation.objects.values_list("id", flat=True)]
    return found


def own_id(bank: Bank, pack: str, parameter: str) -> str:
    return ids_of(bank, pack, parameter)[-1]


def all_ids_of(bank: Bank, pack: str) -> Iterator[str]:
    for parameter in MODELS:
        yield from ids_of(bank, pack, parameter)


def unknown(parameter: str) -> str:
    prefix = MODELS[parameter][0]
    return show(prefix, new_id()) if prefix else f"entity-{new_id()}"


def rows_of_the_tenant() -> list[dict[str, Any]]:
    """Call inside `bank.seeing(...)`."""
    return [
        *BatchJob.objects.order_by("id").values(),
        *BatchChunk.objects.order_by("id").values(),
        *QueuedEvaluation.objects.order_by("id").values(),
        *NetworkFeature.objects.order_by("id").values(),
        *CallbackSecret.objects.order_by("team_id").values(),
    ]


def role_for(route: str) -> str:
    return "analyst"
