"""Endpoints, deliveries and dead letters of a team, and the addresses at which somebody else's could be named."""

from collections.abc import Iterator
from typing import Any

from django.utils import timezone

from ratel.identifiers import new_id, show
from tests.cast import Bank
from tests.webhooks.stored import attempt, dead_letter, new_endpoint
from webhooks.models import DeadLetter, Delivery, Endpoint, Notice

ENDPOINT = "api/webhook-endpoints/<str:endpoint_id>"
DELIVERY = "api/webhook-deliveries/<str:delivery_id>"
BY_ID: dict[str, list[tuple[str, Any]]] = {
    ENDPOINT: [("GET", None), ("PATCH", {"description": "Stolen"}), ("DELETE", None)],
    f"{ENDPOINT}/confidential": [("POST", {"confidential": True})],
    f"{ENDPOINT}/rotate": [("POST", None)],
    f"{ENDPOINT}/pause": [("POST", None)],
    f"{ENDPOINT}/resume": [("POST", None)],
    f"{ENDPOINT}/test": [("POST", None)],
    f"{ENDPOINT}/deliveries": [("GET", None)],
    DELIVERY: [("GET", None)],
    f"{DELIVERY}/retry": [("POST", None)],
    "api/dead-letters/<str:dead_letter_id>/replay": [("POST", None)],
}
LISTS = {
    "api/webhook-endpoints": ("cursor",),
    "api/webhook-deliveries": ("endpointId", "eventId", "cursor"),
    "api/dead-letters": ("endpointId", "cursor"),
}
MODELS = {
    "endpoint_id": ("whe", Endpoint),
    "delivery_id": ("dlv", Delivery),
    "dead_letter_id": ("ded", DeadLetter),
}


def plant(bank: Bank, pack: str) -> None:
    """An endpoint with deliveries that were given up after an attempt, and a notice for its admins."""
    made = new_endpoint(bank.callers[pack])
    for _ in range(2):
        letter = dead_letter(bank, pack, made["id"])
        with bank.seeing(pack):
            given_up = Delivery.objects.get(id=letter.delivery_id)
        attempt(bank, pack, given_up, 1, b"no")
    with bank.seeing(pack):
        Notice.objects.create(
            organisation_id=bank.id,
            team_id=bank.teams[pack].id,
            endpoint_id=letter.endpoint_id,
            kind=Notice.Kind.ENDPOINT_PAUSED,
            created_at=timezone.now(),
            told_at=timezone.now(),
        )


def parameter_in(route: str) -> str | None:
    """Which of the ids here the address takes."""
    return next((name for name in MODELS if f":{name}>" in route), None)


def ids_of(bank: Bank, pack: str, parameter: str) -> list[str]:
    prefix, model = MODELS[parameter]
    with bank.seeing(pack):
        return [show(prefix, one) for one in model.objects.order_by("id").values_list("id", flat=True)]


def own_id(bank: Bank, pack: str, parameter: str) -> str:
    """One's own thing; a new dead letter, for other tests replay whatever there is."""
    if parameter == "dead_letter_id":
        return show("ded", dead_letter(bank, pack, ids_of(bank, pack, "endpoint_id")[0]).id)
    return ids_of(bank, pack, parameter)[0]


def all_ids_of(bank: Bank, pack: str) -> Iterator[str]:
    for parameter in MODELS:
        yield from ids_of(bank, pack, parameter)


def unknown(parameter: str) -> str:
    return show(MODELS[parameter][0], new_id())


def rows_of_the_tenant() -> list[dict[str, Any]]:
    """Call inside `bank.seeing(...)`."""
    return [row for _, model in MODELS.values() for row in model.objects.order_by("id").values()]


def role_for(route: str) -> str:
    """Whose session may call the address: the confidential mark is an officer's, all else of webhooks an admin's."""
    return "admin" if parameter_in(route) and not route.endswith("/confidential") else "officer"
