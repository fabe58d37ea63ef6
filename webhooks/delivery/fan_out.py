"""From the outbox to deliveries: one row for each endpoint that an event is for, made exactly once.

Deliveries and the mark on their event are written by one transaction, so a crash leaves both or neither. Events are
found by the mark, not by a position: one that was committed late is still unmarked and is not passed over. One
transaction at a time does this for an organisation, so that what happened first is also queued first.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime
from itertools import count
from typing import Any, Final, NamedTuple
from uuid import UUID

from ratel.identifiers import new_id
from ratel.pipeline import array_text
from ratel.statements import driver_connection
from webhooks.delivery.numbers import take_numbers
from webhooks.delivery.tenants import Tenant

MOST_EVENTS: Final = 500
_FAN_OUT_LOCK: Final = 0x52A7_E111


class Waiting(NamedTuple):
    """An event without deliveries yet."""

    id: UUID
    organisation_id: UUID
    team_id: UUID
    event: str
    subject: str
    sequence: int
    is_confidential: bool
    occurred_at: datetime


class Listener(NamedTuple):
    """What decides whether an endpoint gets an event."""

    id: UUID
    team_id: UUID
    events: frozenset[str]
    is_confidential: bool
    created_at: datetime

    def wants(self, event: Waiting) -> bool:
        """Subscribed, made before it happened, and marked by an officer where the event tells of a report."""
        return (
            event.event in self.events
            and (self.is_confidential or not event.is_confidential)
            and event.occurred_at >= self.created_at
        )


def fan_out(tenant: Tenant, *, now: datetime) -> int:
    """Makes the deliveries of up to MOST_EVENTS events of each team; how many events. 0 where somebody else is at it."""
    with tenant.seen():
        if not _is_alone(tenant):
            return 0
        waiting = _waiting(tenant)
        if waiting:
            _insert(_deliveries(waiting, _listeners(tenant), now))
            _mark([event.id for event in waiting])
        return len(waiting)


def _is_alone(tenant: Tenant) -> bool:
    row = (
        driver_connection()
        .execute(
            "SELECT pg_try_advisory_xact_lock(%s, hashtext(%s))", (_FAN_OUT_LOCK, str(tenant.organisation_id))
        )
        .fetchone()
    )
    return bool(row and row[0])


def _waiting(tenant: Tenant) -> list[Waiting]:
    rows = (
        driver_connection()
        .execute(
            "SELECT o.id, o.organisation_id, o.team_id, o.event, o.subject, o.sequence, o.is_confidential, o.occurred_at"
            " FROM unnest(%s::uuid[]) AS team(id) CROSS JOIN LATERAL ("
            "SELECT * FROM webhooks_outboxevent WHERE team_id = team.id AND NOT is_fanned_out ORDER BY sequence LIMIT %s"
            ") o",
            (list(tenant.team_ids), MOST_EVENTS),
        )
        .fetchall()
    )
    return [Waiting(*row) for row in rows]


def _listeners(tenant: Tenant) -> dict[UUID, list[Listener]]:
    rows = (
        driver_connection()
        .execute(
            "SELECT id, team_id, events, is_confidential, created_at FROM webhooks_endpoint"
            " WHERE team_id = ANY(%s) AND deleted_at IS NULL",
            (list(tenant.team_ids),),
        )
        .fetchall()
    )
    found: dict[UUID, list[Listener]] = defaultdict(list)
    for identifier, team_id, events, is_confidential, created_at in rows:
        found[team_id].append(Listener(identifier, team_id, frozenset(events), is_confidential, created_at))
    return found


def _deliveries(
    waiting: Iterable[Waiting], listeners: dict[UUID, list[Listener]], now: datetime
) -> list[tuple[Any, ...]]:
    pairs = [
        (event, listener.id)
        for event in waiting
        for listener in listeners.get(event.team_id, ())
        if listener.wants(event)
    ]
    numbers = {
        endpoint_id: count(first)
        for endpoint_id, first in take_numbers(Counter(endpoint_id for _, endpoint_id in pairs)).items()
    }
    return [
        (
            new_id(),
            event.organisation_id,
            event.team_id,
            endpoint_id,
            event.id,
            event.event,
            event.subject,
            next(numbers[endpoint_id]),
            event.is_confidential,
            now,
        )
        for event, endpoint_id in pairs
        if endpoint_id in numbers
    ]


def _insert(rows: list[tuple[Any, ...]]) -> None:
    """The unique key on event and endpoint is the last word on "exactly once"."""
    if not rows:
        return
    columns = [array_text(column).decode() for column in zip(*rows, strict=True)]
    driver_connection().execute(
        "INSERT INTO webhooks_delivery (id, organisation_id, team_id, endpoint_id, event_id, event, subject, sequence,"
        " is_confidential, state, attempts_made, attempts_spent, next_attempt_at, last_error, created_at)"
        " SELECT id, organisation_id, team_id, endpoint_id, event_id, event, subject, sequence, is_confidential,"
        " 'pending', 0, 0, at, '', at FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[],"
        " %s::text[], %s::text[], %s::bigint[], %s::boolean[], %s::timestamptz[])"
        " AS u(id, organisation_id, team_id, endpoint_id, event_id, event, subject, sequence, is_confidential, at)"
        " ON CONFLICT (event_id, endpoint_id) DO NOTHING",
        columns,
    )


def _mark(event_ids: list[UUID]) -> None:
    driver_connection().execute(
        "UPDATE webhooks_outboxevent SET is_fanned_out = true WHERE id = ANY(%s)", (event_ids,)
    )
