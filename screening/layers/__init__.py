"""The six layers and how they are run: each timed, each allowed to fail, all of them within the deadline.

Sanctions goes first, because rules read what it found. A layer that raises, or is not back in time, is left out: its
result says so and the evaluation is partial. It must never stop a payment. Only name screening can stall; whatever
else comes to wait for something must be waited for in the same way.
"""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotInTime
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from typing import Any, Final

from msgspec.structs import force_setattr, replace

from ratel.breakers import BEHAVIORAL_STORE, DECISION_ENGINE, GUARDS, NAME_INDEX, Guard
from screening.context import Context
from screening.layers import behavioral, decision_engine, kyc, rules, sanctions
from screening.layers.result import Hit, LayerResult, Outcome, no_answer
from screening.match_decisions import NOTHING_DECIDED, Decisions, in_force
from screening.names.entity import NameQuery, SearchResult
from screening.policy import LAYER_NAMES, Policy
from screening.rules.aggregates import Aggregate

__all__ = ["LAYER_NAMES", "Hit", "LayerResult", "Outcome", "Ruleset", "SearchNames", "run_layers"]

# Threads that a layer waits on when it may stall; a stalled one holds its thread until it ends by itself.
STALL_THREADS: Final = 8
# Of the deadline, what name screening may use up: the layers after it only compute, and must still get their turn.
NAMES_SHARE: Final = 0.8
_NAME_INDEX: Final = GUARDS.named(NAME_INDEX)
_DECISION_ENGINE: Final = GUARDS.named(DECISION_ENGINE)
_BEHAVIORAL_STORE: Final = GUARDS.named(BEHAVIORAL_STORE)


class NoList(Exception):
    """No watchlist is loaded, so nobody can be screened."""


@dataclass(frozen=True)
class SearchNames:
    """The name index of one list generation. `remembered` answers at once or not at all, `search` may take its time."""

    generation: str
    search: Callable[[NameQuery], SearchResult]
    remembered: Callable[[NameQuery], SearchResult | None]


@dataclass(frozen=True)
class Ruleset:
    """What a team decides by at one time: its compiled rules, its policy, the names it screens against.

    `fields` and `asked` say which facts and aggregates the compiled rules read, in the order they expect them.
    """

    regulatory: rules.RuleLayer
    custom: rules.RuleLayer
    fields: tuple[str, ...]
    asked: tuple[Aggregate, ...]
    policy: Policy
    names: SearchNames | None
    deadline_seconds: float
    take_fields: Callable[[dict[str, Any]], tuple[Any, ...]]
    decided: Decisions = field(default_factory=lambda: NOTHING_DECIDED)


def field_taker(fields: tuple[str, ...]) -> Callable[[dict[str, Any]], tuple[Any, ...]]:
    """A function that takes `fields` from the facts in order, None where the transaction lacks one."""
    plain = all(not name.startswith("attributes.") for name in fields)
    if plain and len(fields) > 1:
        return itemgetter(*fields)
    return lambda facts: tuple([facts.get(name) for name in fields])


def run_layers(
    context: Context, ruleset: Ruleset, now: datetime, screened: LayerResult | None = None
) -> dict[str, LayerResult]:
    """Every layer's result by its name, in the order of LAYER_NAMES.

    `screened` is what name screening found when an evaluation is repeated; else the lists are searched.
    """
    deadline = time.perf_counter() + ruleset.deadline_seconds * NAMES_SHARE
    names = screened or _timed(sanctions.NAME, lambda: _screen_names(context, ruleset, deadline, now))
    context.facts.update(_unscreened())
    if names.answered and names.evidence:
        context.facts.update(names.evidence["facts"])
    fields = ruleset.take_fields(context.facts)
    aggregates = [context.aggregates[aggregate] for aggregate in ruleset.asked]

    values = (fields, aggregates)
    bands = ruleset.policy.bands
    return {
        "regulatory": _judged(ruleset.regulatory, context, values, now),
        "kyc": _timed(kyc.NAME, lambda: kyc.run(context)),
        "custom_rules": _judged(ruleset.custom, context, values, now),
        "sanctions": names,
        "decision_engine": _guarded(
            _DECISION_ENGINE, decision_engine.NAME, lambda: decision_engine.run(context, bands)
        ),
        "behavioral": _guarded(_BEHAVIORAL_STORE, behavioral.NAME, lambda: behavioral.run(context, bands)),
    }


def _judged(layer: rules.RuleLayer, context: Context, values: rules.Values, now: datetime) -> LayerResult:
    """The result of a layer made of rules; of one that broke every rule failed, so that each still has a state."""
    result = _timed(layer.name, lambda: rules.run(layer, context, values, now))
    return result if result.answered else replace(result, states="F" * len(layer.compiled.rules))


def _timed(name: str, layer: Callable[[], LayerResult]) -> LayerResult:
    """The layer's result with the time it took, or why there is none."""
    started = time.perf_counter()
    try:
        result = layer()
    except NotInTime:
        return no_answer(name, "deadline", _microseconds_since(started))
    except Exception as error:
        return no_answer(name, type(error).__name__, _microseconds_since(started))
    # The layer has just made it and nobody else has it yet: no copy is needed to complete it.
    force_setattr(result, "duration_us", _microseconds_since(started))
    return result


def _guarded(guard: Guard, name: str, layer: Callable[[], LayerResult]) -> LayerResult:
    """The same for a layer whose dependency can be away: while its breaker is open it is not asked at all."""
    if not guard.allows():
        return no_answer(name, "breaker_open")
    result = _timed(name, layer)
    if result.answered:
        guard.succeeded()
    else:
        guard.failed()
    return result


def _microseconds_since(started: float) -> int:
    return round((time.perf_counter() - started) * 1_000_000)


def _unscreened() -> dict[str, Any]:
    return {
        "customerMatchesSanctions": None,
        "counterpartyMatchesSanctions": None,
        "customerMatchesPep": None,
        "counterpartyMatchesPep": None,
        "customerMatchesPrivateList": None,
        "counterpartyMatchesPrivateList": None,
        "matchedLists": None,
    }


def _screen_names(context: Context, ruleset: Ruleset, deadline: float, now: datetime) -> LayerResult:
    names = ruleset.names
    if names is None:
        raise NoList
    known = in_force(ruleset.decided, context.transaction.customer_id, now)
    remembered = {query: names.remembered(query) for _, query in sanctions.queries(context)}
    if all(result is not None for result in remembered.values()):
        return sanctions.run(context, ruleset.policy, remembered.__getitem__, known)  # type: ignore[arg-type]
    # Names that are remembered need no index; only the search is guarded.
    if not _NAME_INDEX.allows():
        return no_answer(sanctions.NAME, "breaker_open")
    waiting = _stallable().submit(sanctions.run, context, ruleset.policy, names.search, known)
    try:
        result = _wait(waiting, deadline)
    except Exception:
        _NAME_INDEX.failed()
        raise
    _NAME_INDEX.succeeded()
    return result


def _wait(waiting: "Future[LayerResult]", deadline: float) -> LayerResult:
    try:
        return waiting.result(timeout=max(deadline - time.perf_counter(), 0))
    except NotInTime:
        waiting.cancel()
        raise


_pool: list[ThreadPoolExecutor] = []


def _stallable() -> ThreadPoolExecutor:
    """Made on first use, so that it belongs to the serving process and not to the one it was forked from."""
    if not _pool:
        _pool.append(ThreadPoolExecutor(STALL_THREADS, thread_name_prefix="layer"))
    return _pool[0]
