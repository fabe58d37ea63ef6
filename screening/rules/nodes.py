"""The tree that every rule becomes, whichever form it was written in: frozen, hashable, comparable.

Nodes carry data only. They must never hold compiled things, values of a transaction or a user's text as code.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING
from typing import Literal as OneOf

if TYPE_CHECKING:
    from screening.rules.aggregates import Aggregate

Operator = OneOf["==", "!=", ">", ">=", "<", "<=", "between", "in", "not_in", "match", "contains"]
# How a value is taken before it is compared: as it is, case-folded, or (attributes only) as the type that the
# comparison needs. A value that cannot be taken so counts as missing.
Reading = OneOf["plain", "folded", "number", "text", "boolean"]
Scalar = Decimal | str | bool


@dataclass(frozen=True, slots=True)
class FieldRef:
    """A field's value, optionally multiplied."""

    name: str
    reading: Reading = "plain"
    times: Decimal | None = None


@dataclass(frozen=True, slots=True)
class AggregateRef:
    """An aggregate's value, optionally multiplied; `alias` is what explanations call it."""

    aggregate: Aggregate
    times: Decimal | None = None
    alias: str | None = None


@dataclass(frozen=True, slots=True)
class Literal:
    """One constant."""

    value: Scalar


@dataclass(frozen=True, slots=True)
class Values:
    """A list of constants, in the order they were written."""

    items: tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class CountryList:
    """A country list of the pack, resolved when the rule was parsed."""

    name: str
    countries: frozenset[str]


@dataclass(frozen=True, slots=True)
class Range:
    """Both ends belong to it."""

    low: Decimal
    high: Decimal


Reference = FieldRef | AggregateRef
RightSide = Literal | Values | CountryList | Range | FieldRef | AggregateRef


@dataclass(frozen=True, slots=True)
class Comparison:
    """One comparison; operator and sides fit each other because the parser made sure."""

    left: Reference
    operator: Operator
    right: RightSide


@dataclass(frozen=True, slots=True)
class AllOf:
    """True when every child is."""

    children: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """True when at least one child is."""

    children: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """True when the child is false."""

    child: Node


Node = Comparison | AllOf | AnyOf | Not


def comparisons(node: Node) -> Iterator[Comparison]:
    """Every comparison under the node, left to right (not those inside an aggregate's filter)."""
    if isinstance(node, Comparison):
        yield node
    elif isinstance(node, Not):
        yield from comparisons(node.child)
    else:
        for child in node.children:
            yield from comparisons(child)


def references(node: Node) -> Iterator[Reference]:
    """Every field and aggregate that the node compares, left to right, repeated as often as written."""
    for comparison in comparisons(node):
        yield comparison.left
        if isinstance(comparison.right, FieldRef | AggregateRef):
            yield comparison.right
