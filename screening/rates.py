"""Exchange rates: an amount in another currency is compared only after the team's dated table has converted it.

Rates are units per euro on a day (the European Central Bank's form). The newest rate on or before the day of the
transaction is used, if it is not older than a week; without one the amount has no value in the team's currency.
"""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Final
from uuid import UUID

from ratel.statements import driver_connection

OLDEST_RATE: Final = timedelta(days=7)
_SMALLEST: Final = Decimal("0.0001")
# What the column holds. Whatever is more after conversion counts as this much: above every threshold either way.
LARGEST: Final = Decimal(10) ** 20 - _SMALLEST


@dataclass(frozen=True)
class Rates:
    """`per_euro` maps a currency to its days (ascending) and the units for one euro on each."""

    currency: str
    per_euro: Mapping[str, tuple[tuple[date, ...], tuple[Decimal, ...]]] = field(default_factory=dict)

    def convert(self, amount: Decimal | None, currency: str, day: date) -> Decimal | None:
        """The amount in the team's currency; None where it is unknown or a rate for either currency is missing."""
        if amount is None or currency == self.currency:
            return amount
        given, wanted = self._on(currency, day), self._on(self.currency, day)
        if given is None or wanted is None:
            return None
        converted = amount * wanted / given
        return LARGEST if converted > LARGEST else converted.quantize(_SMALLEST, rounding=ROUND_HALF_UP)

    def _on(self, currency: str, day: date) -> Decimal | None:
        if currency == "EUR":
            return Decimal(1)
        days, rates = self.per_euro.get(currency, ((), ()))
        position = bisect_right(days, day) - 1
        if position < 0 or day - days[position] > OLDEST_RATE:
            return None
        return rates[position]


def load_rates(team_id: UUID, currency: str) -> Rates:
    """The team's whole table; call inside `tenant(...)`."""
    rows = (
        driver_connection()
        .execute(
            "SELECT currency, day, per_euro FROM screening_exchangerate WHERE team_id = %s ORDER BY currency, day",
            (team_id,),
        )
        .fetchall()
    )
    table: dict[str, tuple[list[date], list[Decimal]]] = {}
    for code, day, per_euro in rows:
        days, values = table.setdefault(code, ([], []))
        days.append(day)
        values.append(per_euro)
    return Rates(currency, {code: (tuple(days), tuple(values)) for code, (days, values) in table.items()})
