"""The two layers that are made of rules: the pack's regulatory ones and the team's own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from screening.context import Context
from screening.layers.result import OF_ACTION, Hit, LayerResult, Outcome
from screening.rules.compile import CompiledRules
from screening.rules.explain import explain


@dataclass(frozen=True)
class RuleLayer:
    """A layer made of rules; `currency` is the team's, for explanations."""

    name: str
    compiled: CompiledRules
    currency: str


Values = tuple[Sequence[Any], Sequence[Any]]


def run(layer: RuleLayer, context: Context, values: Values, now: datetime) -> LayerResult:
    """The sum of the hits' points, capped at 100, and the most severe of their actions.

    `values` are the fields and the aggregates that the rules read, in the order they were compiled for.
    """
    outcome = layer.compiled.run(*values, now)
    failed = _failed(layer.compiled, outcome.errors)
    if not outcome.triggered:
        return LayerResult(layer.name, Decimal(0), Outcome.PASS, states=outcome.states, evidence=failed)
    hits = tuple([_hit(layer, rule, variant, context) for rule, variant in outcome.triggered])
    score, most_severe = summed(hits)
    return LayerResult(
        layer.name,
        score,
        most_severe,
        tuple([hit.line for hit in hits]),
        hits=hits,
        states=outcome.states,
        evidence=failed,
    )


def summed(hits: Sequence[Hit]) -> tuple[Decimal, Outcome]:
    """The score and the outcome of a layer with these hits."""
    score = Decimal(min(sum([hit.points for hit in hits]), 100))
    return score, max([OF_ACTION[hit.action] for hit in hits], default=Outcome.PASS)


def _failed(compiled: CompiledRules, errors: dict[int, str]) -> dict[str, Any] | None:
    return (
        {"failedRules": {compiled.rules[index].code: error for index, error in errors.items()}}
        if errors
        else None
    )


def _hit(layer: RuleLayer, rule_index: int, variant_index: int, context: Context) -> Hit:
    rule = layer.compiled.rules[rule_index]
    chosen = rule.chosen(variant_index)
    explanation = explain(rule, variant_index, {**context.facts, **context.aggregates}, layer.currency)
    return Hit(
        rule_id=rule.rule_id,
        rule_code=rule.code,
        rule_name=rule.name,
        rule_version=rule.version,
        layer=layer.name,
        severity=chosen.severity,
        action=chosen.action,
        points=chosen.score_contribution,
        line=explanation.line,
        compared=explanation.compared,
        drafts=rule.drafts,
    )
