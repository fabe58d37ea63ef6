"""Decides a partial evaluation again as of its own time: stored input, profile, past, rules and policy, all layers.

What had answered then still stands, except for the rules, which read what the missing layers now say. Touches nothing.
"""

import time
from dataclasses import replace
from datetime import datetime
from typing import Final

from msgspec import structs

from ratel.identifiers import new_id
from screening.aggregate import aggregate
from screening.as_decided import AsDecided
from screening.decide import decide
from screening.evaluation import Evaluation
from screening.layers import LayerResult, Ruleset, run_layers
from screening.match_decisions import Decisions

# Nobody waits for the answer, so name screening gets the time that it may need.
DEADLINE_SECONDS: Final = 5.0
# Layers without rules: their answer does not depend on what another layer found.
_INDEPENDENT: Final = ("kyc", "decision_engine", "behavioral")


def decide_again(first: AsDecided, decided: Decisions, now: datetime) -> tuple[Evaluation, tuple[str, ...]]:
    """The full evaluation, without alert and case yet, and the layers that are still missing from it.

    `decided` is what people have decided about matches by now.
    """
    started = time.perf_counter()
    ruleset = replace(first.configuration.ruleset, deadline_seconds=DEADLINE_SECONDS, decided=decided)
    layers = _layers(first, ruleset)
    score = aggregate(layers, ruleset.policy)
    decision = decide(score, layers, ruleset.policy)
    full = structs.replace(
        first.evaluation,
        id=new_id(),
        decided_at=now,
        decision=decision.outcome.code,
        risk_score=decision.risk_score,
        risk_level=decision.risk_level,
        partial=decision.partial,
        missing_layers=decision.missing_layers,
        failed_closed=decision.failed_closed,
        layers=tuple(layers.values()),
        list_generation=layers["sanctions"].version or first.evaluation.list_generation,
        model_version=layers["decision_engine"].version,
        drafts=decision.drafts,
        alert_id=None,
        case_id=None,
        duration_us=round((time.perf_counter() - started) * 1_000_000),
    )
    return full, decision.missing_layers


def _layers(first: AsDecided, ruleset: Ruleset) -> dict[str, LayerResult]:
    then = first.evaluation
    screened = then.layer("sanctions")
    layers = run_layers(first.context(), ruleset, then.decided_at, screened if screened.answered else None)
    answered = {name: then.layer(name) for name in _INDEPENDENT if then.layer(name).answered}
    return layers | answered
