"""What the desk keeps for a team and its people. No address of the API names any of it."""

from collections.abc import Iterator
from typing import Any

from django.utils import timezone

from cases.models import SavedView
from screening.models import WhatIfDay
from tests.cast import Bank

BY_ID: dict[str, list[tuple[str, Any]]] = {}
LISTS: dict[str, tuple[str, ...]] = {}
MODELS: dict[str, Any] = {}
_LAYERS = ("regulatory", "kyc", "custom_rules", "sanctions", "decision_engine", "behavioral")


def plant(bank: Bank, pack: str) -> None:
    """A counted day and somebody's own view."""
    now = timezone.now()
    ids = {"organisation_id": bank.id, "team_id": bank.teams[pack].id}
    with bank.seeing(pack):
        WhatIfDay.objects.get_or_create(
            team_id=ids["team_id"],
            day=now.date(),
            defaults={
                "organisation_id": bank.id,
                **{layer: [0] for layer in _LAYERS},
                "points": [0],
                "forces": [0],
                "hits": [""],
                "counts": [1],
            },
        )
        SavedView.objects.get_or_create(
            **ids,
            person_id=bank.people["officer"].id,
            section="alerts",
            name="Planted",
            defaults={"query": "severity=high", "created_at": now},
        )


def all_ids_of(bank: Bank, pack: str) -> Iterator[str]:
    yield from ()


def rows_of_the_tenant() -> list[dict[str, Any]]:
    """Call inside `bank.seeing(...)`."""
    return [*WhatIfDay.objects.order_by("day").values(), *SavedView.objects.order_by("id").values()]
