"""Takes one transaction into the queue, once for each external id."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from ratel.identifiers import new_id
from ratel.json import encode
from ratel.problem import QueueFull, Unprocessable
from ratel.sealing import seal
from ratel.statements import InsertInto, driver_connection
from ratel.tenancy import tenant
from screening.batch_jobs import doorbell
from screening.batch_jobs.caller import KeptCaller
from screening.request import EvaluateRequest
from teams.principal import Principal

# As long as the external id of a decision is held.
HELD_FOR: Final = timedelta(hours=24)
QUEUE_INSERT: Final = InsertInto(
    "screening_queuedevaluation",
    {
        "id": "uuid",
        "organisation_id": "uuid",
        "team_id": "uuid",
        "caller_kind": "text",
        "caller_id": "uuid",
        "caller_person_id": "uuid",
        "caller_address": "text",
        "key_hash": "uuid",
        "body_hash": "bytea",
        "sealed_body": "bytea",
        "state": "text",
        "queued_at": "timestamptz",
        "attempts": "int",
        "next_attempt_at": "timestamptz",
    },
)
_ONCE: Final = QUEUE_INSERT.row_sql + b" ON CONFLICT (team_id, key_hash) DO NOTHING"


def body_context(identifier: UUID) -> bytes:
    """What a waiting body is sealed under."""
    return b"queued body" + identifier.bytes


def evaluation_enqueue(*, caller: Principal, address: str, document: Any, parsed: EvaluateRequest) -> UUID:
    """The id of the evaluation to come; of the same body under the same external id the same one again.

    Raises Unprocessable where the external id was queued with another body, QueueFull at the limit.
    """
    team, now = caller.team, timezone.now()
    caller = replace(caller, address=address)
    with tenant(team.organisation_id, [team.id]):
        queued = _queued(caller, parsed, now)
        if queued is None:
            _refuse_too_many(team.id)
            queued = _insert(caller, document, parsed, now)
        transaction.on_commit(doorbell.ring)
        return queued


def _queued(caller: Principal, parsed: EvaluateRequest, now: datetime) -> UUID | None:
    """What waits, or was answered, under the external id; one that is held no longer makes room."""
    if parsed.key_hash is None:
        return None
    connection, key = driver_connection(), (caller.team.id, parsed.key_hash)
    connection.execute(
        "DELETE FROM screening_queuedevaluation WHERE team_id = %s AND key_hash = %s AND answered_at <= %s",
        (*key, now - HELD_FOR),
    )
    row = connection.execute(
        "SELECT id, body_hash FROM screening_queuedevaluation WHERE team_id = %s AND key_hash = %s", key
    ).fetchone()
    if row is None:
        return None
    if bytes(row[1]) != parsed.body_hash:
        raise Unprocessable("The external id was used for another body", code="externalId_reused")
    identifier: UUID = row[0]
    return identifier


def _refuse_too_many(team_id: UUID) -> None:
    most = settings.RATEL_QUEUE_LIMIT
    row = (
        driver_connection()
        .execute(
            "SELECT count(*) FROM (SELECT 1 FROM screening_queuedevaluation WHERE team_id = %s AND state = 'waiting'"
            " LIMIT %s) waiting",
            (team_id, most),
        )
        .fetchone()
    )
    if row and row[0] >= most:
        raise QueueFull("The queue is full", retry_after_seconds=2)


def _insert(caller: Principal, document: Any, parsed: EvaluateRequest, now: datetime) -> UUID:
    identifier, team = new_id(), caller.team
    kept = KeptCaller.of(caller)
    row = (
        *(identifier, team.organisation_id, team.id),
        *kept.columns().values(),
        parsed.key_hash,
        parsed.body_hash,
        seal(encode(document), body_context(identifier)),
        *("waiting", now, 0, now),
    )
    if driver_connection().execute(_ONCE, row).rowcount:
        return identifier
    # Somebody else queued it in the same moment.
    queued = _queued(caller, parsed, now)
    if queued is None:
        raise QueueFull("The external id is being answered")
    return queued
