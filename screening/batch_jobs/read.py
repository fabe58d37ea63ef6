"""What is shown of batches: how far they are, when they will be done, and their results."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from ratel.identifiers import read, show
from ratel.problem import NotFound
from ratel.statements import driver_connection
from screening.batch_jobs.accept import PREFIX
from screening.batch_jobs.estimate import ENOUGH_ITEMS, Pace, completion
from screening.batch_jobs.sealed import open_results
from screening.models import BatchJob

_RECENT_BATCHES: Final = 5
# Among so many ended batches those five are looked for.
_LOOKED_THROUGH: Final = 200


def job_of(team_id: UUID, batch_id: str) -> BatchJob:
    """The team's batch with this shown id; raises NotFound. Call inside `tenant(...)`."""
    identifier = read(PREFIX, batch_id)
    job = BatchJob.objects.filter(team_id=team_id, id=identifier).first() if identifier else None
    if job is None:
        raise NotFound
    return job


def estimated_completion(job: BatchJob, now: datetime) -> datetime:
    """Call inside `tenant(...)`. Of an ended batch: when it ended."""
    if job.finished_at is not None:
        return job.finished_at
    own = Pace(job.processed, (now - job.started_at).total_seconds()) if job.started_at else None
    return completion(
        now=now, left=job.total - job.processed, ahead=_ahead(job), recent=_recent(job.team_id), own=own
    )


def _ahead(job: BatchJob) -> int:
    row = (
        driver_connection()
        .execute(
            "SELECT COALESCE(sum(total - processed), 0) FROM screening_batchjob"
            " WHERE team_id = %s AND finished_at IS NULL AND accepted_at < %s",
            (job.team_id, job.accepted_at),
        )
        .fetchone()
    )
    return int(row[0]) if row else 0


def _recent(team_id: UUID) -> Pace:
    """Of the last batches that were large enough to have a pace."""
    row = (
        driver_connection()
        .execute(
            "SELECT COALESCE(sum(processed), 0), COALESCE(sum(extract(epoch FROM finished_at - started_at)), 0)"
            " FROM (SELECT * FROM (SELECT status, processed, started_at, finished_at FROM screening_batchjob"
            " WHERE team_id = %s AND finished_at IS NOT NULL ORDER BY finished_at DESC LIMIT %s) ended"
            " WHERE status = 'completed' AND processed >= %s ORDER BY finished_at DESC LIMIT %s) large",
            (team_id, _LOOKED_THROUGH, ENOUGH_ITEMS, _RECENT_BATCHES),
        )
        .fetchone()
    )
    return Pace(int(row[0]), float(row[1])) if row else Pace(0, 0.0)


def results_of(batch_id: UUID) -> list[dict[str, Any]]:
    """The results in the order of the items. Call inside `tenant(...)`, for a batch that has ended."""
    rows = driver_connection().execute(
        "SELECT id, positions, sealed_results FROM screening_batchchunk WHERE batch_id = %s", (batch_id,)
    )
    placed: dict[int, dict[str, Any]] = {}
    for chunk_id, positions, sealed in rows.fetchall():
        placed |= zip(positions, open_results(chunk_id, bytes(sealed)), strict=True)
    return [placed[position] for position in sorted(placed)]


def progress(job: BatchJob, now: datetime) -> dict[str, Any]:
    """Call inside `tenant(...)`."""
    return {
        "batch_id": show(PREFIX, job.id),
        "status": job.status.upper(),
        "total": job.total,
        "processed": job.processed,
        "failed": job.failed,
        "accepted_at": job.accepted_at,
        "finished_at": job.finished_at,
        "estimated_completion": estimated_completion(job, now),
    }
