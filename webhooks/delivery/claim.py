"""Claims due deliveries of one organisation: each endpoint gets as many as its concurrency, rate and breaker allow.

The rows of the endpoints are locked meanwhile (whoever finds one locked goes on to the next), so the limits are exact
however many processes claim. A claimed row is leased: when the lease is over and nobody has settled it, it is claimed
again. Within one subject a first attempt waits for the first attempts of what happened before it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import orjson

from ratel.breakers import Breaker, BreakerState
from ratel.sealing import Unreadable
from ratel.statements import driver_connection
from webhooks.callbacks import body_maker
from webhooks.delivery.letter import Letter
from webhooks.delivery.secrets import valid_secrets
from webhooks.delivery.tenants import Tenant
from webhooks.events import body_of

MOST_CLAIMED: Final = 100
# One attempt takes ten seconds at most; the rest is for settling it while the database is busy or briefly away.
LEASE: Final = timedelta(seconds=20)


@dataclass(frozen=True)
class Open:
    """An endpoint that has something due, as it was locked."""

    id: UUID
    url: str
    schedule: str
    concurrency_limit: int
    rate_per_second: int | None
    rate_left: float
    rate_at: datetime | None
    breaker_detail: str
    is_confidential: bool
    is_callback: bool
    sealed_secret: bytes
    sealed_previous_secret: bytes | None
    previous_secret_until: datetime | None

    def tokens(self, now: datetime) -> float:
        """What is in the bucket of its rate: filled at the rate, never with more than one second's worth."""
        rate = self.rate_per_second or 0
        if self.rate_at is None:
            return float(rate)
        return min(float(rate), self.rate_left + (now - self.rate_at).total_seconds() * rate)


@dataclass(frozen=True)
class Room:
    """How many deliveries one endpoint may be given, and its breaker where it changes by that."""

    endpoint: Open
    most: int
    probing: Breaker | None = None


def claim(tenant: Tenant, *, owner: UUID, most: int, now: datetime) -> list[Letter]:
    """Up to `most` letters (never more than MOST_CLAIMED), leased to `owner`."""
    with tenant.seen():
        endpoints = _lock_endpoints(tenant, now)
        if not endpoints:
            return []
        rooms = share(_rooms(endpoints, now), min(most, MOST_CLAIMED))
        rows = _lease(rooms, owner, now) if rooms else []
        _note_use(rooms, rows, now)
        by_id = {endpoint.id: endpoint for endpoint in endpoints}
        return [_letter(row, by_id[row[3]], now) for row in rows]


