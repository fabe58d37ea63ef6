"""Tells organisations of a new generation: an event for each of their teams and list that changed, and one audit entry.

A public list is screened for everybody, so every organisation is concerned. Each is told in a transaction of its own,
which also notes that it was: however often this is repeated or killed, nobody is told twice and nobody is left out.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from ratel.identifiers import new_id, show
from ratel.statements import driver_connection, insert
from ratel.tenancy import tenant
from screening.models import Watchlist, WatchlistGeneration
from screening.watchlists.writing import writing
from teams import audit
from teams.audit.chain import organisations
from teams.models import Team
from webhooks.outbox import OUTBOX_INSERT, event_row

EVENT: Final = "watchlist.refreshed"
PREFIX: Final = "wls"


def tell_organisations() -> int:
    """Tells whoever has not been told of a generation of the public lists; how many organisations were."""
    told = 0
    for generation in WatchlistGeneration.objects.filter(organisation_id=None, told_at=None).order_by("id"):
        changes = changes_of(generation)
        for organisation_id in organisations():
            told += _tell(organisation_id, generation, changes)
        with writing(None):
            WatchlistGeneration.objects.filter(id=generation.id).update(told_at=timezone.now())
    return told


def _tell(organisation_id: UUID, generation: WatchlistGeneration, changes: list[dict[str, Any]]) -> bool:
    with tenant(organisation_id):
        team_ids = list(Team.objects.order_by("id").values_list("id", flat=True))
    with tenant(organisation_id, team_ids):
        noted = driver_connection().execute(
            "INSERT INTO screening_watchlistnotice (id, organisation_id, generation, told_at)"
            " VALUES (%s, %s, %s, now()) ON CONFLICT DO NOTHING",
            (new_id(), organisation_id, generation.name),
        )
        if not noted.rowcount:
            return False
        write_events(organisation_id, team_ids, generation.name, changes)
        _note(organisation_id, generation, changes)
    return True


def write_events(
    organisation_id: UUID, team_ids: Iterable[UUID], generation: str, changes: list[dict[str, Any]]
) -> None:
    """One event for each team and list, in the current transaction, which must see the teams."""
    at = timezone.now()
    rows = [
        _event(organisation_id, team_id, at, {**change, "generation": generation})
        for team_id in team_ids
        for change in changes
    ]
    if rows:
        insert(OUTBOX_INSERT, *rows)


def changes_of(generation: WatchlistGeneration) -> list[dict[str, Any]]:
    """What a generation changed, as events say it, list by list. Call where the lists can be seen."""
    lists = Watchlist.objects.filter(
        organisation_id=generation.organisation_id, code__in=generation.changes
    ).order_by("code")
    return [
        {
            "watchlistId": show(PREFIX, one.id),
            "code": one.code,
            "name": one.name,
            **generation.changes[one.code],
            "entries": generation.lists[one.code]["entries"],
        }
        for one in lists
    ]


def _event(organisation_id: UUID, team_id: UUID, at: datetime, data: dict[str, Any]) -> tuple[Any, ...]:
    return event_row(
        EVENT,
        organisation_id=organisation_id,
        team_id=team_id,
        subject=f"watchlist:{data['watchlistId']}",
        occurred_at=at,
        data=data,
    )


def _note(organisation_id: UUID, generation: WatchlistGeneration, changes: list[dict[str, Any]]) -> None:
    audit.record(
        organisation_id=organisation_id,
        team_id=None,
        actor=audit.system(),
        action="watchlist.refreshed",
        subject=("watchlistGeneration", generation.name),
        before={"generation": generation.previous},
        after={"lists": changes},
    )
