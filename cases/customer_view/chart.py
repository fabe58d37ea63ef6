"""Money of a customer by day as columns of a drawing, in above the line and out below it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

WIDTH: Final = 760
MIDDLE: Final = 62
_REACH: Final = 46
_LEFT: Final = 8


@dataclass(frozen=True)
class Day:
    """What one direction (None where unknown) moved on one day, in the team's currency."""

    day: date
    direction: str | None
    count: int
    total: Decimal


@dataclass(frozen=True)
class Column:
    x: float
    y: float
    height: float
    width: float
    is_in: bool


@dataclass(frozen=True)
class Chart:
    columns: tuple[Column, ...]
    days: tuple[Day, ...]
    money_in: Decimal
    money_out: Decimal
    payments: int
    largest: Decimal
    first: date
    last: date
    width: int = WIDTH
    middle: int = MIDDLE
    height: int = 2 * MIDDLE


def charted(found: Sequence[Day], today: date, days: int) -> Chart:
    """The last `days` days up to today; every bar is measured against the largest of them."""
    first = today - timedelta(days=days - 1)
    largest = max((one.total for one in found), default=Decimal(0))
    step = (WIDTH - 2 * _LEFT) / days
    columns = []
    for one in found:
        if one.direction not in {"credit", "debit"} or one.total <= 0:
            continue
        height = max(float(one.total / largest) * _REACH, 1.0)
        is_in = one.direction == "credit"
        columns.append(
            Column(
                x=round(_LEFT + (one.day - first).days * step, 1),
                y=round(MIDDLE - 1 - height, 1) if is_in else MIDDLE + 1.0,
                height=round(height, 1),
                width=round(max(step - 1.5, 1.0), 1),
                is_in=is_in,
            )
        )
    return Chart(
        columns=tuple(columns),
        days=tuple(sorted(found, key=lambda one: (one.day, one.direction or ""), reverse=True)),
        money_in=sum((one.total for one in found if one.direction == "credit"), Decimal(0)),
        money_out=sum((one.total for one in found if one.direction == "debit"), Decimal(0)),
        payments=sum(one.count for one in found),
        largest=largest,
        first=first,
        last=today,
    )
