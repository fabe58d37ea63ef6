"""How the two sides of a comparison are read so that they compare: as stored, case-folded, or as one type.

Decided once, when a rule is parsed; it must never be decided again while a transaction waits.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from screening.rules.fields import Field
from screening.rules.nodes import AggregateRef, FieldRef, Operator, Range, Reading, RightSide, Values

NUMERIC_ONLY: Final = (">", ">=", "<", "<=", "between")


@dataclass(frozen=True, slots=True)
class Side:
    """A field or aggregate, with the catalogue's row that says of which type its value is."""

    reference: FieldRef | AggregateRef
    field: Field

    def read_as(self, reading: Reading) -> FieldRef | AggregateRef:
        """The reference read so; what has the type already is read as it is."""
        if not isinstance(self.reference, FieldRef):
            return self.reference
        if reading in ("number", "boolean") and self.field.type != "any":
            return self.reference
        return replace(self.reference, reading=reading)


def common_reading(left: Field, right: Field, operator: Operator) -> Reading | None:
    """How two fields or aggregates are read so that they compare; None when they never do."""
    kinds = {_kind(left), _kind(right)} - {"any"}
    if len(kinds) > 1 or "strings" in kinds:
        return None
    if operator in NUMERIC_ONLY:
        return "number" if kinds <= {"number"} else None
    if operator == "contains":
        return "folded" if kinds <= {"string"} else None
    by_kind: Mapping[str, Reading] = {"number": "number", "string": "folded", "boolean": "boolean"}
    return by_kind[kinds.pop()] if kinds else "plain"


def _kind(field: Field) -> str:
    return "number" if field.type in ("decimal", "integer") else field.type


def read_for(side: Side, operator: Operator, right: RightSide) -> FieldRef | AggregateRef:
    """The left side with the reading that a constant right side needs."""
    field = side.field
    if isinstance(side.reference, AggregateRef) or field.type in ("decimal", "integer", "boolean", "strings"):
        return side.reference
    if operator == "contains":
        return side.read_as("folded")
    if field.type == "any":
        return side.read_as(_attribute_reading(right))
    folded = field.letter_case == "folded" and operator != "match"
    return side.read_as("folded") if folded else side.reference


def _attribute_reading(right: RightSide) -> Reading:
    if isinstance(right, Range):
        return "number"
    sample = right.items[0] if isinstance(right, Values) else getattr(right, "value", "")
    if isinstance(sample, bool):
        return "boolean"
    return "text" if isinstance(sample, str) else "number"
