"""Takes a batch in: every row of it in one database transaction, so that whatever was answered 202 will be decided.

Items are neither parsed nor checked here; one that is not valid has its problems as its result.
"""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from ratel.identifiers import new_id, show
from ratel.problem import QueueFull
from ratel.statements import driver_connection
from ratel.tenancy import tenant
from screening.batch_jobs import doorbell
from screening.batch_jobs.caller import KeptCaller
from screening.batch_jobs.lanes import deal
from screening.batch_jobs.sealed import seal_items
from screening.models import BatchChunk, BatchJob
from teams import audit
from teams.principal import Principal, TeamFacts
from webhooks.callbacks import ensure_secret

PREFIX: Final = "batch"
MOST_ITEMS: Final = 10_000
_RETRY_AFTER_SECONDS: Final = 30


def batch_accept(
    *,
    caller: Principal,
    items: Sequence[Any],
    callback_url: str = "",
    idempotency_hash: UUID | None = None,
    body_hash: bytes | None = None,
) -> BatchJob:
    """The accepted batch; raises QueueFull where the team has too many items waiting already.

    The callback's address has been checked (`webhooks.egress`); a team's first callback makes its secret. The hashes
    are those of `once.py`, and the database refuses the first of them twice.
    """
    now, team = timezone.now(), caller.team
    job = BatchJob(
        id=new_id(),
        organisation_id=team.organisation_id,
        team_id=team.id,
        **KeptCaller.of(caller).columns(),
        total=len(items),
        callback_url=callback_url,
        idempotency_hash=idempotency_hash,
        body_hash=body_hash,
        accepted_at=now,
    )
    chunks = _chunks(job, items)
    job.chunks_left = len(chunks)
    with tenant(team.organisation_id, [team.id]):
        _refuse_too_many(team, len(items))
        if callback_url:
            ensure_secret(team)
        BatchJob.objects.bulk_create([job])
        BatchChunk.objects.bulk_create(chunks)
        audit.note(
            caller=caller,
            action="batch.accepted",
            subject=("batch", show(PREFIX, job.id)),
            after={"total": job.total, "callback": bool(callback_url)},
        )
        transaction.on_commit(doorbell.ring)
    return job


def _chunks(job: BatchJob, items: Sequence[Any]) -> list[BatchChunk]:
    chunks = []
    for dealt in deal(items):
        chunk = BatchChunk(
            id=new_id(),
            organisation_id=job.organisation_id,
            team_id=job.team_id,
            batch_id=job.id,
            lane=dealt.lane,
            number=dealt.number,
            positions=list(dealt.positions),
            next_attempt_at=job.accepted_at,
        )
        chunk.sealed_items = seal_items(chunk.id, [items[position] for position in dealt.positions])
        chunks.append(chunk)
    return chunks


def _refuse_too_many(team: TeamFacts, wanted: int) -> None:
    """Only where others are waiting: one batch is always taken."""
    row = (
        driver_connection()
        .execute(
            "SELECT COALESCE(sum(total - processed), 0) FROM screening_batchjob"
            " WHERE team_id = %s AND finished_at IS NULL",
            (team.id,),
        )
        .fetchone()
    )
    waiting = int(row[0]) if row else 0
    if waiting and waiting + wanted > settings.RATEL_BATCH_QUEUE_ITEMS:
        raise QueueFull("Too many items are waiting already", retry_after_seconds=_RETRY_AFTER_SECONDS)
