"""What waits in the background of a team: evaluations to screen again, results to publish, mails to send. No address
names them."""

from collections.abc import Iterator
from typing import Any

from django.utils import timezone

from ratel.identifiers import new_id
from screening.models import Publication, Rescreening
from tests.cast import Bank
from webhooks.models import Mail

BY_ID: dict[str, list[tuple[str, Any]]] = {}
LISTS: dict[str, tuple[str, ...]] = {}
MODELS: dict[str, Any] = {}


def plant(bank: Bank, pack: str) -> None:
    """One of each, as if a layer and the mail server were away."""
    now = timezone.now()
    ids = {"organisation_id": bank.id, "team_id": bank.teams[pack].id}
    with bank.seeing(pack):
        Rescreening.objects.create(
            **ids, evaluation_id=new_id(), missing_layers=["behavioral"], queued_at=now, next_attempt_at=now
        )
        Publication.objects.create(
            **ids, evaluation_id=new_id(), topic="results", version="1", next_attempt_at=now, created_at=now
        )
        Mail.objects.create(
            **ids,
            person_id=bank.people["officer"].id,
            about_id=new_id(),
            kind=Mail.Kind.ALERT_ESCALATED,
            facts={},
            occurred_at=now,
            created_at=now,
            next_attempt_at=now,
        )


def all_ids_of(bank: Bank, pack: str) -> Iterator[str]:
    yield from ()


def rows_of_the_tenant() -> list[dict[str, Any]]:
    """Call inside `bank.seeing(...)`."""
    return [
        *Rescreening.objects.order_by("evaluation_id").values(),
        *Publication.objects.order_by("id").values(),
        *Mail.objects.order_by("id").values(),
    ]
