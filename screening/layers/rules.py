"""The two layers that are made of rules: the pack's regulatory ones and the team's own."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from screening.context import Context
from screening.layers.result import OF_ACTION, Hit, LayerResult, Outcome
from screening.rules.compile import CompiledRules
from screening.rules.explain import explain
from screening.rules.rule import Rule


def run(
    name: str,
    compiled: CompiledRules,
    context: Context,
    values: tuple[Sequence[Any], Sequence[Any]],
    now: datetime,
    currency: str,
) -> LayerResult:
    """`values` are the fields and the aggregates that the rules read. The sum of the hits' points, capped at 100, and the most severe of their actions."""
    outcome = compiled.run(*values, now)
    if not outcome.triggered:
        return LayerResult(
            name, Decimal(0), Outcome.PASS, states=outcome.states, evidence=_failed(compiled, outcome.errors)
        )
    hits = tuple(
        _hit(compiled.rules[rule], variant, name, context, currency) for rule, variant in outcome.triggered
    )
    return LayerResult(
        name,
        Decimal(min(sum(hit.points for hit in hits), 100)),
        max(OF_ACTION[hit.action] for hit in hits),
        tuple(hit.line for hit in hits),
        hits=hits,
        states=outcome.states,
        evidence=_failed(compiled, outcome.errors),
    )


def _failed(compiled: CompiledRules, errors: dict[int, str]) -> dict[str, Any] | None:
    return (
        {"failedRules": {compiled.rules[index].code: error for index, error in errors.items()}}
        if errors
        else None
    )


def _hit(rule: Rule, variant_index: int, layer: str, context: Context, currency: str) -> Hit:
    chosen = rule.chosen(variant_index)
    explanation = explain(rule, variant_index, {**context.facts, **context.aggregates}, currency)
    return Hit(
        rule_id=rule.rule_id,
        rule_code=rule.code,
        rule_name=rule.name,
        rule_version=rule.version,
        layer=layer,
        severity=chosen.severity,
        action=chosen.action,
        points=chosen.score_contribution,
        line=explanation.line,
        compared=explanation.compared,
        drafts=rule.drafts,
    )
