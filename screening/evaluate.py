"""The story of one evaluation: enrich, run the layers, aggregate, decide, persist; then, and only then, answer.

`evaluate` is what a dialect calls. How many requests share one database transaction, and in which turns, is told in
`screening/together.py`; a single request is a batch of one.
"""

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from ratel.identifiers import new_id
from screening.aggregate import aggregate
from screening.answer import Answer
from screening.batches import in_chunks
from screening.configuration import TeamConfiguration, configuration_of
from screening.decide import decide
from screening.enrich import Enriched
from screening.evaluation import Evaluation
from screening.joining import AlertOfDecision, alert_key, open_alert
from screening.layers import LayerResult, Outcome, run_layers
from screening.policy import Policy
from screening.request import EvaluateRequest
from screening.rule_trials.shadow import judge_shadow
from screening.sandbox.failing import run_layers_without
from screening.together import decide_together
from teams import audit
from teams.principal import Principal


def evaluate(
    requests: Sequence[EvaluateRequest],
    caller: Principal,
    address: str,
    failing: frozenset[str] = frozenset(),
) -> list[Answer]:
    """One answer per request, in order. Whatever is answered as decided is committed.

    `failing` names layers that a sandbox's caller wants to see fail (screening/sandbox/simulation.py).
    """
    configuration = configuration_of(caller.team)
    decide_some = partial(
        decide_together,
        configuration=configuration,
        actor=audit.Actor(caller.kind, caller.id, address),
        decide_one=partial(evaluate_one, failing=failing) if failing else evaluate_one,
    )
    if len(requests) != 1:
        return in_chunks(requests, decide_some)
    return [answer for answer in decide_some(requests) if answer is not None]


def evaluate_one(
    known: Enriched, configuration: TeamConfiguration, now: datetime, failing: frozenset[str] = frozenset()
) -> Evaluation:
    """The decision itself, from what was read; touches nothing."""
    started = time.perf_counter()
    ruleset = configuration.ruleset
    run = partial(run_layers_without, failing) if failing else run_layers
    layers = run(known.context, ruleset, now)
    score = aggregate(layers, ruleset.policy)
    decision = decide(score, layers, ruleset.policy)
    shadow = configuration.shadow
    beside = judge_shadow(shadow, known.context, layers, ruleset.policy, now) if shadow else ()
    is_kept = known.request.persist and decision.outcome != Outcome.PASS
    opens_case = is_kept and decision.outcome >= Outcome.ESCALATE
    alert = _alert(known, layers, ruleset.policy, now) if is_kept else None
    return Evaluation(
        id=known.request.evaluation_id or new_id(),
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
        alert_id=alert.id if alert else None,
        case_id=(known.open_case_id or new_id()) if opens_case else None,
        profile=known.context.profile,
        past=known.context.past,
        amount=known.context.amount,
        duration_us=round((time.perf_counter() - started) * 1_000_000),
        alert_key=alert.key if alert else "",
        joins_alert=alert.is_joined if alert else False,
        shadow=beside,
    )


def _alert(known: Enriched, layers: dict[str, LayerResult], policy: Policy, now: datetime) -> AlertOfDecision:
    """The open alert about the same thing, as far as the team's window reaches, else a new one."""
    key = alert_key(layers)
    found = open_alert(known.open_alerts, key, now, timedelta(hours=policy.join_alerts_hours))
    return AlertOfDecision(found or new_id(), key, found is not None)


def _generation(configuration: TeamConfiguration, layers: dict[str, LayerResult]) -> str:
    names = configuration.ruleset.names
    return layers["sanctions"].version or (names.generation if names else "")
