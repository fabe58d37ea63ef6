"""What would have been decided with another hit of one rule: pure, from the layers' answers and the policy."""

from collections.abc import Mapping
from typing import Any, Final

from msgspec import structs

from screening.aggregate import aggregate
from screening.decide import Decision, decide
from screening.layers.result import Hit, LayerResult
from screening.layers.rules import RuleLayer, summed
from screening.policy import Policy
from screening.rules.explain import explain
from screening.rules.rule import Rule

CUSTOM: Final = "custom_rules"


def decided_with(
    layers: Mapping[str, LayerResult], policy: Policy, rule_id: str, hit: Hit | None
) -> Decision:
    """The decision if the team's own rules had said `hit` in the place of whatever this rule said (None: nothing)."""
    custom = layers[CUSTOM]
    others = tuple([one for one in custom.hits if one.rule_id != rule_id])
    hits = others if hit is None else (*others, hit)
    score, outcome = summed(hits)
    replaced = structs.replace(custom, hits=hits, score=score, outcome=outcome)
    changed = {**layers, CUSTOM: replaced}
    return decide(aggregate(changed, policy), changed, policy)


def bare_hit(rule: Rule, variant_index: int, line: str = "") -> Hit:
    """A hit without what was compared: enough to decide with."""
    chosen = rule.chosen(variant_index)
    return Hit(
        rule_id=rule.rule_id,
        rule_code=rule.code,
        rule_name=rule.name,
        rule_version=rule.version,
        layer=CUSTOM,
        severity=chosen.severity,
        action=chosen.action,
        points=chosen.score_contribution,
        line=line,
        compared=(),
        drafts=rule.drafts,
    )


def explained_hit(layer: RuleLayer, rule_index: int, variant_index: int, values: Mapping[Any, Any]) -> Hit:
    """The same with its sentence; `values` are the facts and aggregates that were seen."""
    rule = layer.compiled.rules[rule_index]
    explanation = explain(rule, variant_index, values, layer.currency)
    return structs.replace(bare_hit(rule, variant_index, explanation.line), compared=explanation.compared)
