"""The tree form of conditions: `all`, `any`, `not`, and comparisons of fields and aggregates.

The other two forms are rewritten into this one, so every rule passes here. It must never raise for a bad
document: problems go to the review, and None means "refused".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Final, cast

from screening.rules import aggregates, nodes
from screening.rules.aggregates import Aggregate
from screening.rules.fields import Field, find_field
from screening.rules.nodes import FieldRef, Node, Operator
from screening.rules.parse_aggregate import aggregate_reference
from screening.rules.parse_right_side import against_constant, against_reference
from screening.rules.problems import Review, join, shortened
from screening.rules.readings import Side
from screening.rules.values import factor

STORED_OPERATORS: Final = ("==", "!=", ">", ">=", "<", "<=", "between", "in", "not_in")
OPERATORS: Final[Mapping[str, tuple[str, ...]]] = {
    "decimal": STORED_OPERATORS,
    "integer": STORED_OPERATORS,
    "string": ("==", "!=", "in", "not_in", "match", "contains"),
    "boolean": ("==", "!="),
    "strings": ("contains",),
    "any": (*STORED_OPERATORS, "match", "contains"),
}
NUMBER: Final = Field("", "decimal", "", "")
_COMPARISON_KEYS: Final = frozenset({"field", "aggregate", "operator", "value", "times"})
_REFERENCE_KEYS: Final = frozenset({"field", "aggregate", "times"})


@dataclass
class Reader:
    """What reading a tree needs to know; `stored_only` is set inside an aggregate's filter."""

    review: Review
    country_lists: Mapping[str, frozenset[str]]
    group_by: tuple[str, ...] = ()
    stored_only: bool = False
    aliases: dict[str, Aggregate] = field(default_factory=dict)

    def for_stored_fields(self) -> "Reader":
        """A reader of an aggregate's filter, with the same review."""
        return Reader(self.review, self.country_lists, stored_only=True)

    def node(self, document: Any, path: str, depth: int = 1) -> Node | None:
        """One node of the tree form."""
        if not self.review.enter(path, depth):
            return None
        if not isinstance(document, Mapping):
            self.review.refuse(path, "must be an object with all, any, not, field or aggregate")
            return None
        for key in ("all", "any"):
            if key in document:
                return self._group(document, key, path, depth)
        if "not" in document:
            return self._negation(document, path, depth)
        return self._comparison(document, path, depth)

    def _group(self, document: Mapping[str, Any], key: str, path: str, depth: int) -> Node | None:
        self.review.unknown_keys(document, frozenset({key}), path)
        children, place = document[key], join(path, key)
        if not isinstance(children, list | tuple) or not children:
            self.review.refuse(place, "must be a list of at least one condition")
            return None
        found = [self.node(child, f"{place}[{index}]", depth + 1) for index, child in enumerate(children)]
        kept = tuple(child for child in found if child is not None)
        if len(kept) < len(found):
            return None
        return nodes.AllOf(kept) if key == "all" else nodes.AnyOf(kept)

    def _negation(self, document: Mapping[str, Any], path: str, depth: int) -> Node | None:
        self.review.unknown_keys(document, frozenset({"not"}), path)
        child = self.node(document["not"], join(path, "not"), depth + 1)
        return None if child is None else nodes.Not(child)

    def _comparison(self, document: Mapping[str, Any], path: str, depth: int) -> Node | None:
        self.review.unknown_keys(document, _COMPARISON_KEYS, path)
        left = self._side(document, path, depth)
        if left is None:
            return None
        operator = self._operator(document.get("operator"), left.field, join(path, "operator"))
        place = join(path, "value")
        if "value" not in document:
            self.review.refuse(place, "missing")
        elif operator is not None:
            return self._with_value(left, operator, document["value"], place, depth)
        return None

    def _operator(self, written: Any, subject: Field, path: str) -> Operator | None:
        fitting = OPERATORS[subject.type]
        if self.stored_only:
            fitting = tuple(name for name in fitting if name in STORED_OPERATORS)
        hint = f"use one of {' '.join(fitting)}"
        if isinstance(written, str) and written in fitting:
            return cast(Operator, written)
        if written is None:
            self.review.refuse(path, f"missing; {hint}")
        elif isinstance(written, str) and written in OPERATORS["any"]:
            self.review.refuse(path, f"{written} does not fit here; {hint}")
        else:
            self.review.refuse(path, f"unknown operator {shortened(written)!r}; {hint}")
        return None

    def _with_value(self, left: Side, operator: Operator, value: Any, path: str, depth: int) -> Node | None:
        if not isinstance(value, Mapping) or "list" in value:
            return against_constant(self, left, operator, value, path)
        self.review.unknown_keys(value, _REFERENCE_KEYS, path)
        if self.stored_only:
            self.review.refuse(path, "an aggregate's where compares with constants only")
            return None
        right = self._side(value, path, depth)
        return None if right is None else against_reference(left, operator, right, self.review, path)

    def _side(self, document: Mapping[str, Any], path: str, depth: int) -> Side | None:
        """The field or the aggregate that stands on one side."""
        if ("field" in document) == ("aggregate" in document):
            self.review.refuse(path, "needs a field or an aggregate, and only one of them")
            return None
        times = factor(document, self.review, path)
        if "field" in document:
            return self._field(document["field"], times, join(path, "field"))
        found = aggregate_reference(document["aggregate"], self, join(path, "aggregate"), depth)
        return None if found is None else Side(replace(found, times=times), NUMBER)

    def _field(self, name: Any, times: Decimal | None, path: str) -> Side | None:
        found = find_field(name) if isinstance(name, str) else None
        if found is None:
            self.review.refuse(
                path, f"unknown field {shortened(name)!r}" if isinstance(name, str) else "must be text"
            )
            return None
        if self.stored_only and found.name not in aggregates.stored_fields():
            stored = ", ".join(sorted(aggregates.stored_fields()))
            self.review.refuse(path, f"an aggregate's where may read only {stored}")
            return None
        if times is None:
            return Side(FieldRef(found.name), found)
        if found.type not in ("decimal", "integer", "any"):
            self.review.refuse(path, "only a number can be multiplied")
            return None
        return Side(FieldRef(found.name, "number" if found.type == "any" else "plain", times), NUMBER)
