"""A rule back as the document it could have been written as: the tree form, which parses to the same rule.

It is what is stored and shown in diffs; it must never lose a digit.
"""

from decimal import Decimal
from typing import Any

from screening.rules.aggregates import duration_text
from screening.rules.nodes import (
    AggregateRef,
    AllOf,
    AnyOf,
    Comparison,
    CountryList,
    FieldRef,
    Literal,
    Node,
    Not,
    Range,
    RightSide,
    Scalar,
)
from screening.rules.rule import Rule, Variant


def rule_document(rule: Rule) -> dict[str, Any]:
    """The canonical document, made of JSON types; `parse_rule(rule_document(rule)) == rule`."""
    document: dict[str, Any] = {
        "code": rule.code,
        "name": rule.name,
        "description": rule.description,
        "lane": rule.lane,
        "category": rule.category,
        "type": rule.type,
    }
    if rule.variants:
        document["variants"] = [_variant(variant) for variant in rule.variants]
    else:
        document |= _consequence(rule)
        document["conditions"] = node_document(rule.conditions)
    if rule.applies_when is not None:
        document["appliesWhen"] = node_document(rule.applies_when)
    if rule.explanation is not None:
        document["explanation"] = rule.explanation
    lists = {"groupBy": rule.group_by, "drafts": rule.drafts, "tags": rule.tags}
    return document | {key: list(items) for key, items in lists.items() if items}


def node_document(node: Node) -> dict[str, Any]:
    """A tree as a document."""
    if isinstance(node, AllOf):
        return {"all": [node_document(child) for child in node.children]}
    if isinstance(node, AnyOf):
        return {"any": [node_document(child) for child in node.children]}
    if isinstance(node, Not):
        return {"not": node_document(node.child)}
    return _comparison(node)


def _comparison(node: Comparison) -> dict[str, Any]:
    return {**_reference(node.left), "operator": node.operator, "value": _right_side(node.right)}


def _reference(reference: FieldRef | AggregateRef) -> dict[str, Any]:
    if isinstance(reference, FieldRef):
        document: dict[str, Any] = {"field": reference.name}
    else:
        document = {"aggregate": _aggregate(reference)}
    return document if reference.times is None else document | {"times": json_number(reference.times)}


def _aggregate(reference: AggregateRef) -> dict[str, Any]:
    aggregate = reference.aggregate
    document: dict[str, Any] = {
        "function": aggregate.function,
        "window": duration_text(aggregate.window_seconds),
    }
    if aggregate.of is not None:
        document["of"] = aggregate.of
    if aggregate.where is not None:
        document["where"] = node_document(aggregate.where)
    if reference.alias is not None:
        document["as"] = reference.alias
    return document


def _right_side(side: RightSide) -> Any:
    if isinstance(side, FieldRef | AggregateRef):
        return _reference(side)
    if isinstance(side, Literal):
        return _scalar(side.value)
    if isinstance(side, CountryList):
        return {"list": side.name}
    if isinstance(side, Range):
        return [json_number(side.low), json_number(side.high)]
    return [_scalar(item) for item in side.items]


def _scalar(value: Scalar) -> Any:
    return json_number(value) if isinstance(value, Decimal) else value


def json_number(exact: Decimal) -> int | float | str:
    """An integer or a float where JSON keeps it exactly, else a decimal string."""
    if exact == exact.to_integral_value():
        return int(exact)
    return float(exact) if Decimal(str(float(exact))) == exact else f"{exact:f}"


def _variant(variant: Variant) -> dict[str, Any]:
    document = {"conditions": node_document(variant.conditions), **_consequence(variant)}
    return document if variant.explanation is None else document | {"explanation": variant.explanation}


def _consequence(given: Rule | Variant) -> dict[str, Any]:
    return {"severity": given.severity, "action": given.action, "scoreContribution": given.score_contribution}
