"""Requests that share one database transaction: taken in turns, decided, persisted, committed.

One turn holds at most one transaction of a customer and one of an external id, so that the items of a batch see each
other in order: a turn is read with one statement and written with one per table.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import psycopg
import structlog
from django.utils import timezone

from ratel.identifiers import new_id
from ratel.problem import Unprocessable
from ratel.sealing import blind_index
from ratel.statements import is_connection_lost
from screening.answer import Answer, Evaluated
from screening.configuration import TeamConfiguration
from screening.enrich import Enriched, enrich
from screening.evaluation import Evaluation
from screening.persist import Recorded, writes_of
from screening.replays import load_evaluations
from screening.request import EvaluateRequest
from screening.unit_of_work import UnitOfWork
from teams import audit
from webhooks.delivery import doorbell

log = structlog.get_logger(__name__)
ATTEMPTS: Final = 3
DecideOne = Callable[[Enriched, TeamConfiguration, datetime], Evaluation]
# Somebody else took an external id in the meantime, or the database no longer knows a statement: nothing was committed.
_AGAIN: Final = (
    psycopg.errors.UniqueViolation,
    psycopg.errors.DeadlockDetected,
    psycopg.errors.FeatureNotSupported,
    psycopg.errors.InvalidSqlStatementName,
)


def decide_together(
    requests: Sequence[EvaluateRequest],
    *,
    configuration: TeamConfiguration,
    actor: audit.Actor,
    decide_one: DecideOne,
    patient: bool = True,
) -> list[Answer | None]:
    """One answer per request, committed. Without patience a customer whom somebody else is deciding about is left out
    (None); with it, a single request waits for its turn."""
    chunk = _Chunk(requests, configuration, actor, decide_one, patient)
    for attempt in range(1, ATTEMPTS + 1):
        work = chunk.unit_of_work()
        try:
            return chunk.decide(work)
        except _AGAIN:
            # Rolled back; the next attempt finds the other's decision.
            if attempt == ATTEMPTS:
                raise
        except psycopg.OperationalError:
            if attempt > 1 or not is_connection_lost() or not _may_repeat(requests, work):
                raise
    raise AssertionError("every attempt returns or raises")


def _may_repeat(requests: Sequence[EvaluateRequest], work: UnitOfWork) -> bool:
    """After a lost connection: nothing can have been committed, or an external id tells whether it was."""
    return not work.has_sent_commit or all(request.key_hash or not request.persist for request in requests)


@dataclass(frozen=True)
class _Chunk:
    """The requests of one database transaction."""

    requests: Sequence[EvaluateRequest]
    configuration: TeamConfiguration
    actor: audit.Actor
    decide_one: DecideOne
    patient: bool

    def unit_of_work(self) -> UnitOfWork:
        """Dry runs wait for nobody and hold nobody up."""
        locks = sorted({self._lock_of(request) for request in self.requests if request.persist})
        if not self.patient:
            return UnitOfWork(self.configuration.team, attempt=locks)
        return UnitOfWork(self.configuration.team, wait_for=next(iter(locks), None))

    def decide(self, work: UnitOfWork) -> list[Answer | None]:
        now = timezone.now()
        answers: dict[int, Answer] = {}
        with work:
            for turn in _turns(self.requests):
                answers |= self._decide_turn(self._ours(turn, work), work, now)
        for answer in answers.values():
            _tell_operators(answer)
        if any(_has_events(answer) for answer in answers.values()):
            doorbell.ring()
        return [answers.get(position) for position in range(len(self.requests))]

    def _decide_turn(self, turn: list[int], work: UnitOfWork, now: datetime) -> dict[int, Answer]:
        if not turn:
            return {}
        known = enrich(work, [self.requests[position] for position in turn], self.configuration, now)
        # Only with the first read is it known who is somebody else's at the moment.
        ours = set(self._ours(turn, work))
        seen = [pair for pair in zip(turn, known, strict=True) if pair[0] in ours]
        answers = _replayed([pair for pair in seen if _is_decided(pair[1])], work)
        recorded = []
        for position, one in seen:
            if _is_decided(one):
                continue
            evaluation = self.decide_one(one, self.configuration, now)
            answers[position] = Evaluated(evaluation, is_dry_run=not one.request.persist)
            if one.request.persist:
                recorded.append((self._record(one, evaluation, now), one))
        if recorded:
            records, stored = zip(*recorded, strict=True)
            work.write(writes_of(records, stored, self.actor))
        return answers

    def _ours(self, turn: list[int], work: UnitOfWork) -> list[int]:
        """The positions whose customers nobody else holds, as far as is known."""
        if not work.held_elsewhere:
            return turn
        return [
            position
            for position in turn
            if not self.requests[position].persist
            or self._lock_of(self.requests[position]) not in work.held_elsewhere
        ]

    def _lock_of(self, request: EvaluateRequest) -> int:
        return blind_index(self.configuration.team.id.bytes, request.transaction.customer_id)

    def _record(self, known: Enriched, evaluation: Evaluation, now: datetime) -> Recorded:
        customer_id = known.customer_id or new_id()
        return Recorded(
            known.request, evaluation, self.configuration.team, customer_id, known.open_case_id, now
        )


def _turns(requests: Sequence[EvaluateRequest]) -> Iterator[list[int]]:
    """Positions in turns: whoever shares a customer or an external id with an earlier request comes in a later turn."""
    turns: list[list[int]] = []
    next_turn: dict[object, int] = {}
    for position, request in enumerate(requests):
        shared = [request.transaction.customer_id, *([request.key_hash] if request.key_hash else [])]
        turn = max(next_turn.get(one, 0) for one in shared)
        for one in shared:
            next_turn[one] = turn + 1
        if turn == len(turns):
            turns.append([])
        turns[turn].append(position)
    yield from turns


def _is_decided(known: Enriched) -> bool:
    return known.decided_id is not None and not known.held_key_expired


def _replayed(decided: list[tuple[int, Enriched]], work: UnitOfWork) -> dict[int, Answer]:
    """The stored evaluation for an identical body, a refusal for another one under the same external id."""
    if not decided:
        return {}
    same = [one.decided_id for _, one in decided if one.decided_body_hash == one.request.body_hash]
    found = load_evaluations(work, [identifier for identifier in same if identifier is not None])
    answers: dict[int, Answer] = {}
    for position, one in decided:
        if one.decided_body_hash == one.request.body_hash and one.decided_id in found:
            answers[position] = Evaluated(found[one.decided_id], is_replay=True)
        else:
            answers[position] = Unprocessable(
                "The external id was used for another body", code="externalId_reused"
            )
    return answers


def _has_events(answer: Answer) -> bool:
    """Whether something was written to the outbox, so that it need not wait for the poller."""
    if not isinstance(answer, Evaluated) or answer.is_replay or answer.is_dry_run:
        return False
    evaluation = answer.evaluation
    return evaluation.alert_id is not None or evaluation.partial or bool(evaluation.drafts)


def _tell_operators(answer: Answer) -> None:
    """A line in the log for each fresh decision that something was missing from, with what and why."""
    if not isinstance(answer, Evaluated) or answer.is_replay or not answer.evaluation.partial:
        return
    failed: dict[str, Any] = {}
    for layer in answer.evaluation.layers:
        if layer.evidence and "failedRules" in layer.evidence:
            failed |= layer.evidence["failedRules"]
    failures = {layer.name: layer.failure for layer in answer.evaluation.layers if layer.failure}
    log.warning("evaluation_partial", evaluation=str(answer.evaluation.id), layers=failures, rules=failed)
