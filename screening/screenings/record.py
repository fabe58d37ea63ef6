"""Stores screenings with everything that goes with them in one database transaction: alert, events, audit entry.

A customer's match that was alerted on before does not make a second alert until the entry changes materially: the known
matches are the memory of that, which makes repeating a piece of work harmless. Alerts are made by the sinks that the
settings list; screening knows nothing of cases.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

import msgspec
from django.conf import settings
from django.utils.module_loading import import_string

from ratel.identifiers import show
from ratel.sealing import seal
from ratel.statements import insert
from screening.models import KnownMatch, Screening
from screening.screenings.entries import Entry, entries_of
from screening.screenings.judge import CLEAR, FoundEntry, Judged
from screening.screenings.subject import Subject
from teams import audit
from teams.principal import TeamFacts
from webhooks.outbox import OUTBOX_INSERT, event_row

RESULT_CONTEXT: Final = b"result"
MATCHES_TOLD: Final = 20


@dataclass(frozen=True)
class Occasion:
    """What the screenings of one piece of work share."""

    team: TeamFacts
    lane: str
    actor: audit.Actor
    policy_version: int
    now: datetime


@dataclass(frozen=True)
class Screened:
    """One subject with what screening it found; `customer_id` is None for somebody who is no customer."""

    id: UUID
    subject: Subject
    customer_id: UUID | None
    judged: Judged


@dataclass(frozen=True)
class RecordedScreening:
    """A screening that is not clear, as sinks see it. `earlier_alert_id` is set where nothing about it is new: the
    alert that already tells of these matches."""

    screened: Screened
    occasion: Occasion
    earlier_alert_id: UUID | None


# Called inside the transaction; gives for each screening the alert that tells of it, where there is one.
Sink = Callable[[Sequence[RecordedScreening]], Mapping[UUID, UUID]]


@lru_cache(maxsize=1)
def _sinks() -> tuple[Sink, ...]:
    return tuple(import_string(name) for name in settings.RATEL_SCREENING_SINKS)


@dataclass(frozen=True)
class Remembered:
    """What was alerted on before, by customer and entry, and the entries as they are now."""

    matches: Mapping[tuple[UUID, str], KnownMatch]
    entries: Mapping[str, Entry]

    def digest_of(self, entry_id: str) -> str:
        """An entry that has left its list since the search is as it was."""
        entry = self.entries.get(entry_id)
        return entry.material_digest if entry else ""

    def is_new(self, customer_id: UUID, match: FoundEntry) -> bool:
        before = self.matches.get((customer_id, match.entry_id))
        return (
            before is None or (self.digest_of(match.entry_id) or before.entry_digest) != before.entry_digest
        )

    def new_of(self, one: Screened) -> list[FoundEntry]:
        """The matches that nobody was told of yet."""
        if one.customer_id is None:
            return list(one.judged.matches)
        return [match for match in one.judged.matches if self.is_new(one.customer_id, match)]

    def alert_of(self, one: Screened) -> UUID | None:
        """The alert that tells of these matches already, None where something about them is new."""
        if one.customer_id is None or self.new_of(one):
            return None
        alerts = [self.matches[one.customer_id, match.entry_id].alert_id for match in one.judged.matches]
        return next((alert for alert in alerts if alert), None)


def record(screened: Sequence[Screened], occasion: Occasion, *, only_new: bool = False) -> dict[UUID, UUID]:
    """Stores the screenings and returns their alerts by screening; inside `tenant(...)`, with the customers locked.

    With `only_new`, whoever has no match that is new is left out altogether.
    """
    remembered = _remembered(occasion.team.id, screened)
    wanted = [one for one in screened if not only_new or remembered.new_of(one)]
    concerned = [
        RecordedScreening(one, occasion, remembered.alert_of(one))
        for one in wanted
        if one.judged.status != CLEAR
    ]
    alerts: dict[UUID, UUID] = {}
    for sink in _sinks():
        alerts.update(sink(concerned))
    Screening.objects.bulk_create([_row(one, occasion, alerts.get(one.id)) for one in wanted])
    _remember(concerned, remembered, alerts)
    if concerned:
        insert(OUTBOX_INSERT, *[_event(one, alerts.get(one.screened.id), remembered) for one in concerned])
    if wanted:
        insert(audit.AUDIT_INSERT, *[_entry(one, occasion) for one in wanted])
    return alerts


def _remembered(team_id: UUID, screened: Sequence[Screened]) -> Remembered:
    matched = [one for one in screened if one.judged.matches]
    if not matched:
        return Remembered({}, {})
    customers = [one.customer_id for one in matched if one.customer_id]
    rows = KnownMatch.objects.filter(team_id=team_id, customer_id__in=customers)
    return Remembered(
        {(row.customer_id, row.entry_id): row for row in rows},
        entries_of(sorted({match.entry_id for one in matched for match in one.judged.matches})),
    )


def _remember(
    recorded: Sequence[RecordedScreening], remembered: Remembered, alerts: Mapping[UUID, UUID]
) -> None:
    rows: dict[tuple[UUID, str], KnownMatch] = {}
    for one in recorded:
        customer_id = one.screened.customer_id
        for match in one.screened.judged.matches if customer_id is not None else ():
            row = _known_match(one, match.entry_id, remembered, alerts.get(one.screened.id))
            rows[row.customer_id, row.entry_id] = row
    KnownMatch.objects.bulk_create(
        rows.values(),
        update_conflicts=True,
        unique_fields=["team_id", "customer_id", "entry_id"],
        update_fields=["entry_digest", "screening_id", "alert_id", "last_at"],
    )


def _known_match(
    one: RecordedScreening, entry_id: str, remembered: Remembered, alert_id: UUID | None
) -> KnownMatch:
    customer_id, occasion = one.screened.customer_id or UUID(int=0), one.occasion
    before = remembered.matches.get((customer_id, entry_id))
    return KnownMatch(
        organisation_id=occasion.team.organisation_id,
        team_id=occasion.team.id,
        customer_id=customer_id,
        entry_id=entry_id,
        entry_digest=remembered.digest_of(entry_id) or (before.entry_digest if before else ""),
        screening_id=one.screened.id,
        alert_id=alert_id or (before.alert_id if before else None),
        first_at=before.first_at if before else occasion.now,
        last_at=occasion.now,
    )


def _row(one: Screened, occasion: Occasion, alert_id: UUID | None) -> Screening:
    judged = one.judged
    return Screening(
        id=one.id,
        organisation_id=occasion.team.organisation_id,
        team_id=occasion.team.id,
        customer_id=one.customer_id,
        lane=occasion.lane,
        status=judged.status,
        score=Decimal(str(judged.score)),
        match_count=len(judged.matches),
        policy_version=occasion.policy_version,
        list_generation=judged.generation,
        candidates=judged.candidates,
        best_score=Decimal(str(judged.best_score)),
        alert_id=alert_id,
        sealed_subject=seal(msgspec.json.encode(one.subject), one.id.bytes),
        sealed_result=seal(msgspec.json.encode(judged), one.id.bytes + RESULT_CONTEXT),
        screened_at=occasion.now,
    )


def _event(one: RecordedScreening, alert_id: UUID | None, remembered: Remembered) -> tuple[Any, ...]:
    screening, judged, occasion = show("scr", one.screened.id), one.screened.judged, one.occasion
    return event_row(
        f"screening.{judged.status}",
        organisation_id=occasion.team.organisation_id,
        team_id=occasion.team.id,
        subject=screening,
        occurred_at=occasion.now,
        data={
            "screeningId": screening,
            "customerId": one.screened.subject.reference,
            "lane": occasion.lane,
            "status": judged.status,
            "score": judged.score,
            "alertId": show("alt", alert_id) if alert_id else None,
            "matches": [_told(match, remembered) for match in judged.matches[:MATCHES_TOLD]],
        },
    )


def _told(match: FoundEntry, remembered: Remembered) -> dict[str, Any]:
    """A match in an event: where it is, never whose name it is."""
    entry = remembered.entries.get(match.entry_id)
    return {
        "watchlistId": show("wls", entry.watchlist_id) if entry else match.list_code,
        "entryId": match.entry_id,
        "reference": match.reference,
        "score": match.score,
    }


def _entry(one: Screened, occasion: Occasion) -> tuple[Any, ...]:
    return audit.entry_row(
        organisation_id=occasion.team.organisation_id,
        team_id=occasion.team.id,
        actor=occasion.actor,
        action="screening.decided",
        subject=("screening", show("scr", one.id)),
        after={"lane": occasion.lane, "status": one.judged.status},
        content_digest=hashlib.sha256(msgspec.json.encode(one.judged)).digest(),
        at=occasion.now,
    )
