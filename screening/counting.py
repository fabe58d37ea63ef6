"""Counts the transaction that is being decided into the numbers over the customer's past.

What a configuration asks is worked out once: filters that several aggregates share are judged once per transaction.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, NamedTuple, Self

from screening.rules.aggregates import MISSING_GROUPING_KEY, Aggregate, Function, matches
from screening.rules.nodes import Node
from screening.transaction import Transaction
from screening.unconverted import may_count

_GROUPING: Final[dict[str, Callable[[Transaction], Any]]] = {
    "counterparty": lambda transaction: transaction.counterparty.identity,
    "device": lambda transaction: transaction.device_id,
    "ip": lambda transaction: transaction.ip_address,
    "country": lambda transaction: transaction.country,
    "channel": lambda transaction: transaction.channel,
    "type": lambda transaction: transaction.type,
}


class _Step(NamedTuple):
    """How one aggregate takes the transaction in; `filtered` is the position of its filter."""

    aggregate: Aggregate
    function: Function
    filtered: int
    grouped_by: tuple[str, ...]
    of: str


@dataclass(frozen=True, eq=False)
class Counting:
    """The aggregates that are asked for, in the order in which the database gives their numbers.

    `filters` has one aggregate for each different filter among them, `keys` every grouping key that one of them needs.
    """

    aggregates: tuple[Aggregate, ...]
    _steps: tuple[_Step, ...]
    _filters: tuple[Aggregate, ...]
    _keys: tuple[str, ...]

    @classmethod
    def of(cls, aggregates: Sequence[Aggregate]) -> Self:
        filters: dict[Node | None, Aggregate] = {}
        for aggregate in aggregates:
            filters.setdefault(aggregate.where, aggregate)
        positions = {where: position for position, where in enumerate(filters)}
        steps = tuple(
            _Step(one, one.function, positions[one.where], one.group_by, one.of or "") for one in aggregates
        )
        keys = dict.fromkeys(
            key for step in steps for key in (*step.grouped_by, *({step.of} & _GROUPING.keys()))
        )
        return cls(tuple(aggregates), steps, tuple(filters.values()), tuple(keys))

    def with_current(
        self,
        stored: Sequence[Any],
        unknown: Sequence[int],
        transaction: Transaction,
        facts: Mapping[str, Any],
    ) -> dict[Aggregate, Any]:
        """Each aggregate over the stored transactions and this one; None for those at the `unknown` positions, and for
        those that this one's amount, where it has no value in the team's currency, leaves unknown."""
        counted = [matches(one, facts) for one in self._filters]
        has = {key: _GROUPING[key](transaction) is not None for key in self._keys}
        amount = facts["amount"]
        numbers: dict[Aggregate, Any] = {}
        for (aggregate, function, filtered, grouped_by, of), number in zip(self._steps, stored, strict=True):
            if grouped_by and not all(map(has.__getitem__, grouped_by)):
                numbers[aggregate] = MISSING_GROUPING_KEY
            elif function == "count":
                numbers[aggregate] = number + counted[filtered]
            elif function == "distinct":
                numbers[aggregate] = number + (counted[filtered] and has[of])
            else:
                numbers[aggregate] = _money(function, number, amount if counted[filtered] else None)
        self._forget(numbers, unknown, facts)
        return numbers

    def _forget(
        self, numbers: dict[Aggregate, Any], unknown: Sequence[int], facts: Mapping[str, Any]
    ) -> None:
        lost = [self.aggregates[position] for position in unknown]
        if facts["amount"] is None:
            lost += [aggregate for aggregate in self.aggregates if may_count(aggregate, facts)]
        for aggregate in lost:
            if numbers[aggregate] is not MISSING_GROUPING_KEY:
                numbers[aggregate] = None


def _money(function: Function, stored: Any, amount: Decimal | None) -> Decimal | None:
    if function == "sum":
        total: Decimal = stored if stored is not None else Decimal(0)
        return total if amount is None else total + amount
    if function == "average":
        total, count = stored
        total = total if total is not None else Decimal(0)
        if amount is not None:
            total, count = total + amount, count + 1
        return total / count if count else None
    values = [value for value in (stored, amount) if value is not None]
    if not values:
        return None
    return max(values) if function == "max" else min(values)
