"""Decides what waits in the queue: claims by lease, decides as ever, and writes down which evaluation it became.

Safe to repeat and to be killed anywhere: an evaluation has the id of its row, so what was decided before is found.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import orjson
import structlog
from django.utils import timezone

from ratel.json import encode
from ratel.problem import Refusal, logged_refusal_of
from ratel.sealing import Unreadable, seal, unseal
from ratel.statements import array_text, driver_connection
from ratel.tenancy import tenant
from screening.answer import Answer
from screening.batch_jobs.caller import KeptCaller
from screening.dialects import native
from screening.evaluate import evaluate
from screening.queue_mode.enqueue import body_context
from screening.request import EvaluateRequest
from teams.principal import Principal, TeamFacts

log = structlog.get_logger(__name__)
CLAIMED_AT_ONCE: Final = 100
LEASE: Final = timedelta(seconds=15)
MOST_ATTEMPTS: Final = 3
LONGEST_WAIT: Final = timedelta(seconds=10)
_CLAIM: Final = (
    "UPDATE screening_queuedevaluation SET lease_until = %(until)s, attempts = attempts + 1 WHERE id = ANY (ARRAY("
    "SELECT id FROM screening_queuedevaluation WHERE team_id = %(team)s AND state = 'waiting'"
    " AND next_attempt_at <= %(now)s AND (lease_until IS NULL OR lease_until <= %(now)s)"
    " ORDER BY next_attempt_at LIMIT %(most)s FOR UPDATE SKIP LOCKED))"
    " RETURNING id, sealed_body, queued_at, attempts, caller_kind, caller_id, caller_person_id, caller_address"
)
_ANSWERED: Final = (
    "UPDATE screening_queuedevaluation q SET state = u.state, evaluation_id = u.evaluation_id,"
    " sealed_refusal = u.refusal, sealed_body = NULL, lease_until = NULL, answered_at = %s"
    " FROM unnest(%s::uuid[], %s::text[], %s::uuid[], %s::bytea[]) AS u(id, state, evaluation_id, refusal)"
    " WHERE q.id = u.id AND q.state = 'waiting'"
)
_AGAIN: Final = (
    "UPDATE screening_queuedevaluation SET lease_until = NULL, next_attempt_at = %s WHERE id = ANY(%s)"
    " AND state = 'waiting'"
)


@dataclass(frozen=True)
class Claim:
    """One waiting transaction that is ours until its lease is over."""

    id: UUID
    sealed_body: bytes
    queued_at: datetime
    attempts: int
    caller: KeptCaller


def refusal_context(identifier: UUID) -> bytes:
    return b"queued refusal" + identifier.bytes


def decide_queued(team: TeamFacts) -> int:
    """How many of the team's waiting transactions were answered."""
    claims = _claim(team, timezone.now())
    if not claims:
        return 0
    answers: dict[UUID, UUID | Refusal] = dict(_decided_before(team, claims))
    by_caller: dict[KeptCaller, list[Claim]] = defaultdict(list)
    for one in claims:
        if one.id not in answers:
            by_caller[one.caller].append(one)
    for kept, theirs in by_caller.items():
        answers |= _decide(theirs, kept.as_principal(team))
    return _store(team, claims, answers)


def _claim(team: TeamFacts, now: datetime) -> list[Claim]:
    asked = {"team": team.id, "now": now, "until": now + LEASE, "most": CLAIMED_AT_ONCE}
    with tenant(team.organisation_id, [team.id]):
        rows = driver_connection().execute(_CLAIM, asked).fetchall()
    claims = [Claim(row[0], bytes(row[1]), row[2], row[3], KeptCaller(*row[4:])) for row in rows]
    return sorted(claims, key=lambda one: (one.queued_at, one.id))


def _decided_before(team: TeamFacts, claims: Sequence[Claim]) -> dict[UUID, UUID]:
    """Those that a worker decided before it died: the evaluation is there under the row's own id."""
    repeated = [one.id for one in claims if one.attempts > 1]
    if not repeated:
        return {}
    with tenant(team.organisation_id, [team.id]):
        rows = (
            driver_connection()
            .execute(
                "SELECT id FROM screening_evaluation WHERE organisation_id = %s AND id = ANY(%s)",
                (team.organisation_id, repeated),
            )
            .fetchall()
        )
    return {row[0]: row[0] for row in rows}


def _decide(claims: Sequence[Claim], caller: Principal) -> dict[UUID, UUID | Refusal]:
    parsed = [_parsed(one, caller) for one in claims]
    requests = [one for one in parsed if isinstance(one, EvaluateRequest)]
    answers: list[Answer]
    try:
        answers = evaluate(requests, caller, caller.address)
    except Exception as error:
        answers = [logged_refusal_of(error)] * len(requests)
    decided = iter(answers)
    found = [next(decided) if isinstance(one, EvaluateRequest) else one for one in parsed]
    return {
        one.id: answer if isinstance(answer, Refusal) else answer.evaluation.id
        for one, answer in zip(claims, found, strict=True)
    }


def _parsed(one: Claim, caller: Principal) -> EvaluateRequest | Refusal:
    try:
        document = orjson.loads(unseal(one.sealed_body, body_context(one.id)))
        return replace(native.parse(document, caller.team, one.queued_at), evaluation_id=one.id)
    except Unreadable as error:
        log.error("queued_evaluation_unreadable", evaluation=str(one.id))
        return logged_refusal_of(error)
    except Exception as error:
        return logged_refusal_of(error)


def _store(team: TeamFacts, claims: Sequence[Claim], answers: dict[UUID, UUID | Refusal]) -> int:
    now = timezone.now()
    again = [one for one in claims if _is_to_repeat(answers[one.id], one)]
    waiting = {one.id for one in again}
    rows = [_row(one.id, answers[one.id]) for one in claims if one.id not in waiting]
    with tenant(team.organisation_id, [team.id]):
        connection = driver_connection()
        if rows:
            columns = [array_text(column) for column in zip(*rows, strict=True)]
            connection.execute(_ANSWERED, (now, *columns))
        for one in again:
            wait = min(timedelta(seconds=2 ** min(one.attempts - 1, 10)), LONGEST_WAIT)
            connection.execute(_AGAIN, (now + wait, [one.id]))
    return len(rows)


def _is_to_repeat(answer: UUID | Refusal, one: Claim) -> bool:
    """The database was away; or something unexpected happened, and not too often yet."""
    if not isinstance(answer, Refusal) or answer.status < 500:
        return False
    return answer.status == 503 or one.attempts < MOST_ATTEMPTS


def _row(identifier: UUID, answer: UUID | Refusal) -> tuple[Any, ...]:
    if isinstance(answer, UUID):
        return identifier, "done", answer, None
    document = {
        "status": answer.status,
        "code": answer.code,
        "title": answer.title,
        "detail": answer.detail,
        "errors": [{"path": problem.path, "message": problem.message} for problem in answer.errors],
    }
    return identifier, "refused", None, seal(encode(document), refusal_context(identifier))
