"""Which aggregates an amount without a value in the team's currency leaves unknown.

No more than it must: an aggregate that reads no amount, or whose window, grouping and filter leave the payment out
whatever its amount is, stays as it is.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from screening.rules.aggregates import Aggregate, matches
from screening.rules.nodes import AllOf, AnyOf, Comparison, FieldRef, Node, Not, references

_TRUE = AllOf(())
_FALSE = AnyOf(())


def reads_amount(aggregate: Aggregate) -> bool:
    """Whether an amount says anything about the number: what is taken together, or what is counted."""
    return aggregate.is_money or (
        aggregate.where is not None and any(map(_is_amount, references(aggregate.where)))
    )


@lru_cache(maxsize=4_096)
def whatever_amount(aggregate: Aggregate) -> Aggregate:
    """A count over what the aggregate might count if the amounts were any: without those comparisons where all must
    hold, and never too few elsewhere."""
    where = None if aggregate.where is None else _possible(aggregate.where, True)
    return Aggregate("count", None, aggregate.window_seconds, where, aggregate.group_by)


def may_count(aggregate: Aggregate, values: Mapping[str, Any]) -> bool:
    """Whether a transaction of these stored values, its amount unknown, makes the aggregate unknown too."""
    return reads_amount(aggregate) and matches(whatever_amount(aggregate), values)


def _possible(node: Node, wanted: bool) -> Node:
    """The condition with each comparison of the amount taken to come out as is needed for the whole to hold."""
    if isinstance(node, Not):
        return Not(_possible(node.child, not wanted))
    if isinstance(node, Comparison):
        if not any(map(_is_amount, references(node))):
            return node
        return _TRUE if wanted else _FALSE
    return type(node)(tuple(_possible(child, wanted) for child in node.children))


def _is_amount(reference: object) -> bool:
    return isinstance(reference, FieldRef) and reference.name == "amount"
