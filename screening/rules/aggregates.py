"""What a rule may ask about a customer's past: one number over a window of stored transactions.

The engine only consumes the numbers. Reading them from storage, and counting the current transaction in, is
the caller's work: this module must never read anything itself.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, Literal

from screening.rules.kleene import Predicate, build_predicate
from screening.rules.nodes import FieldRef, Node, Reference

Function = Literal["count", "sum", "average", "max", "min", "distinct"]
FUNCTIONS: Final[tuple[Function, ...]] = ("count", "sum", "average", "max", "min", "distinct")
DISTINCT_SUBJECTS: Final = ("counterparty", "device", "ip", "country")
GROUPING_KEYS: Final = ("counterparty", "device", "ip", "country", "channel", "type")
SHORTEST_WINDOW_SECONDS: Final = 3_600
LONGEST_WINDOW_SECONDS: Final = 90 * 86_400

_STORED_FIELDS: Final = frozenset(
    {"direction", "channel", "type", "isCash", "isCrossBorder", "country", "currency", "amount"}
)
_DURATION = re.compile(r"P(?:(\d{1,4})W)?(?:(\d{1,4})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,8})S)?)?")
_UNIT_SECONDS = (604_800, 86_400, 3_600, 60, 1)


class MissingGroupingKey(Enum):
    """The value of an aggregate whose grouping key the current transaction does not carry."""

    MISSING_GROUPING_KEY = "missing grouping key"


MISSING_GROUPING_KEY: Final = MissingGroupingKey.MISSING_GROUPING_KEY


@dataclass(frozen=True)
class Aggregate:
    """A number over the customer's transactions in the window before and at the current one.

    `of` is `amount` for sum, average, max and min, what is told apart for distinct, None for count. `where`
    reads stored fields only. `group_by` narrows the window to transactions that share these keys with the
    current one.
    """

    function: Function
    of: str | None
    window_seconds: int
    where: Node | None = None
    group_by: tuple[str, ...] = ()
    _hash: int = field(init=False, repr=False, compare=False)
    _satisfied_by: Predicate[Mapping[str, Any]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Hash and filter are needed for every transaction, so they are made once."""
        identity = (self.function, self.of, self.window_seconds, self.where, self.group_by)
        object.__setattr__(self, "_hash", hash(identity))
        satisfied_by = _always if self.where is None else build_predicate(self.where, _stored_value)
        object.__setattr__(self, "_satisfied_by", satisfied_by)

    def __hash__(self) -> int:
        return self._hash

    @property
    def is_money(self) -> bool:
        """Whether the number is an amount in the team's currency."""
        return self.of == "amount"


def stored_fields() -> frozenset[str]:
    """The fields that an aggregate's `where` may read, because they are stored with every transaction."""
    return _STORED_FIELDS


def matches(aggregate: Aggregate, values: Mapping[str, Any]) -> bool:
    """Whether a transaction of these stored values satisfies `where`; an unknown value does not."""
    return aggregate._satisfied_by(values) is True


def window_seconds(text: str) -> int | None:
    """Seconds of an ISO 8601 duration (weeks down to seconds), or None when it is not one."""
    found = _DURATION.fullmatch(text.removeprefix("rolling:"))
    if found is None or text.endswith(("P", "T")):
        return None
    return sum(int(count or 0) * unit for count, unit in zip(found.groups(), _UNIT_SECONDS, strict=True))


def duration_text(seconds: int) -> str:
    """The canonical ISO 8601 duration: whole days as P7D, else the largest single unit that fits."""
    for unit, letter in ((86_400, "P{}D"), (3_600, "PT{}H"), (60, "PT{}M")):
        if seconds % unit == 0:
            return letter.format(seconds // unit)
    return f"PT{seconds}S"


def _always(_values: Mapping[str, Any]) -> bool:
    return True


def _stored_value(reference: Reference) -> Callable[[Mapping[str, Any]], Any]:
    if not isinstance(reference, FieldRef):
        raise TypeError("an aggregate's filter reads stored fields only")
    name = reference.name
    return lambda values: values.get(name)
