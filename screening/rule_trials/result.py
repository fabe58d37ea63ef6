"""What a back-test counts, range by range: whole numbers and a few examples, added up in the order of the ranges."""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import Any, Final, Self

MOST_EXAMPLES: Final = 10
# What is counted for each day, in this order.
OF_A_DAY: Final = ("evaluated", "hits", "added", "removed")
KINDS: Final = ("added", "removed", "hits")


@dataclass
class Counted:
    """`unknown` are evaluations in which a value that the rule reads was unknown, so that it did not hit; `cannot_tell`
    those whose stored facts cannot be read. `hits_before` are hits of the same rule as it was live then, `alerts_before`
    decisions other than pass. Added and removed alerts are before repeated ones join. The positives are counted among
    alerts that people have closed."""

    evaluated: int = 0
    hits: int = 0
    hits_before: int = 0
    unknown: int = 0
    cannot_tell: int = 0
    alerts_before: int = 0
    added: int = 0
    removed: int = 0
    raised: int = 0
    lowered: int = 0
    true_positives: int = 0
    false_positives: int = 0
    lost_true_positives: int = 0
    saved_false_positives: int = 0
    days: dict[str, list[int]] = field(default_factory=dict)
    examples: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def of_day(self, day: str, name: str, count: int = 1) -> None:
        self.days.setdefault(day, [0] * len(OF_A_DAY))[OF_A_DAY.index(name)] += count

    def example(self, kind: str, one: dict[str, Any]) -> None:
        """The newest are kept; call in the order of time."""
        kept = self.examples.setdefault(kind, [])
        kept.append(one)
        del kept[:-MOST_EXAMPLES]

    def add(self, other: "Counted") -> None:
        for each in _NUMBERS:
            setattr(self, each, getattr(self, each) + getattr(other, each))
        for day, counts in other.days.items():
            for name, count in zip(OF_A_DAY, counts, strict=True):
                self.of_day(day, name, count)
        for kind in KINDS:
            for one in other.examples.get(kind, []):
                self.example(kind, one)

    @property
    def alerts_after(self) -> int:
        return self.alerts_before + self.added - self.removed

    @property
    def precision(self) -> Decimal | None:
        """The share of true positives among the hits whose alerts were closed."""
        return precision(self.true_positives, self.false_positives)

    def as_json(self) -> dict[str, Any]:
        return {each.name: getattr(self, each.name) for each in fields(self)}

    @classmethod
    def read(cls, stored: dict[str, Any] | None) -> Self:
        return cls(**(stored or {}))

    @classmethod
    def sum_of(cls, results: Iterable[dict[str, Any]]) -> Self:
        """The whole of several ranges, given in their order."""
        whole = cls()
        for one in results:
            whole.add(cls.read(one))
        return whole


_NUMBERS: Final = tuple(each.name for each in fields(Counted) if each.type == "int" or each.type is int)


def precision(true_positives: int, false_positives: int) -> Decimal | None:
    """None where nothing was closed."""
    closed = true_positives + false_positives
    return Decimal(true_positives) / closed if closed else None
