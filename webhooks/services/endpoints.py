"""Making, changing, pausing and removing endpoints, and what they are signed with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from ratel.identifiers import new_id
from ratel.problem import Conflict
from teams.audit import note
from teams.principal import Principal
from webhooks.delivery.secrets import seal_secret
from webhooks.models import Delivery, Endpoint
from webhooks.services.changes import as_subject, locked_endpoint, require_confidence, team_change
from webhooks.signing import new_secret

MOST_ENDPOINTS: Final = 100
USUAL_CONCURRENCY: Final = 16
LARGEST_CONCURRENCY: Final = 100
LARGEST_RATE: Final = 1_000
USUAL_OVERLAP: Final = timedelta(hours=24)
LONGEST_OVERLAP: Final = timedelta(days=7)
CHANGEABLE: Final = frozenset(
    {"url", "description", "events", "schedule", "rate_per_second", "concurrency_limit", "is_confidential"}
)


@dataclass(frozen=True)
class WithSecret:
    """An endpoint and its new secret, which is shown once and cannot be read back."""

    endpoint: Endpoint
    secret: str

    def __repr__(self) -> str:
        return f"WithSecret({self.endpoint.id})"


def create_endpoint(
    *,
    caller: Principal,
    url: str,
    events: Sequence[str],
    description: str = "",
    schedule: str = Endpoint.Schedule.STANDARD,
    rate_per_second: int | None = None,
    concurrency_limit: int = USUAL_CONCURRENCY,
    is_confidential: bool = False,
) -> WithSecret:
    """A new active endpoint: it gets the events that happen from now on.

    Raises Forbidden where a caller without sight of reports asks for a confidential one, Conflict at MOST_ENDPOINTS.
    """
    if is_confidential:
        require_confidence(caller)
    identifier, secret, now = new_id(), new_secret(), timezone.now()
    with team_change(caller):
        _check_room(caller)
        endpoint = Endpoint.objects.create(
            id=identifier,
            organisation_id=caller.team.organisation_id,
            team_id=caller.team.id,
            url=url,
            description=description,
            events=list(events),
            is_confidential=is_confidential,
            confidential_by_id=caller.person_id if is_confidential else None,
            schedule=schedule,
            rate_per_second=rate_per_second,
            concurrency_limit=concurrency_limit,
            sealed_secret=seal_secret(identifier, secret),
            created_at=now,
            updated_at=now,
        )
        note(
            caller=caller,
            action="webhook_endpoint.created",
            subject=as_subject(endpoint),
            after=_shown(endpoint),
        )
    return WithSecret(endpoint, secret)


def update_endpoint(*, caller: Principal, endpoint_id: UUID | None, changes: Mapping[str, Any]) -> Endpoint:
    """Changes the fields that `changes` names (of CHANGEABLE).

    Raises Forbidden where a caller without sight of reports would mark an endpoint confidential, or move one that is.
    """
    unknown = set(changes) - CHANGEABLE
    if unknown:
        raise ValueError(f"no fields of an endpoint that can be changed: {sorted(unknown)}")
    with team_change(caller):
        endpoint = locked_endpoint(caller, endpoint_id)
        before = _shown(endpoint)
        _check_confidence(caller, endpoint, changes)
        for name, value in changes.items():
            setattr(endpoint, name, value)
        after = _shown(endpoint)
        if after == before:
            return endpoint
        endpoint.updated_at = timezone.now()
        endpoint.save(update_fields=[*changes, "confidential_by_id", "updated_at"])
        if not endpoint.is_confidential:
            _forget_confidential(endpoint)
        changed = [name for name in after if after[name] != before[name]]
        note(
            caller=caller,
            action="webhook_endpoint.updated",
            subject=as_subject(endpoint),
            before={name: before[name] for name in changed},
            after={name: after[name] for name in changed},
        )
        return endpoint


def rotate_secret(
    *, caller: Principal, endpoint_id: UUID | None, overlap: timedelta = USUAL_OVERLAP
) -> WithSecret:
    """A new secret; until the overlap is over, everything is signed with the old one too."""
    with team_change(caller):
        endpoint = locked_endpoint(caller, endpoint_id)
        if endpoint.is_confidential:
            require_confidence(caller)
        secret, now = new_secret(), timezone.now()
        endpoint.sealed_previous_secret = endpoint.sealed_secret if overlap else None
        endpoint.previous_secret_until = now + overlap if overlap else None
        endpoint.sealed_secret = seal_secret(endpoint.id, secret)
        endpoint.updated_at = now
        endpoint.save(
            update_fields=["sealed_secret", "sealed_previous_secret", "previous_secret_until", "updated_at"]
        )
        note(
            caller=caller,
            action="webhook_endpoint.secret_rotated",
            subject=as_subject(endpoint),
            after={"overlapSeconds": int(overlap.total_seconds())},
        )
    return WithSecret(endpoint, secret)


def pause(*, caller: Principal, endpoint_id: UUID | None) -> Endpoint:
    """From now on events wait; what is under way is finished. Pausing twice changes nothing."""
    with team_change(caller):
        endpoint = locked_endpoint(caller, endpoint_id)
        if endpoint.status == Endpoint.Status.PAUSED:
            return endpoint
        endpoint.status, endpoint.pause_reason = Endpoint.Status.PAUSED, Endpoint.PauseReason.BY_HAND
        endpoint.paused_at, endpoint.paused_by_id = timezone.now(), caller.person_id
        endpoint.save(update_fields=["status", "pause_reason", "paused_at", "paused_by_id"])
        note(caller=caller, action="webhook_endpoint.paused", subject=as_subject(endpoint))
        return endpoint


def resume(*, caller: Principal, endpoint_id: UUID | None) -> Endpoint:
    """Sends what has waited, with a closed breaker: somebody says that the other side is well again."""
    with team_change(caller):
        endpoint = locked_endpoint(caller, endpoint_id)
        if endpoint.status == Endpoint.Status.ACTIVE:
            return endpoint
        reason = endpoint.pause_reason
        endpoint.status, endpoint.pause_reason = Endpoint.Status.ACTIVE, ""
        endpoint.paused_at = endpoint.paused_by_id = endpoint.failing_since = None
        endpoint.breaker, endpoint.breaker_until = Endpoint.Breaker.CLOSED, None
        endpoint.breaker_detail = {}
        endpoint.save()
        note(
            caller=caller,
            action="webhook_endpoint.resumed",
            subject=as_subject(endpoint),
            before={"pauseReason": reason},
        )
        return endpoint


def delete_endpoint(*, caller: Principal, endpoint_id: UUID | None) -> None:
    """Nothing is sent there any more; its deliveries and dead letters are removed in the background."""
    with team_change(caller):
        endpoint = locked_endpoint(caller, endpoint_id)
        endpoint.deleted_at = timezone.now()
        endpoint.save(update_fields=["deleted_at"])
        note(
            caller=caller,
            action="webhook_endpoint.deleted",
            subject=as_subject(endpoint),
            before=_shown(endpoint),
        )


def _check_room(caller: Principal) -> None:
    living = Endpoint.objects.filter(team_id=caller.team.id, deleted_at__isnull=True, is_callback=False)
    if living.count() >= MOST_ENDPOINTS:
        raise Conflict(f"A team may have at most {MOST_ENDPOINTS} endpoints", code="too_many_endpoints")


def _check_confidence(caller: Principal, endpoint: Endpoint, changes: Mapping[str, Any]) -> None:
    """Whoever may not see reports may neither ask for what tells of them nor lead it somewhere else."""
    becomes = changes.get("is_confidential", endpoint.is_confidential)
    moves = endpoint.is_confidential and changes.get("url", endpoint.url) != endpoint.url
    if becomes != endpoint.is_confidential or moves:
        require_confidence(caller)
    if becomes != endpoint.is_confidential:
        endpoint.confidential_by_id = caller.person_id if becomes else None


def _forget_confidential(endpoint: Endpoint) -> None:
    """What tells of reports and has not been sent by then is not for this endpoint any more."""
    Delivery.objects.filter(
        endpoint_id=endpoint.id,
        is_confidential=True,
        state__in=[Delivery.State.PENDING, Delivery.State.LAST_WAIT],
    ).delete()


def _shown(endpoint: Endpoint) -> dict[str, Any]:
    """What the audit trail keeps of an endpoint."""
    return {
        "url": endpoint.url,
        "description": endpoint.description,
        "events": sorted(endpoint.events),
        "schedule": endpoint.schedule,
        "ratePerSecond": endpoint.rate_per_second,
        "concurrencyLimit": endpoint.concurrency_limit,
        "isConfidential": endpoint.is_confidential,
    }
