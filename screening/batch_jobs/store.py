"""Writes down what came of a chunk, and with the last one what came of the batch: its status, the event, the callback.

The results of a chunk and the batch's counts are one transaction, fenced by the claim, so each chunk counts once; the
end of the batch, its event and its callback are part of the last chunk's transaction, so there is one of each.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from ratel.identifiers import show
from ratel.statements import driver_connection, insert
from ratel.tenancy import tenant
from screening.batch_jobs.accept import PREFIX
from screening.batch_jobs.claim import Claim
from screening.batch_jobs.sealed import seal_results
from teams.principal import TeamFacts
from webhooks.callbacks import callback_delivery
from webhooks.delivery.doorbell import ring
from webhooks.outbox import OUTBOX_INSERT, event_row

EVENT: Final = "batch.completed"
_DONE: Final = (
    "UPDATE screening_batchchunk SET state = %s, sealed_results = %s, sealed_items = NULL, lease_until = NULL"
    " WHERE id = %s AND attempts = %s AND state = 'waiting'"
)
_COUNT: Final = (
    "UPDATE screening_batchjob SET processed = processed + %s, failed = failed + %s, chunks_left = chunks_left - 1"
    " WHERE id = %s RETURNING chunks_left, total, processed, failed, callback_url, cancelled_at"
)


@dataclass(frozen=True)
class Ended:
    """A batch with nothing left to do."""

    id: UUID
    total: int
    processed: int
    failed: int
    callback_url: str
    cancelled_at: datetime | None


def chunk_done(
    *, team: TeamFacts, claim: Claim, results: list[dict[str, Any]], now: datetime, is_dropped: bool = False
) -> bool:
    """Whether the chunk was still this claim's. What is dropped has results that say so, and is not processed."""
    failed = sum("error" in result for result in results)
    sealed = seal_results(claim.chunk_id, results)
    with tenant(team.organisation_id, [team.id]):
        connection = driver_connection()
        state = "dropped" if is_dropped else "done"
        if not connection.execute(_DONE, (state, sealed, claim.chunk_id, claim.attempts)).rowcount:
            return False
        counted = 0 if is_dropped else len(results)
        row = connection.execute(_COUNT, (counted, failed, claim.batch_id)).fetchone()
        if row is not None and row[0] == 0:
            end_batch(team, Ended(claim.batch_id, *row[1:]), now)
    return True


def end_batch(team: TeamFacts, ended: Ended, now: datetime) -> None:
    """In the transaction that took the last chunk away."""
    status = _status(ended)
    driver_connection().execute(
        "UPDATE screening_batchjob SET status = %s, finished_at = %s WHERE id = %s", (status, now, ended.id)
    )
    event = event_row(
        EVENT,
        organisation_id=team.organisation_id,
        team_id=team.id,
        subject=show(PREFIX, ended.id),
        occurred_at=now,
        data={
            "batchId": show(PREFIX, ended.id),
            "status": status.upper(),
            "total": ended.total,
            "processed": ended.processed,
            "failed": ended.failed,
        },
    )
    insert(OUTBOX_INSERT, event)
    if ended.callback_url:
        callback_delivery(
            team=team,
            url=ended.callback_url,
            event_id=event[0],
            event=EVENT,
            subject=show(PREFIX, ended.id),
            now=now,
        )
    transaction.on_commit(ring)


def _status(ended: Ended) -> str:
    if ended.cancelled_at is not None:
        return "cancelled"
    return "completed" if ended.processed == ended.total else "failed"
