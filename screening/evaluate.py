"""The story of one evaluation: enrich, run the layers, aggregate, decide, persist; then, and only then, answer.

Requests are decided in turns: one turn holds at most one transaction of a customer and one of an external id, so that
the items of a batch see each other in order. A single request is a batch of one.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import psycopg
import structlog
from django.utils import timezone

from ratel.identifiers import new_id
from ratel.problem import Refusal, Unprocessable
from ratel.sealing import blind_index
from ratel.statements import is_connection_lost
from screening.aggregate import aggregate
from screening.configuration import TeamConfiguration, configuration_of
from screening.decide import decide
from screening.enrich import Enriched, enrich
from screening.evaluation import Evaluation
from screening.layers import LayerResult, Outcome, run_layers
from screening.persist import Recorded, writes_of
from screening.replays import load_evaluations
from screening.request import EvaluateRequest
from screening.unit_of_work import UnitOfWork
from teams import audit
from teams.principal import Principal

log = structlog.get_logger(__name__)
# Locks are a shared resource of the database; a chunk is committed before the next one takes its own.
CHUNK: Final = 50
ATTEMPTS: Final = 3


@dataclass(frozen=True)
class Evaluated:
    """An answer: the evaluation, and whether it is the stored one of an earlier identical request."""

    evaluation: Evaluation
    is_replay: bool = False
    is_dry_run: bool = False


Answer = Evaluated | Refusal


def evaluate(requests: Sequence[EvaluateRequest], caller: Principal, address: str) -> list[Answer]:
    """One answer per request, in order. Whatever is answered as decided is committed."""
    configuration = configuration_of(caller.team)
    actor = audit.Actor(caller.kind, caller.id, address)
    answers: list[Answer] = []
    for start in range(0, len(requests), CHUNK):
        answers += _decide_chunk(requests[start : start + CHUNK], configuration, actor)
    return answers


def _decide_chunk(
    requests: Sequence[EvaluateRequest], configuration: TeamConfiguration, actor: audit.Actor
) -> list[Answer]:
    """Decides in one database transaction. A collision over an external id that somebody else took in the meantime
    rolls everything back, and the next attempt finds the other's decision."""
    team = configuration.team
    locks = [
        blind_index(team.id.bytes, request.transaction.customer_id) for request in requests if request.persist
    ]
    for attempt in range(1, ATTEMPTS + 1):
        work = UnitOfWork(team, locks=locks)
        try:
            return _decide_in_turns(requests, configuration, actor, work)
        except (psycopg.errors.UniqueViolation, psycopg.errors.DeadlockDetected):
            if attempt == ATTEMPTS:
                raise
        except psycopg.OperationalError:
            if attempt > 1 or not is_connection_lost() or not _may_repeat(requests, work):
                raise
    raise AssertionError("every attempt returns or raises")


def _may_repeat(requests: Sequence[EvaluateRequest], work: UnitOfWork) -> bool:
    """After a lost connection: nothing can have been committed, or an external id tells whether it was."""
    return not work.has_sent_commit or all(request.key_hash or not request.persist for request in requests)


def _decide_in_turns(
    requests: Sequence[EvaluateRequest],
    configuration: TeamConfiguration,
    actor: audit.Actor,
    work: UnitOfWork,
) -> list[Answer]:
    now = timezone.now()
    answers: dict[int, Answer] = {}
    with work:
        for turn in _turns(requests):
            known = enrich(work, [requests[position] for position in turn], configuration, now)
            fresh = [pair for pair in zip(turn, known, strict=True) if not _is_decided(pair[1])]
            answers |= _replayed(
                [pair for pair in zip(turn, known, strict=True) if _is_decided(pair[1])], work
            )
            recorded = []
            for position, one in fresh:
                evaluation = evaluate_one(one, configuration, now)
                answers[position] = Evaluated(evaluation, is_dry_run=not one.request.persist)
                if evaluation.partial:
                    log.warning(
                        "evaluation_partial",
                        layers=evaluation.missing_layers,
                        team_id=str(configuration.team.id),
                    )
                if one.request.persist:
                    customer_id = one.customer_id or new_id()
                    record = Recorded(
                        one.request, evaluation, configuration.team, customer_id, one.open_case_id, now
                    )
                    recorded.append((record, one))
            if recorded:
                records, stored = zip(*recorded, strict=True)
                work.write(writes_of(records, stored, actor))
    return [answers[position] for position in range(len(requests))]


def evaluate_one(known: Enriched, configuration: TeamConfiguration, now: datetime) -> Evaluation:
    """The decision itself, from what was read; touches nothing."""
    started = time.perf_counter()
    ruleset = configuration.ruleset
    layers = run_layers(known.context, ruleset, now)
    score = aggregate(layers, ruleset.policy)
    decision = decide(score, layers, ruleset.policy)
    is_kept = known.request.persist and decision.outcome != Outcome.PASS
    opens_case = is_kept and decision.outcome >= Outcome.ESCALATE
    return Evaluation(
        id=new_id(),
        transaction_id=new_id(),
        dialect=known.request.dialect,
        decided_at=now,
        decision=decision.outcome.code,
        risk_score=decision.risk_score,
        risk_level=decision.risk_level,
        partial=decision.partial,
        missing_layers=decision.missing_layers,
        failed_closed=decision.failed_closed,
        layers=tuple(layers.values()),
        weights=tuple(ruleset.policy.weights.values()),
        ruleset_id=configuration.ruleset_id,
        policy_version=ruleset.policy.version,
        bypassed_rules=configuration.bypassed_at(now),
        list_generation=_generation(configuration, layers),
        model_version=layers["decision_engine"].version,
        drafts=decision.drafts,
        alert_id=new_id() if is_kept else None,
        case_id=(known.open_case_id or new_id()) if opens_case else None,
        profile=known.context.profile,
        past=known.context.past,
        amount=known.context.amount,
        duration_us=round((time.perf_counter() - started) * 1_000_000),
    )


def _generation(configuration: TeamConfiguration, layers: dict[str, LayerResult]) -> str:
    names = configuration.ruleset.names
    return layers["sanctions"].version or (names.generation if names else "")


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