def share(rooms: Sequence[Room], most: int) -> list[Room]:
    """Divides `most` so that an endpoint with a long queue leaves the others theirs: smallest rooms first, each at
    most an equal part of what is left."""
    shared, left = [], most
    ordered = sorted([room for room in rooms if room.most > 0], key=lambda room: room.most)
    for position, room in enumerate(ordered):
        part = min(room.most, -(-left // (len(ordered) - position)))
        if part > 0:
            shared.append(Room(room.endpoint, part, room.probing))
            left -= part
    return shared


def _lock_endpoints(tenant: Tenant, now: datetime) -> list[Open]:
    rows = (
        driver_connection()
        .execute(
            "SELECT id, url, schedule, concurrency_limit, rate_per_second, rate_left, rate_at, breaker_detail::text,"
            " is_confidential, is_callback, sealed_secret, sealed_previous_secret, previous_secret_until"
            " FROM webhooks_endpoint e WHERE team_id = ANY(%(teams)s) AND status = 'active' AND deleted_at IS NULL"
            " AND (breaker_until IS NULL OR breaker_until <= %(now)s)"
            " AND EXISTS (SELECT 1 FROM webhooks_delivery d WHERE d.endpoint_id = e.id AND d.state = 'pending'"
            " AND d.next_attempt_at <= %(now)s)"
            " ORDER BY id FOR UPDATE SKIP LOCKED",
            {"teams": list(tenant.team_ids), "now": now},
        )
        .fetchall()
    )
    return [Open(*row) for row in rows]


def _rooms(endpoints: Sequence[Open], now: datetime) -> list[Room]:
    """Counted in a statement after the locks, so that it sees what the last holder of a lock has done."""
    rows = (
        driver_connection()
        .execute(
            "SELECT endpoint_id, count(*) FROM webhooks_delivery WHERE endpoint_id = ANY(%s) AND state = 'leased'"
            " AND lease_until > %s GROUP BY endpoint_id",
            ([endpoint.id for endpoint in endpoints], now),
        )
        .fetchall()
    )
    under_way = dict(rows)
    return [_room(endpoint, under_way.get(endpoint.id, 0), now) for endpoint in endpoints]


def _room(endpoint: Open, under_way: int, now: datetime) -> Room:
    most = endpoint.concurrency_limit - under_way
    if endpoint.rate_per_second is not None:
        most = min(most, int(endpoint.tokens(now)))
    breaker = breaker_of(endpoint.breaker_detail)
    if breaker.phase == "closed" or most <= 0:
        return Room(endpoint, most)
    return Room(endpoint, 1, breaker) if breaker.allows(now.timestamp()) else Room(endpoint, 0)


def breaker_of(detail: str) -> Breaker:
    """The breaker as an endpoint's row keeps it; an empty document is a closed one."""
    document = orjson.loads(detail)
    return Breaker(BreakerState.from_document(document) if document else None)


def _lease(rooms: Sequence[Room], owner: UUID, now: datetime) -> list[tuple[Any, ...]]:
    return (
        driver_connection()
        .execute(
            "WITH chosen AS (SELECT found.id FROM unnest(%(endpoints)s::uuid[], %(most)s::int[],"
            " %(confidential)s::boolean[]) AS room(endpoint_id, most, is_confidential) CROSS JOIN LATERAL ("
            "SELECT d.id FROM webhooks_delivery d WHERE d.endpoint_id = room.endpoint_id AND d.state = 'pending'"
            " AND d.next_attempt_at <= %(now)s AND (room.is_confidential OR NOT d.is_confidential)"
            " AND (d.attempts_spent > 0 OR NOT EXISTS (SELECT 1 FROM webhooks_delivery earlier"
            " WHERE earlier.endpoint_id = d.endpoint_id AND earlier.subject = d.subject AND earlier.sequence < d.sequence"
            " AND earlier.state IN ('pending', 'leased') AND earlier.attempts_spent = 0))"
            " ORDER BY d.next_attempt_at, d.sequence LIMIT room.most FOR UPDATE OF d SKIP LOCKED) found)"
            " UPDATE webhooks_delivery d SET state = 'leased', lease_owner = %(owner)s, lease_until = %(until)s,"
            " attempts_made = d.attempts_made + 1 FROM chosen, webhooks_outboxevent o"
            " WHERE d.id = chosen.id AND o.id = d.event_id"
            " RETURNING d.id, d.organisation_id, d.team_id, d.endpoint_id, d.event_id, d.event, d.sequence,"
            " d.attempts_made, d.attempts_spent, d.resumes_at, o.occurred_at, o.payload::text, d.subject",
            {
                "endpoints": [room.endpoint.id for room in rooms],
                "most": [room.most for room in rooms],
                "confidential": [room.endpoint.is_confidential for room in rooms],
                "now": now,
                "owner": owner,
                "until": now + LEASE,
            },
        )
        .fetchall()
    )


def _note_use(rooms: Sequence[Room], rows: Sequence[tuple[Any, ...]], now: datetime) -> None:
    """Takes what was claimed out of the buckets, and remembers probes."""
    for room in rooms:
        used = sum(row[3] == room.endpoint.id for row in rows)
        if used and room.endpoint.rate_per_second is not None:
            driver_connection().execute(
                "UPDATE webhooks_endpoint SET rate_left = %s, rate_at = %s WHERE id = %s",
                (room.endpoint.tokens(now) - used, now, room.endpoint.id),
            )
        if used and room.probing is not None:
            driver_connection().execute(
                "UPDATE webhooks_endpoint SET breaker = %s, breaker_until = NULL, breaker_detail = %s::jsonb"
                " WHERE id = %s",
                (
                    room.probing.phase,
                    orjson.dumps(room.probing.state.as_document()).decode(),
                    room.endpoint.id,
                ),
            )


def _letter(row: tuple[Any, ...], endpoint: Open, now: datetime) -> Letter:
    (
        delivery_id,
        organisation_id,
        team_id,
        endpoint_id,
        event_id,
        event,
        sequence,
        attempt,
        attempts_spent,
        resumes_at,
        occurred_at,
        payload,
        subject,
    ) = row
    body = _callback_body(subject) if endpoint.is_callback else None
    return Letter(
        delivery_id=delivery_id,
        organisation_id=organisation_id,
        team_id=team_id,
        endpoint_id=endpoint_id,
        event_id=event_id,
        event=event,
        url=endpoint.url,
        body=body
        or body_of(
            event_id=event_id,
            event=event,
            occurred_at=occurred_at,
            organisation_id=organisation_id,
            team_id=team_id,
            sequence=sequence,
            data=orjson.loads(payload),
        ),
        secrets=_secrets(endpoint, now) if body or not endpoint.is_callback else (),
        schedule=endpoint.schedule,
        attempt=attempt,
        attempts_spent=attempts_spent,
        resumes_at=resumes_at,
    )


def _callback_body(subject: str) -> bytes | None:
    """None where it cannot be read: such a letter is not sent, as one whose secret cannot be read."""
    try:
        return body_maker()(subject)
    except (Unreadable, LookupError):
        return None


def _secrets(endpoint: Open, now: datetime) -> tuple[str, ...]:
    """None where they cannot be read: such a letter is not sent, and fails by that name."""
    try:
        return valid_secrets(
            endpoint.id,
            endpoint.sealed_secret,
            endpoint.sealed_previous_secret,
            endpoint.previous_secret_until,
            now,
        )
    except Unreadable:
        return ()
