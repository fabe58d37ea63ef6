"""The customer's money of 30 days as columns with the line that a rule draws, and the payments themselves. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from cases.alert_view.gauges import Limit
from cases.alert_view.read import CHART_DAYS
from ratel.templatetags.desk import short_money
from screening.replays import open_transaction

# The chart's own units.
LEFT: Final = 58
RIGHT: Final = 756
TOP: Final = 16
BOTTOM: Final = 84
_BAR_SHARE: Final = 0.62
_ZERO: Final = Decimal(0)


@dataclass(frozen=True)
class Day:
    """One day of the customer, both ways."""

    day: date
    received: Decimal
    paid: Decimal
    largest_received: Decimal
    largest_paid: Decimal
    count: int


@dataclass(frozen=True)
class Column:
    """A day's total with its largest payment inside, in the chart's units."""

    x: float
    width: float
    y: float
    height: float
    inner_y: float
    inner_height: float
    is_alerted: bool


@dataclass(frozen=True)
class Chart:
    """`is_paid` says which way is drawn; `limit_y` is None without a line."""

    columns: tuple[Column, ...]
    days: tuple[Day, ...]
    is_paid: bool
    most: Decimal
    limit: Limit | None
    limit_y: float | None
    first: date
    last: date

    @property
    def total_received(self) -> Decimal:
        return sum((day.received for day in self.days), _ZERO)

    @property
    def total_paid(self) -> Decimal:
        return sum((day.paid for day in self.days), _ZERO)

    @property
    def drawn(self) -> Decimal:
        return self.total_paid if self.is_paid else self.total_received

    @property
    def most_label(self) -> str:
        """The upper end of the axis, without its currency, which the heading names."""
        return short_money(self.most, "").strip()

    @property
    def left(self) -> int:
        return LEFT

    @property
    def right(self) -> int:
        return RIGHT

    @property
    def bottom(self) -> int:
        return BOTTOM


@dataclass(frozen=True)
class Payment:
    """One payment as the table shows it; `is_alerted` where the alert stands for it."""

    id: UUID
    external_id: str | None
    occurred_at: datetime
    direction: str | None
    amount: Decimal | None
    currency: str
    kind: str
    counterparty: str
    country: str | None
    decision: str | None
    score: Decimal | None
    is_alerted: bool


def payments_of(rows: Sequence[tuple[Any, ...]]) -> list[Payment]:
    return [_payment(row) for row in rows]


def chart_of(
    rows: Sequence[Mapping[str, Any]], at: datetime, direction: str | None, limit: Limit | None
) -> Chart:
    """The columns of the 30 days up to `at`, of the way that the alerted payment went, else of the larger one."""
    last = at.date()
    first = last - timedelta(days=CHART_DAYS - 1)
    days = _days(rows, first)
    received, paid = sum((one.received for one in days), _ZERO), sum((one.paid for one in days), _ZERO)
    is_paid = direction == "debit" if direction else paid > received
    most = max(
        [day.paid if is_paid else day.received for day in days]
        + ([limit.amount] if limit else [])
        + [Decimal(1)]
    )
    columns = tuple(
        _column(position, day, last, is_paid=is_paid, most=most) for position, day in enumerate(days)
    )
    return Chart(
        columns=columns,
        days=tuple(days),
        is_paid=is_paid,
        most=most,
        limit=limit,
        limit_y=round(BOTTOM - _height(limit.amount, most), 1) if limit else None,
        first=first,
        last=last,
    )


def _column(position: int, day: Day, last: date, *, is_paid: bool, most: Decimal) -> Column:
    step = (RIGHT - LEFT) / CHART_DAYS
    total = _height(day.paid if is_paid else day.received, most)
    largest = min(_height(day.largest_paid if is_paid else day.largest_received, most), total)
    return Column(
        x=round(LEFT + position * step + step * (1 - _BAR_SHARE) / 2, 1),
        width=round(step * _BAR_SHARE, 1),
        y=round(BOTTOM - total, 1),
        height=round(total, 1),
        inner_y=round(BOTTOM - largest, 1),
        inner_height=round(largest, 1),
        is_alerted=day.day == last,
    )


def _height(amount: Decimal, most: Decimal) -> float:
    return float(amount / most) * (BOTTOM - TOP) if most else 0.0


def _days(rows: Sequence[Mapping[str, Any]], first: date) -> list[Day]:
    found: dict[str, dict[bool, tuple[Decimal, Decimal, int]]] = {}
    for row in rows:
        way = found.setdefault(row["day"], {})
        total, largest, count = way.get(row["direction"] == "credit", (_ZERO, _ZERO, 0))
        way[row["direction"] == "credit"] = (
            total + _money(row["total"]),
            max(largest, _money(row["largest"])),
            count + row["count"],
        )
    days = []
    for offset in range(CHART_DAYS):
        day = first + timedelta(days=offset)
        way = found.get(day.isoformat(), {})
        received, paid = way.get(True, (_ZERO, _ZERO, 0)), way.get(False, (_ZERO, _ZERO, 0))
        days.append(Day(day, received[0], paid[0], received[1], paid[1], received[2] + paid[2]))
    return days


def _money(text: str | None) -> Decimal:
    return Decimal(text) if text is not None else _ZERO


def _payment(row: tuple[Any, ...]) -> Payment:
    sent = open_transaction(row[0], row[10])
    kind = [word.replace("_", " ") for word in (row[7], row[8]) if word]
    return Payment(
        id=row[0],
        external_id=row[1],
        occurred_at=row[2],
        direction=row[3],
        amount=row[4],
        currency=row[5],
        kind=", ".join(kind),
        counterparty=sent.counterparty.name or sent.counterparty.account or sent.counterparty.entity_id or "",
        country=row[9],
        decision=row[11],
        score=row[12],
        is_alerted=bool(row[13]),
    )
