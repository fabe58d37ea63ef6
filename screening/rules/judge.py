"""One rule judged with values missing: the slow, exact path, and the letters that states are written with.

It must never raise for a missing value: that is what it is for.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from screening.rules.aggregates import MISSING_GROUPING_KEY
from screening.rules.kleene import Getter, build_predicate, value_getter
from screening.rules.nodes import AggregateRef, Node, Reference, references
from screening.rules.rule import Rule
from screening.rules.slots import Slots

STATE_NAMES: Final = {
    "T": "triggered",
    "N": "not_triggered",
    "A": "not_applicable",
    "G": "not_applicable_for_grouping_keys",
    "I": "incomplete_fields",
    "F": "failed",
}


@dataclass(frozen=True, slots=True)
class Letters:
    """The states as the bytes that the compiled function writes."""

    triggered: int = ord("T")
    not_triggered: int = ord("N")
    not_applicable: int = ord("A")
    no_grouping_key: int = ord("G")
    incomplete: int = ord("I")
    failed: int = ord("F")


LETTERS: Final = Letters()

Row = tuple[Sequence[Any], Sequence[Any]]  # field values, aggregate values
Judge = Callable[[Sequence[Any], Sequence[Any], bytearray, list[tuple[int, int]]], None]


def build_judge(index: int, rule: Rule, slots: Slots) -> Judge:
    """The slow path of one rule: it writes the rule's state, and its hit when there is one."""

    def getter_of(reference: Reference) -> Getter[Row]:
        return _getter(reference, slots)

    applies_when = None if rule.applies_when is None else build_predicate(rule.applies_when, getter_of)
    applies_absent = _absence([] if rule.applies_when is None else [rule.applies_when], slots)
    alternatives = [build_predicate(conditions, getter_of) for conditions in rule.alternatives]
    absent = _absence(rule.alternatives, slots)

    def judge(
        fields: Sequence[Any], aggregates: Sequence[Any], states: bytearray, triggered: list[tuple[int, int]]
    ) -> None:
        row = (fields, aggregates)
        applies = True if applies_when is None else applies_when(row)
        if applies is not True:
            states[index] = applies_absent(row) if applies is None else LETTERS.not_applicable
            return
        for variant_index, holds in enumerate(alternatives):
            if holds(row):
                states[index] = LETTERS.triggered
                triggered.append((index, variant_index))
                return
        states[index] = absent(row)

    return judge


def _getter(reference: Reference, slots: Slots) -> Getter[Row]:
    index = slots.of(reference)
    if not isinstance(reference, AggregateRef):
        return lambda row: row[0][index]
    if not reference.aggregate.group_by:
        return lambda row: row[1][index]

    def grouped(row: Row) -> Any:
        value = row[1][index]
        return None if value is MISSING_GROUPING_KEY else value

    return grouped


def _absence(trees: Sequence[Node], slots: Slots) -> Callable[[Row], int]:
    """Which state a rule that does not hold ends in: a grouping key absent, a value missing, or neither."""
    read = dict.fromkeys(reference for tree in trees for reference in references(tree))
    grouped = tuple(
        slots.of(reference)
        for reference in read
        if isinstance(reference, AggregateRef) and reference.aggregate.group_by
    )
    getters = tuple(value_getter(reference, _getter(reference, slots)) for reference in read)

    def absent(row: Row) -> int:
        for index in grouped:
            if row[1][index] is MISSING_GROUPING_KEY:
                return LETTERS.no_grouping_key
        for getter in getters:
            if getter(row) is None:
                return LETTERS.incomplete
        return LETTERS.not_triggered

    return absent
