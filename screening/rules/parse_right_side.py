"""What a field or an aggregate is compared with: a constant, a list, a country list or another of its kind.

It must never let two sides through that could not be compared when a transaction waits.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from screening.rules import nodes
from screening.rules.fields import Field
from screening.rules.kleene import compile_pattern
from screening.rules.nodes import Node, Operator
from screening.rules.problems import LONGEST_PATTERN, Review, join
from screening.rules.readings import NUMERIC_ONLY, Side, common_reading, read_for
from screening.rules.values import number, scalar, scalars

if TYPE_CHECKING:
    from screening.rules.parse_tree import Reader

_TEXT: Final = Field("", "string", "", "")


def against_constant(reader: Reader, left: Side, operator: Operator, value: Any, path: str) -> Node | None:
    """A comparison with something that stays the same."""
    right = _fixed(reader, left.field, operator, value, path)
    return None if right is None else nodes.Comparison(read_for(left, operator, right), operator, right)


def _fixed(reader: Reader, field: Field, operator: Operator, value: Any, path: str) -> nodes.RightSide | None:
    review = reader.review
    if isinstance(value, Mapping):
        return _country_list(reader, field, operator, value, path)
    if operator == "between":
        return _range(value, review, path)
    if operator in ("in", "not_in"):
        items = scalars(value, field, review, path)
        return None if items is None else nodes.Values(items)
    if operator in ("match", "contains"):
        return _words(field, operator, value, review, path)
    fixed = scalar(value, field, review, path, ordering=operator in NUMERIC_ONLY)
    return None if fixed is None else nodes.Literal(fixed)


def _words(field: Field, operator: Operator, value: Any, review: Review, path: str) -> nodes.Literal | None:
    fixed = scalar(value, field if field.type == "strings" else _TEXT, review, path)
    if not isinstance(fixed, str):
        return None
    if not fixed:
        review.refuse(path, "must not be empty")
        return None
    return nodes.Literal(fixed) if operator == "contains" else _pattern(fixed, review, path)


def _pattern(pattern: str, review: Review, path: str) -> nodes.Literal | None:
    if len(pattern) > LONGEST_PATTERN:
        review.refuse(path, f"a regular expression may have at most {LONGEST_PATTERN} characters")
        return None
    try:
        compile_pattern(pattern)
    except ValueError as error:
        review.refuse(path, str(error))
        return None
    return nodes.Literal(pattern)


def _range(value: Any, review: Review, path: str) -> nodes.Range | None:
    ends = [number(end) for end in value] if isinstance(value, list | tuple) and len(value) == 2 else []
    if len(ends) != 2 or ends[0] is None or ends[1] is None:
        review.refuse(path, "must be a list of two numbers")
        return None
    if ends[0] > ends[1]:
        review.refuse(path, "the first number must not be above the second")
        return None
    return nodes.Range(ends[0], ends[1])


def _country_list(
    reader: Reader, field: Field, operator: Operator, value: Mapping[str, Any], path: str
) -> nodes.CountryList | None:
    reader.review.unknown_keys(value, frozenset({"list"}), path)
    name = value["list"]
    if operator not in ("in", "not_in") or field.type not in ("string", "any"):
        reader.review.refuse(path, "a list is compared with in or not_in, and with text")
        return None
    if not isinstance(name, str) or name not in reader.country_lists:
        reader.review.refuse(join(path, "list"), "unknown list")
        return None
    return nodes.CountryList(name, reader.country_lists[name])


def against_reference(left: Side, operator: Operator, right: Side, review: Review, path: str) -> Node | None:
    """A comparison with another field or aggregate."""
    if operator in ("between", "in", "not_in", "match"):
        review.refuse(path, f"{operator} needs constants")
        return None
    reading = common_reading(left.field, right.field, operator)
    if reading is None:
        review.refuse(path, "the two sides are of different types")
        return None
    return nodes.Comparison(left.read_as(reading), operator, right.read_as(reading))
