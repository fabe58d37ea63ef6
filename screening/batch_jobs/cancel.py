"""Cancels a batch: what nobody has begun is dropped at once; what was begun is finished, as part of it is decided."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from ratel.identifiers import show
from ratel.problem import Conflict, NotFound
from ratel.tenancy import tenant
from screening.batch_jobs import doorbell
from screening.batch_jobs.accept import PREFIX
from screening.batch_jobs.chunk import without_decision
from screening.batch_jobs.sealed import open_items, seal_results
from screening.batch_jobs.store import Ended, end_batch
from screening.models import BatchChunk, BatchJob
from teams import audit
from teams.principal import Principal

CANCELLED = Conflict("The batch was cancelled before this item was begun", code="cancelled")


def batch_cancel(*, caller: Principal, batch_id: UUID | None) -> BatchJob:
    """The batch as it is from now on. Cancelling twice changes nothing; raises NotFound, Conflict for an ended one."""
    team, now = caller.team, timezone.now()
    with tenant(team.organisation_id, [team.id]):
        locked = BatchJob.objects.select_for_update().filter(team_id=team.id)
        job = locked.filter(id=batch_id).first() if batch_id else None
        if job is None:
            raise NotFound
        if job.cancelled_at is not None:
            return job
        if job.finished_at is not None:
            raise Conflict("The batch has ended", code="batch_ended")
        dropped = _drop(job)
        job.cancelled_at, job.chunks_left = now, job.chunks_left - len(dropped)
        job.failed += sum(dropped)
        job.save(update_fields=["cancelled_at", "chunks_left", "failed"])
        audit.note(
            caller=caller,
            action="batch.cancelled",
            subject=("batch", show(PREFIX, job.id)),
            after={"processed": job.processed, "total": job.total},
        )
        if job.chunks_left == 0:
            end_batch(team, Ended(job.id, job.total, job.processed, job.failed, job.callback_url, now), now)
        transaction.on_commit(doorbell.ring)
        return BatchJob.objects.get(id=job.id)


def _drop(job: BatchJob) -> list[int]:
    """The sizes of the chunks that nobody had begun; each item of them gets a result that says so."""
    waiting = BatchChunk.objects.filter(batch_id=job.id, state=BatchChunk.State.WAITING, attempts=0)
    # One that somebody is taking at this moment is begun: waiting for it could mean waiting for each other.
    chunks = list(waiting.select_for_update(skip_locked=True))
    for chunk in chunks:
        results = without_decision(open_items(chunk.id, bytes(chunk.sealed_items or b"")), CANCELLED)
        chunk.state, chunk.sealed_items = BatchChunk.State.DROPPED, None
        chunk.sealed_results = seal_results(chunk.id, results)
        chunk.save(update_fields=["state", "sealed_items", "sealed_results"])
    return [len(chunk.positions) for chunk in chunks]
