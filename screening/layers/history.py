"""The numbers over a customer's past that the layers without rules read, asked for beside those of the rules."""

from decimal import Decimal
from typing import Any, Final

from screening.context import Context
from screening.rules.aggregates import MISSING_GROUPING_KEY, Aggregate
from screening.rules.nodes import Comparison, FieldRef, Literal

DAY: Final = 86_400
NINETY_DAYS: Final = 90 * DAY


def _moving(direction: str) -> Comparison:
    return Comparison(FieldRef("direction"), "==", Literal(direction))


COUNT_90_DAYS: Final = Aggregate("count", None, NINETY_DAYS)
COUNT_DAY: Final = Aggregate("count", None, DAY)
AVERAGE_90_DAYS: Final = Aggregate("average", "amount", NINETY_DAYS)
CREDITS_DAY: Final = Aggregate("sum", "amount", DAY, _moving("credit"))
DEBITS_DAY: Final = Aggregate("sum", "amount", DAY, _moving("debit"))
DEVICES: Final = Aggregate("distinct", "device", NINETY_DAYS)
ADDRESSES: Final = Aggregate("distinct", "ip", NINETY_DAYS)
COUNTRIES: Final = Aggregate("distinct", "country", NINETY_DAYS)
LAYER_AGGREGATES: Final = (
    COUNT_90_DAYS,
    COUNT_DAY,
    AVERAGE_90_DAYS,
    CREDITS_DAY,
    DEBITS_DAY,
    DEVICES,
    ADDRESSES,
    COUNTRIES,
)


def known(context: Context, aggregate: Aggregate) -> Any:
    """The aggregate's value, None where it is unknown."""
    value = context.aggregates[aggregate]
    return None if value is MISSING_GROUPING_KEY else value


def amount_ratio(context: Context) -> Decimal | None:
    """How many times the customer's 90-day average the amount is, from 5 transactions on."""
    average = known(context, AVERAGE_90_DAYS)
    if context.amount is None or not average or known(context, COUNT_90_DAYS) < 5:
        return None
    return context.amount / Decimal(average)


def velocity_ratio(context: Context) -> Decimal | None:
    """How many times the daily average of 90 days the last 24 hours' count is, from 10 transactions on."""
    count = known(context, COUNT_90_DAYS)
    return Decimal(known(context, COUNT_DAY) * 90) / Decimal(count) if count >= 10 else None
