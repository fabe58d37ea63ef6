"""Customers, screenings and decisions of a team, and the addresses at which somebody else's could be named."""

from collections.abc import Iterator
from typing import Any

from django.utils import timezone

from ratel.identifiers import new_id, show
from screening.models import Customer, KnownMatch, MatchDecision, OngoingRange, Screening
from tests.cast import Bank

DECISION = "api/match-decisions/<str:decision_id>"
BY_ID: dict[str, list[tuple[str, Any]]] = {
    "api/screenings/<str:screening_id>": [("GET", None)],
    "api/customers/<str:customer_id>": [("GET", None), ("PATCH", {"riskRating": "stolen"})],
    DECISION: [("GET", None)],
    f"{DECISION}/withdraw": [("POST", {"reason": "because"})],
}
LISTS = {
    "api/screenings": ("customerId", "cursor"),
    "api/customers": ("customerId", "cursor"),
    "api/match-decisions": ("customerId", "cursor"),
}
MODELS = {
    "screening_id": ("scr", Screening),
    "customer_id": ("cus", Customer),
    "decision_id": ("mdc", MatchDecision),
}
LISTED = "Viktor Anatolijevitch Bout"
ENTRY = "demo:demo-bout"


def plant(bank: Bank, pack: str) -> None:
    """A customer that matched a list, what was decided about it, and customers to screen again."""
    caller, reference = bank.callers[pack], f"{bank.organisation.name} {pack} {new_id()}"
    subject = {"lane": "onboarding", "customerId": reference, "fullName": LISTED}
    assert caller.post("/api/screenings", subject).data["alertId"]
    decision = {"customerId": reference, "entryId": ENTRY, "verdict": "confirmed", "reason": "It is him"}
    assert caller.post("/api/match-decisions", decision).status == 201
    with bank.seeing(pack):
        OngoingRange.objects.get_or_create(
            organisation_id=bank.id,
            team_id=bank.teams[pack].id,
            is_private=False,
            generation="gen_planted",
            position=0,
            defaults={
                "first_customer_id": new_id(),
                "last_customer_id": new_id(),
                "created_at": timezone.now(),
            },
        )


def parameter_in(route: str) -> str | None:
    """Which of the ids here the address takes."""
    return next((name for name in MODELS if f":{name}>" in route), None)


def ids_of(bank: Bank, pack: str, parameter: str) -> list[str]:
    prefix, model = MODELS[parameter]
    with bank.seeing(pack):
        return [show(prefix, one) for one in model.objects.order_by("id").values_list("id", flat=True)]


def own_id(bank: Bank, pack: str, parameter: str) -> str:
    return ids_of(bank, pack, parameter)[0]


def all_ids_of(bank: Bank, pack: str) -> Iterator[str]:
    for parameter in MODELS:
        yield from ids_of(bank, pack, parameter)


def unknown(parameter: str) -> str:
    return show(MODELS[parameter][0], new_id())


def rows_of_the_tenant() -> list[dict[str, Any]]:
    """Call inside `bank.seeing(...)`."""
    models = [*(model for _, model in MODELS.values()), KnownMatch, OngoingRange]
    return [row for model in models for row in model.objects.order_by("id").values()]


def role_for(route: str) -> str:
    """Whose session may call the address."""
    return "officer"
