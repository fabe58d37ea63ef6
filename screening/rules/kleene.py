"""Three-valued evaluation of a tree: true, false, or unknown (None) where a value is missing.

This is the exact meaning of a rule. The generated function takes over where nothing is missing and must agree
with it; aggregates use it for their filters. It must never guess a missing value.
"""

import operator
from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeVar

import re2

from screening.rules.nodes import (
    AllOf,
    Comparison,
    CountryList,
    FieldRef,
    Literal,
    Node,
    Not,
    Operator,
    Range,
    Reading,
    Reference,
    RightSide,
    Scalar,
    Values,
)

Source = TypeVar("Source")
Getter = Callable[[Source], Any]
Predicate = Callable[[Source], bool | None]

REGULAR_EXPRESSION_MEMORY_BYTES = 1 << 20
LONGEST_MATCHED_TEXT = 10_000


def as_number(value: Any) -> Any:
    """An attribute as a number; anything else, also a boolean and not-a-number, is missing."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        value = Decimal(str(value))
    return value if isinstance(value, Decimal) and value.is_finite() else None


def as_text(value: Any) -> str | None:
    """An attribute as text."""
    return value if isinstance(value, str) else None


def as_boolean(value: Any) -> bool | None:
    """An attribute as a boolean."""
    return value if isinstance(value, bool) else None


def as_folded(value: Any) -> str | None:
    """Text without regard to letter case."""
    return value.casefold() if isinstance(value, str) else None


READINGS: dict[Reading, Callable[[Any], Any]] = {
    "folded": as_folded,
    "number": as_number,
    "text": as_text,
    "boolean": as_boolean,
}


def compile_pattern(pattern: str) -> Callable[[str], bool]:
    """A fully anchored test in linear time and bounded memory. Raises ValueError for a bad pattern."""
    options = re2.Options()
    options.max_mem = REGULAR_EXPRESSION_MEMORY_BYTES
    options.log_errors = False
    try:
        fullmatch = re2.compile(pattern, options).fullmatch
    except re2.error as error:
        raise ValueError("the regular expression is not valid or needs too much memory") from error

    def matched(text: str) -> bool:
        return fullmatch(text[:LONGEST_MATCHED_TEXT]) is not None

    return matched


def constant(side: RightSide, reading: Reading, operator_name: Operator) -> Any:
    """The Python value that a constant right side stands for, made ready for a left side that is read so."""
    if isinstance(side, Literal):
        return compile_pattern(str(side.value)) if operator_name == "match" else _ready(side.value, reading)
    if isinstance(side, Values):
        return frozenset(_ready(item, reading) for item in side.items)
    if isinstance(side, CountryList):
        return side.countries
    if isinstance(side, Range):
        return (side.low, side.high)
    raise TypeError("not a constant")


def _ready(value: Scalar, reading: Reading) -> Scalar:
    return value.casefold() if reading == "folded" and isinstance(value, str) else value


def _within(value: Any, ends: Any) -> bool:
    low, high = ends
    return bool(low <= value <= high)


def _is_in(value: Any, items: Any) -> bool:
    return value in items


def _not_in(value: Any, items: Any) -> bool:
    return value not in items


def _matches(value: Any, pattern: Any) -> bool:
    return bool(pattern(value))


TESTS: dict[Operator, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "between": _within,
    "in": _is_in,
    "not_in": _not_in,
    "match": _matches,
    "contains": operator.contains,
}


def build_predicate(node: Node, getter_of: Callable[[Reference], Getter[Source]]) -> Predicate[Source]:
    """The tree as one function of a source of values; `getter_of` says how a value is fetched from it."""
    if isinstance(node, Comparison):
        return _comparison(node, getter_of)
    if isinstance(node, Not):
        return _negation(build_predicate(node.child, getter_of))
    children = tuple(build_predicate(child, getter_of) for child in node.children)
    return _conjunction(children) if isinstance(node, AllOf) else _disjunction(children)


def value_getter(reference: Reference, fetch: Getter[Source]) -> Getter[Source]:
    """Fetch, read and multiply: the value of one side, None when it is missing."""
    convert = READINGS.get(reference.reading) if isinstance(reference, FieldRef) else None
    times = reference.times
    if times is not None:
        return _multiplied(_converted(fetch, convert), times)
    return _converted(fetch, convert)


def _converted(fetch: Getter[Source], convert: Callable[[Any], Any] | None) -> Getter[Source]:
    if convert is None:
        return fetch
    return lambda source: convert(fetch(source))


def _multiplied(fetch: Getter[Source], times: Decimal) -> Getter[Source]:
    def multiplied(source: Source) -> Any:
        value = fetch(source)
        return None if value is None else value * times

    return multiplied


def _comparison(node: Comparison, getter_of: Callable[[Reference], Getter[Source]]) -> Predicate[Source]:
    test = TESTS[node.operator]
    left = value_getter(node.left, getter_of(node.left))
    if not isinstance(node.right, Literal | Values | CountryList | Range):
        return _between_two(test, left, value_getter(node.right, getter_of(node.right)))
    reading = node.left.reading if isinstance(node.left, FieldRef) else "plain"
    fixed = constant(node.right, reading, node.operator)

    def compared(source: Source) -> bool | None:
        value = left(source)
        return None if value is None else test(value, fixed)

    return compared


def _between_two(
    test: Callable[[Any, Any], bool], left: Getter[Source], right: Getter[Source]
) -> Predicate[Source]:
    def compared(source: Source) -> bool | None:
        first, second = left(source), right(source)
        return None if first is None or second is None else test(first, second)

    return compared


def _negation(child: Predicate[Source]) -> Predicate[Source]:
    def negated(source: Source) -> bool | None:
        verdict = child(source)
        return None if verdict is None else not verdict

    return negated


def _conjunction(children: tuple[Predicate[Source], ...]) -> Predicate[Source]:
    def conjoined(source: Source) -> bool | None:
        verdict: bool | None = True
        for child in children:
            one = child(source)
            if one is None:
                verdict = None
            elif not one:
                return False
        return verdict

    return conjoined


def _disjunction(children: tuple[Predicate[Source], ...]) -> Predicate[Source]:
    def disjoined(source: Source) -> bool | None:
        verdict: bool | None = False
        for child in children:
            one = child(source)
            if one is None:
                verdict = None
            elif one:
                return True
        return verdict

    return disjoined
