"""Why a rule hit: one line that an analyst can read to a customer, and what was compared with what was seen.

Called for hits only. It must never raise: a hit without a pretty sentence is still a hit.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from screening.rules.kleene import READINGS, build_predicate
from screening.rules.nodes import (
    AggregateRef,
    AnyOf,
    Comparison,
    FieldRef,
    Node,
    Not,
    Reference,
    references,
)
from screening.rules.rule import Rule
from screening.rules.template import Placeholder, compute, parse_template
from screening.rules.wording import (
    OPPOSITES,
    PHRASES,
    UNKNOWN,
    constant_shown,
    is_money,
    rounded,
    shown,
    subject,
)

LONGEST_LINE: Final = 500
SeenValues = Mapping[Any, Any]  # a field's name, an aggregate's `as` name, or the Aggregate itself


@dataclass(frozen=True, slots=True)
class Compared:
    """One comparison of a hit, in words: `amount`, `is at least`, `10,000 USD`, `12,500 USD`."""

    subject: str
    operator: str
    threshold: str
    seen: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """The line, ending in the points, and what was compared."""

    line: str
    compared: tuple[Compared, ...]


def explain(rule: Rule, variant_index: int, values: SeenValues, currency: str) -> Explanation:
    """Explain a hit. `values` are those the rule read; `currency` is the team's."""
    chosen = rule.chosen(variant_index)
    reader = _Reader(values, currency)
    compared = tuple(reader.compared(node, negated) for node, negated in _decisive(chosen.conditions, values))
    template = chosen.explanation or rule.explanation
    sentence = _sentence(compared) if template is None else reader.filled(template, rule)
    points = f"(+{chosen.score_contribution} point{'' if chosen.score_contribution == 1 else 's'})"
    return Explanation(f"{_shortened(sentence)} {points}", compared)


def _sentence(compared: tuple[Compared, ...]) -> str:
    line = "; ".join(dict.fromkeys(_clause(one) for one in compared))
    return line[:1].upper() + line[1:]


def _clause(one: Compared) -> str:
    if one.operator == PHRASES["=="] and one.seen == one.threshold:
        return f"{one.subject}: {one.seen}"
    return f"{one.subject} ({one.seen}) {one.operator} {one.threshold}"


def _shortened(sentence: str) -> str:
    return sentence if len(sentence) <= LONGEST_LINE else sentence[: LONGEST_LINE - 1] + "…"


class _Reader:
    """Looks values up by what a rule calls them."""

    def __init__(self, values: SeenValues, currency: str) -> None:
        self.values = values
        self.currency = currency

    def compared(self, node: Comparison, negated: bool) -> Compared:
        """One comparison with the value that was seen."""
        currency = self.currency if is_money(node.left) else None
        return Compared(
            subject(node.left),
            (OPPOSITES if negated else PHRASES)[node.operator],
            self._threshold(node, currency),
            shown(_value(node.left, self.values), currency=currency),
        )

    def _threshold(self, node: Comparison, currency: str | None) -> str:
        if not isinstance(node.right, FieldRef | AggregateRef):
            return constant_shown(node.right, currency)
        value = shown(
            _value(node.right, self.values), currency=self.currency if is_money(node.right) else None
        )
        return f"{subject(node.right)} ({value})"

    def filled(self, template: str, rule: Rule) -> str:
        """The template with its placeholders replaced."""
        named = _named_aggregates(rule)
        pieces = (self._piece(piece, named) for piece in parse_template(template))
        return "".join(pieces)

    def _piece(self, piece: str | Placeholder, named: Mapping[str, AggregateRef]) -> str:
        if isinstance(piece, str):
            return piece
        if piece.name is not None:
            reference = named.get(piece.name) or FieldRef(piece.name)
            value = _fetched(reference, self.values)
            return shown(value, currency=self.currency if is_money(reference) else None)
        number = compute(piece, lambda name: _fetched(named.get(name) or FieldRef(name), self.values))
        return UNKNOWN if number is None else rounded(number)


def _named_aggregates(rule: Rule) -> dict[str, AggregateRef]:
    return {
        reference.alias: reference
        for tree in rule.trees
        for reference in references(tree)
        if isinstance(reference, AggregateRef) and reference.alias
    }


def _fetched(reference: Reference, values: SeenValues) -> Any:
    if isinstance(reference, FieldRef):
        return values.get(reference.name)
    if reference.alias is not None and reference.alias in values:
        return values[reference.alias]
    return values.get(reference.aggregate)


def _value(reference: Reference, values: SeenValues) -> Any:
    value = _fetched(reference, values)
    if value is None or reference.times is None:
        return value
    reading = READINGS["number"](value)
    return None if reading is None else reading * reference.times


def _decisive(node: Node, values: SeenValues, negated: bool = False) -> Iterator[tuple[Comparison, bool]]:
    """The comparisons that made the tree true: of alternatives, only those that hold."""
    if isinstance(node, Comparison):
        yield node, negated
    elif isinstance(node, Not):
        yield from _decisive(node.child, values, not negated)
    else:
        alternatives = isinstance(node, AnyOf) is not negated
        for child in node.children:
            if not alternatives or _holds(child, values) is (not negated):
                yield from _decisive(child, values, negated)


def _holds(node: Node, values: SeenValues) -> bool | None:
    def getter_of(reference: Reference) -> Callable[[SeenValues], Any]:
        return lambda source: _fetched(reference, source)

    return build_predicate(node, getter_of)(values)
