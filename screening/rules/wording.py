"""Values and comparisons in words that an analyst reads to a customer.

It must never round an amount of money or leave a unit out.
"""

from decimal import Decimal
from typing import Any, Final

from screening.rules.aggregates import Aggregate
from screening.rules.fields import find_field
from screening.rules.nodes import (
    AggregateRef,
    AllOf,
    AnyOf,
    Comparison,
    CountryList,
    FieldRef,
    Literal,
    Node,
    Not,
    Operator,
    Range,
    Reference,
    RightSide,
)

LONGEST_SHOWN: Final = 80
MOST_LISTED: Final = 6
UNKNOWN: Final = "unknown"

PHRASES: Final[dict[Operator, str]] = {
    "==": "is",
    "!=": "is not",
    ">": "is more than",
    ">=": "is at least",
    "<": "is less than",
    "<=": "is at most",
    "between": "is between",
    "in": "is one of",
    "not_in": "is none of",
    "match": "matches the pattern",
    "contains": "contains",
}
OPPOSITES: Final[dict[Operator, str]] = {
    "==": "is not",
    "!=": "is",
    ">": "is at most",
    ">=": "is less than",
    "<": "is at least",
    "<=": "is more than",
    "between": "is not between",
    "in": "is none of",
    "not_in": "is one of",
    "match": "does not match the pattern",
    "contains": "does not contain",
}
_FUNCTIONS: Final = {
    "count": "number of transactions",
    "sum": "sum of amounts",
    "average": "average amount",
    "max": "largest amount",
    "min": "smallest amount",
}
_DISTINCT: Final = {
    "counterparty": "number of counterparties",
    "device": "number of devices",
    "ip": "number of IP addresses",
    "country": "number of countries",
}


def shown(value: Any, *, currency: str | None = None) -> str:
    """A value as people read it; with a currency, as money."""
    if value is None:
        return UNKNOWN
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float | Decimal):
        exact = Decimal(str(value))
        return grouped(exact) if currency is None else money(exact, currency)
    if isinstance(value, frozenset | set | list | tuple):
        return listed(
            [
                shown(item)
                for item in (sorted(value, key=str) if isinstance(value, frozenset | set) else value)
            ]
        )
    text = " ".join(str(value).split())
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"


def money(amount: Decimal, currency: str) -> str:
    """9,850 USD, or 9,850.50 USD: every digit that is there, at least two after a point."""
    return f"{grouped(amount, fewest_places=2)} {currency}"


def grouped(number: Decimal, fewest_places: int = 0) -> str:
    """With thousands separators and without needless zeros."""
    if not number.is_finite():
        return UNKNOWN
    if number == number.to_integral_value():
        return f"{int(number):,}"
    text = f"{number.normalize():,f}"
    places = len(text.partition(".")[2])
    return text + "0" * (fewest_places - places)


def rounded(number: Decimal) -> str:
    """At most one decimal, for computed ratios."""
    return grouped(number.quantize(Decimal("0.1")) if abs(number) < 10**20 else number)


def listed(items: list[str]) -> str:
    """The first few of a list."""
    more = len(items) - MOST_LISTED
    return ", ".join(items[:MOST_LISTED]) + (f" and {more} more" if more > 0 else "")


def is_money(reference: Reference) -> bool:
    """Whether the value is an amount in the team's currency."""
    return reference.name == "amount" if isinstance(reference, FieldRef) else reference.aggregate.is_money


def subject(reference: Reference) -> str:
    """What is compared."""
    words = (
        _field_label(reference.name)
        if isinstance(reference, FieldRef)
        else aggregate_label(reference.aggregate)
    )
    return words if reference.times is None else f"{grouped(reference.times)} x {words}"


def _field_label(name: str) -> str:
    field = find_field(name)
    return name if field is None else field.label


def aggregate_label(aggregate: Aggregate) -> str:
    """What an aggregate measures."""
    measured = (
        _DISTINCT[str(aggregate.of)] if aggregate.function == "distinct" else _FUNCTIONS[aggregate.function]
    )
    keys = f" with the same {' and '.join(aggregate.group_by)}" if aggregate.group_by else ""
    filtered = "" if aggregate.where is None else f" where {described(aggregate.where)}"
    return f"{measured} in {window_label(aggregate.window_seconds)}{keys}{filtered}"


def window_label(seconds: int) -> str:
    """7 days, 24 hours, 90 minutes."""
    for unit, word in ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")):
        if seconds % unit == 0 and (unit != 86_400 or seconds > unit):
            count = seconds // unit
            return f"{count} {word}" if count == 1 else f"{count} {word}s"
    return f"{seconds} seconds"


def described(node: Node) -> str:
    """A tree without values, as in "direction is credit and amount is less than 5,000"."""
    if isinstance(node, Not):
        return f"not ({described(node.child)})"
    if isinstance(node, AllOf | AnyOf):
        joint = " and " if isinstance(node, AllOf) else " or "
        return joint.join(
            f"({described(c)})" if isinstance(c, AllOf | AnyOf) else described(c) for c in node.children
        )
    return _described_comparison(node)


def _described_comparison(node: Comparison) -> str:
    return f"{subject(node.left)} {PHRASES[node.operator]} {constant_shown(node.right, None)}"


def constant_shown(side: RightSide, currency: str | None) -> str:
    """A constant right side."""
    if isinstance(side, Range):
        return f"{shown(side.low, currency=currency)} and {shown(side.high, currency=currency)}"
    if isinstance(side, Literal):
        return shown(side.value, currency=currency)
    if isinstance(side, CountryList):
        return f"the list {side.name.replace('_', ' ')}"
    if isinstance(side, FieldRef | AggregateRef):
        return subject(side)
    return listed([shown(item, currency=currency) for item in side.items])
