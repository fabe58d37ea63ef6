"""`Idempotency-Key`: a caller that lost the answer to a batch asks again and gets the same batch, not a second one.

A key is a team's and held for 24 hours, as long as the ids of payments. What is kept is its hash and that of the body.
Two calls at the same moment make one batch: the index `batch_once` lets only one of them in.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError
from django.utils import timezone

from ratel.problem import Invalid, Problem, Unprocessable
from ratel.statements import driver_connection
from ratel.tenancy import tenant
from screening.batch_jobs.accept import batch_accept
from screening.batch_jobs.submitted import batch_in
from screening.models import BatchJob
from screening.request import body_hash, key_hash
from teams.principal import Principal, TeamFacts

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = {"Idempotent-Replayed": "true"}
LONGEST_KEY: Final = 128
HELD_FOR: Final = timedelta(hours=24)
PATTERN: Final = rf"^[!-~]{{1,{LONGEST_KEY}}}$"
_KEY: Final = re.compile(PATTERN)
REUSED: Final = "idempotency_key_reused"


@dataclass(frozen=True)
class Accepted:
    """The batch, and whether an earlier call had handed it over."""

    job: BatchJob
    is_replay: bool


def batch_accept_once(*, caller: Principal, document: Any, key: str | None) -> Accepted:
    """The batch that the decoded body asks for, made once for a key; without one each call makes its own.

    Raises Invalid, Unprocessable where the key came with another body, QueueFull.
    """
    items, callback_url = batch_in(document)
    make = partial(batch_accept, caller=caller, items=items, callback_url=callback_url)
    if key is None:
        return Accepted(make(), is_replay=False)
    if not _KEY.fullmatch(key):
        raise Invalid(errors=[Problem(HEADER, f"must be 1 to {LONGEST_KEY} visible ASCII characters")])
    hashed, body = key_hash(key), body_hash(document)
    held = _held(caller.team, hashed, body, timezone.now())
    if held is not None:
        return Accepted(held, is_replay=True)
    try:
        return Accepted(make(idempotency_hash=hashed, body_hash=body), is_replay=False)
    except IntegrityError:
        # Somebody else handed it over in the same moment.
        held = _held(caller.team, hashed, body, timezone.now())
        if held is None:
            raise
        return Accepted(held, is_replay=True)


def _held(team: TeamFacts, hashed: UUID, body: bytes, now: datetime) -> BatchJob | None:
    """The batch of this key; one that is held no longer makes room."""
    with tenant(team.organisation_id, [team.id]):
        driver_connection().execute(
            "UPDATE screening_batchjob SET idempotency_hash = NULL, body_hash = NULL"
            " WHERE team_id = %s AND idempotency_hash = %s AND accepted_at <= %s",
            (team.id, hashed, now - HELD_FOR),
        )
        job = BatchJob.objects.filter(team_id=team.id, idempotency_hash=hashed).first()
    if job is not None and bytes(job.body_hash or b"") != body:
        raise Unprocessable("The Idempotency-Key came with another body", code=REUSED)
    return job
