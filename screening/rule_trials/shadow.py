"""Rules in the shadow: judged with every evaluation, recorded apart, never decisive.

A shadow rule reads what the layers have read and comes after the decision, so that nothing of it can depend on one. It
has slots and a compiled function of its own: what decides is compiled as if it were not there. Only teams that have a
shadow rule pay for it. Whatever goes wrong here is nobody's failure: then nothing is recorded.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import structlog

from ratel.identifiers import new_id
from ratel.statements import InsertInto
from screening.context import Context
from screening.layers import field_taker
from screening.layers.result import Hit, LayerResult
from screening.layers.rules import RuleLayer
from screening.policy import Policy
from screening.rule_trials.as_if import CUSTOM, decided_with, explained_hit
from screening.rule_trials.shadow_hit import ShadowHit
from screening.rules.aggregates import Aggregate
from screening.rules.compile import Slots, compile_rules
from screening.rules.rule import Rule
from teams.principal import TeamFacts

log = structlog.get_logger(__name__)
SHADOW_INSERT: Final = InsertInto(
    "screening_shadowhit",
    {
        "id": "uuid",
        "organisation_id": "uuid",
        "team_id": "uuid",
        "rule_id": "uuid",
        "version": "int",
        "evaluation_id": "uuid",
        "points": "int",
        "decision": "text",
        "would_be": "text",
        "decided_at": "timestamptz",
    },
)


@dataclass(frozen=True)
class ShadowRules:
    """The shadow rules of a team, compiled; `asked` are the aggregates that they read."""

    layer: RuleLayer
    asked: tuple[Aggregate, ...]
    take_fields: Callable[[dict[str, Any]], tuple[Any, ...]]


def shadow_rules(rules: Sequence[Rule], team: TeamFacts) -> ShadowRules | None:
    if not rules:
        return None
    slots = Slots()
    layer = RuleLayer(CUSTOM, compile_rules(rules, slots), team.currency)
    return ShadowRules(layer, tuple(slots.aggregates), field_taker(tuple(slots.fields)))


def judge_shadow(
    shadow: ShadowRules, context: Context, layers: Mapping[str, LayerResult], policy: Policy, now: datetime
) -> tuple[ShadowHit, ...]:
    """What the shadow rules say, each for itself, after everything has been decided."""
    try:
        fields = shadow.take_fields(context.facts)
        aggregates = [context.aggregates[aggregate] for aggregate in shadow.asked]
        outcome = shadow.layer.compiled.run(fields, aggregates, now)
        if not outcome.triggered:
            return ()
        values: dict[Any, Any] = {**context.facts, **context.aggregates}
        return tuple(
            [
                _as_if(explained_hit(shadow.layer, rule, variant, values), layers, policy)
                for rule, variant in outcome.triggered
            ]
        )
    except Exception as error:
        log.warning("shadow_rules_failed", error=type(error).__name__)
        return ()


def _as_if(hit: Hit, layers: Mapping[str, LayerResult], policy: Policy) -> ShadowHit:
    return ShadowHit(hit, decided_with(layers, policy, hit.rule_id, hit).outcome.code)


def shadow_rows(
    team: TeamFacts, evaluation_id: UUID, hits: Sequence[ShadowHit], decision: str, now: datetime
) -> list[tuple[Any, ...]]:
    """The rows of one evaluation for SHADOW_INSERT."""
    ids = (team.organisation_id, team.id)
    return [
        (
            new_id(),
            *ids,
            one.hit.rule_id,
            one.hit.rule_version,
            evaluation_id,
            one.hit.points,
            decision,
            one.would_be,
            now,
        )
        for one in hits
    ]
