"""Decides the items of one chunk in the words of the entity-based dialect; one result for each, in their order.

Whatever was decided before (by this chunk before its worker was killed, by another call) is answered as it was stored.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from ratel.problem import Refusal, logged_refusal_of
from screening.answer import Answer
from screening.dialects import entity
from screening.evaluate import evaluate
from screening.request import EvaluateRequest
from teams.principal import Principal

UNAVAILABLE: Final = 503
OUR_FAULT: Final = 500
LONGEST_ID: Final = 128


class TryAgain(Exception):
    """Nothing can be said of some items now: the database was away, or something unexpected happened."""


def decide_items(
    items: Sequence[Any], *, caller: Principal, accepted_at: datetime, is_last_attempt: bool
) -> list[dict[str, Any]]:
    """Raises TryAgain; at the last attempt only where the database is away."""
    parsed = [_parsed(item, caller, accepted_at) for item in items]
    requests = [one for one in parsed if isinstance(one, EvaluateRequest)]
    answers = _decided(requests, caller)
    if is_last_attempt:
        answers = [
            _decided([request], caller)[0] if _is_our_fault(answer) else answer
            for request, answer in zip(requests, answers, strict=True)
        ]
    _check(answers, is_last_attempt=is_last_attempt)
    decided = iter(answers)
    return [
        _result(item, next(decided) if isinstance(one, EvaluateRequest) else one)
        for item, one in zip(items, parsed, strict=True)
    ]


def _parsed(item: Any, caller: Principal, accepted_at: datetime) -> EvaluateRequest | Refusal:
    """As of the moment of acceptance, so that a repeated chunk reads its items in the same way."""
    try:
        return entity.parse(item, caller.team, accepted_at)
    except Exception as error:
        return logged_refusal_of(error)


def _decided(requests: Sequence[EvaluateRequest], caller: Principal) -> list[Answer]:
    try:
        return evaluate(requests, caller, caller.address)
    except Exception as error:
        return [logged_refusal_of(error)] * len(requests)


def _is_our_fault(answer: Answer) -> bool:
    return isinstance(answer, Refusal) and answer.status >= OUR_FAULT


def _check(answers: Sequence[Answer], *, is_last_attempt: bool) -> None:
    faults = [one for one in answers if isinstance(one, Refusal) and one.status >= OUR_FAULT]
    if any(fault.status == UNAVAILABLE for fault in faults) or (faults and not is_last_attempt):
        raise TryAgain


def _result(item: Any, answer: Answer) -> dict[str, Any]:
    """What the single call would answer, with the item's id in front."""
    if not isinstance(answer, Refusal):
        return {"transaction_id": _id_of(item), **entity.render(answer)}
    return error_result(_id_of(item), answer)


def error_result(transaction_id: str | None, refusal: Refusal) -> dict[str, Any]:
    details = [{"path": problem.path, "message": problem.message} for problem in refusal.errors]
    return {
        "transaction_id": transaction_id,
        "error": refusal.code,
        "message": refusal.detail,
        "details": details,
    }


def _id_of(item: Any) -> str | None:
    """The item's own id as it was sent, where there is one."""
    sent = item.get("transaction_id") if isinstance(item, dict) else None
    return sent[:LONGEST_ID] if isinstance(sent, str) else None


def without_decision(items: Sequence[Any], refusal: Refusal) -> list[dict[str, Any]]:
    """The results of items that are not decided any more."""
    return [error_result(_id_of(item), refusal) for item in items]
