"""The six layers and how they are run: each timed, each allowed to fail, all of them within the deadline.

Sanctions goes first, because rules read what it found. A layer that raises, or is not back in time, is left out: its
result says so and the evaluation is partial. It must never stop a payment.
"""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotInTime
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any, Final

from msgspec.structs import replace

from screening.context import Context
from screening.layers import behavioral, decision_engine, kyc, rules, sanctions
from screening.layers.result import Hit, LayerResult, Outcome, no_answer
from screening.names.entity import NameQuery, SearchResult
from screening.policy import LAYER_NAMES, Policy
from screening.rules.aggregates import Aggregate
from screening.rules.compile import CompiledRules

__all__ = ["LAYER_NAMES", "Hit", "LayerResult", "Outcome", "Ruleset", "SearchNames", "run_layers"]

# Threads that a layer waits on when it may stall; a stalled one holds its thread until it ends by itself.
STALL_THREADS: Final = 8


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

    regulatory: CompiledRules
    custom: CompiledRules
    fields: tuple[str, ...]
    asked: tuple[Aggregate, ...]
    policy: Policy
    currency: str
    names: SearchNames | None
    deadline_seconds: float
    take_fields: Callable[[dict[str, Any]], tuple[Any, ...]]


def field_taker(fields: tuple[str, ...]) -> Callable[[dict[str, Any]], tuple[Any, ...]]:
    """A function that takes `fields` from the facts in order, None where the transaction lacks one."""
    plain = all(not name.startswith("attributes.") for name in fields)
    if plain and len(fields) > 1:
        return itemgetter(*fields)
    return lambda facts: tuple([facts.get(name) for name in fields])


def run_layers(context: Context, ruleset: Ruleset, now: datetime) -> dict[str, LayerResult]:
    """Every layer's result by its name, in the order of LAYER_NAMES."""
    deadline = time.perf_counter() + ruleset.deadline_seconds
    names = _timed(sanctions.NAME, lambda: _screen_names(context, ruleset, deadline), deadline)
    context.facts.update(_unscreened())
    if names.answered and names.evidence:
        context.facts.update(names.evidence["facts"])
    fields = ruleset.take_fields(context.facts)
    aggregates = [context.aggregates[aggregate] for aggregate in ruleset.asked]

    def judged(name: str, compiled: CompiledRules) -> Callable[[], LayerResult]:
        return lambda: rules.run(name, compiled, context, (fields, aggregates), now, ruleset.currency)

    bands = ruleset.policy.bands
    return {
        "regulatory": _timed("regulatory", judged("regulatory", ruleset.regulatory), deadline),
        "kyc": _timed(kyc.NAME, lambda: kyc.run(context), deadline),
        "custom_rules": _timed("custom_rules", judged("custom_rules", ruleset.custom), deadline),
        "sanctions": names,
        "decision_engine": _timed(
            decision_engine.NAME, lambda: decision_engine.run(context, bands), deadline
        ),
        "behavioral": _timed(behavioral.NAME, lambda: behavioral.run(context, bands), deadline),
    }


def _timed(name: str, layer: Callable[[], LayerResult], deadline: float) -> LayerResult:
    """The layer's result with the time it took, or why there is none."""
    started = time.perf_counter()
    if started > deadline:
        return no_answer(name, "deadline")
    try:
        result = layer()
    except NotInTime:
        return no_answer(name, "deadline", _microseconds_since(started))
    except Exception as error:
        return no_answer(name, type(error).__name__, _microseconds_since(started))
    return replace(result, duration_us=_microseconds_since(started))


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


def _screen_names(context: Context, ruleset: Ruleset, deadline: float) -> LayerResult:
    names = ruleset.names
    if names is None:
        raise NoList
    remembered = {query: names.remembered(query) for _, query in sanctions.queries(context)}
    if all(result is not None for result in remembered.values()):
        return sanctions.run(context, ruleset.policy, remembered.__getitem__)  # type: ignore[arg-type]
    waiting = _stallable().submit(sanctions.run, context, ruleset.policy, names.search)
    return _wait(waiting, deadline)


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
