"""Callbacks: one POST to an address that came with the work itself, delivered with a webhook's attempts, waits, dead
letters and egress guard.

An address is an endpoint that subscribes to nothing (`is_callback`); a delivery is made to it by hand, in the
transaction that it reports on. What is sent is made by whoever `settings.RATEL_CALLBACK_BODY` names, at each attempt
the same bytes, because what it is made of no longer changes. All addresses of a team share the team's secret.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

from ratel.identifiers import new_id
from ratel.sealing import seal, unseal
from ratel.statements import driver_connection
from ratel.tenancy import tenant
from teams import audit
from teams.principal import Principal, TeamFacts
from webhooks.delivery.numbers import take_numbers
from webhooks.delivery.secrets import seal_secret
from webhooks.models import CallbackSecret, Delivery, Endpoint
from webhooks.signing import new_secret

OVERLAP: Final = timedelta(hours=24)
# Bodies are large, so few are held in memory at once.
CONCURRENCY: Final = 2
# As long as dead letters are kept, and a day more.
IDLE_KEPT: Final = timedelta(days=8)
_REMOVED_AT_ONCE: Final = 500
_SECRET: Final = b"callback secret"
# Id of the batch as it is shown -> what is sent. Called inside a transaction that sees the organisation's teams.
Body = Callable[[str], bytes]


@dataclass(frozen=True)
class ShownSecret:
    """A secret on its way to the one answer that shows it, and until when the one before it signs too."""

    secret: str
    previous_until: datetime | None

    def __repr__(self) -> str:
        return "ShownSecret()"


@lru_cache(maxsize=1)
def body_maker() -> Body:
    maker: Body = import_string(settings.RATEL_CALLBACK_BODY)
    return maker


def ensure_secret(team: TeamFacts) -> None:
    """Makes the team's secret where there is none yet. Call inside `tenant(...)`."""
    now = timezone.now()
    CallbackSecret.objects.bulk_create(
        [
            CallbackSecret(
                team_id=team.id,
                organisation_id=team.organisation_id,
                sealed_secret=seal(new_secret().encode(), _SECRET + team.id.bytes),
                changed_at=now,
            )
        ],
        ignore_conflicts=True,
    )


def callback_secret_show(*, caller: Principal) -> ShownSecret:
    """The team's secret, shown once: a second call makes a new one, and the old one signs too for a day more."""
    team, now = caller.team, timezone.now()
    with tenant(team.organisation_id, [team.id]):
        ensure_secret(team)
        kept = CallbackSecret.objects.select_for_update().get(team_id=team.id)
        is_rotated = kept.shown_at is not None
        if is_rotated:
            _rotate(kept, now)
        kept.shown_at = now
        kept.save()
        audit.note(
            caller=caller,
            action="callback_secret.rotated" if is_rotated else "callback_secret.shown",
            subject=("team", str(team.id)),
        )
        return ShownSecret(_open(kept.team_id, kept.sealed_secret), kept.previous_until)


def _rotate(kept: CallbackSecret, now: datetime) -> None:
    secret = new_secret()
    kept.sealed_previous_secret, kept.previous_until = kept.sealed_secret, now + OVERLAP
    kept.sealed_secret, kept.changed_at = seal(secret.encode(), _SECRET + kept.team_id.bytes), now
    endpoints = Endpoint.objects.select_for_update().filter(
        team_id=kept.team_id, is_callback=True, deleted_at__isnull=True
    )
    for endpoint in endpoints.order_by("id"):
        endpoint.sealed_previous_secret, endpoint.previous_secret_until = (
            endpoint.sealed_secret,
            now + OVERLAP,
        )
        endpoint.sealed_secret, endpoint.updated_at = seal_secret(endpoint.id, secret), now
        endpoint.save(
            update_fields=["sealed_previous_secret", "previous_secret_until", "sealed_secret", "updated_at"]
        )


def _open(team_id: UUID, sealed: bytes | memoryview) -> str:
    return unseal(bytes(sealed), _SECRET + team_id.bytes).decode()


def callback_delivery(
    *, team: TeamFacts, url: str, event_id: UUID, event: str, subject: str, now: datetime
) -> None:
    """One delivery of an event that is in the outbox, to this address alone. Call inside `tenant(...)`."""
    endpoint_id = _endpoint(team, url, now)
    Delivery.objects.bulk_create(
        [
            Delivery(
                organisation_id=team.organisation_id,
                team_id=team.id,
                endpoint_id=endpoint_id,
                event_id=event_id,
                event=event,
                subject=subject,
                sequence=take_numbers({endpoint_id: 1})[endpoint_id],
                next_attempt_at=now,
                created_at=now,
            )
        ]
    )


def _endpoint(team: TeamFacts, url: str, now: datetime) -> UUID:
    """The address's row; two batches that end at once share it, because the team's secret is locked meanwhile."""
    ensure_secret(team)
    kept = CallbackSecret.objects.select_for_update().get(team_id=team.id)
    living = Endpoint.objects.filter(team_id=team.id, is_callback=True, url=url, deleted_at__isnull=True)
    # Locked against being removed as idle in this moment.
    found = living.select_for_update().values_list("id", flat=True).first()
    if found is not None:
        return found
    identifier = new_id()
    previous = kept.sealed_previous_secret
    Endpoint.objects.create(
        id=identifier,
        organisation_id=team.organisation_id,
        team_id=team.id,
        url=url,
        description="Callback of batches",
        events=[],
        is_callback=True,
        concurrency_limit=CONCURRENCY,
        sealed_secret=seal_secret(identifier, _open(team.id, kept.sealed_secret)),
        sealed_previous_secret=seal_secret(identifier, _open(team.id, previous)) if previous else None,
        previous_secret_until=kept.previous_until if previous else None,
        created_at=now,
        updated_at=now,
    )
    return identifier


def remove_idle_endpoints(team_ids: Sequence[UUID], *, now: datetime) -> None:
    """Addresses that nothing was sent to for long and nothing is to be sent to. Call inside a tenant's transaction."""
    idle = Endpoint.objects.filter(
        team_id__in=team_ids, is_callback=True, deleted_at__isnull=True, created_at__lt=now - IDLE_KEPT
    )
    locked = list(idle.select_for_update(skip_locked=True).values_list("id", flat=True)[:_REMOVED_AT_ONCE])
    # In a statement after the locks, so that it sees what was to be sent by then.
    driver_connection().execute(
        "UPDATE webhooks_endpoint e SET deleted_at = %s WHERE e.id = ANY(%s)"
        " AND NOT EXISTS (SELECT 1 FROM webhooks_delivery d WHERE d.endpoint_id = e.id)",
        (now, locked),
    )
