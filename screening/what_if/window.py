"""Over which days a what-if counts, and where each day's numbers come from: counted already, or still to be read.

Days are those of UTC. The last one is today, as far as it has come.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

DAY: Final = timedelta(days=1)
MOST_DAYS: Final = 90
USUAL_DAYS: Final = 30
CHOICES: Final = (7, 30, 90)
_CENT: Final = Decimal("0.01")


@dataclass(frozen=True)
class Window:
    """The last `days` days up to `now`, today among them."""

    days: int
    now: datetime

    @property
    def first_day(self) -> date:
        return self.now.astimezone(UTC).date() - timedelta(days=self.days - 1)

    @property
    def start(self) -> datetime:
        return midnight(self.first_day)

    def length_in_days(self, first: date | None) -> Decimal:
        """What a figure is divided by to be one of a day: from the first day with evaluations on, at least one."""
        begin = max(self.start, midnight(first)) if first else self.start
        return max(Decimal(1), (Decimal((self.now - begin) / DAY)).quantize(_CENT))

    def uncounted(self, counted: Collection[date]) -> list[tuple[datetime, datetime]]:
        """The spans of time whose days are not among `counted`, neighbours joined; the last one ends with today."""
        spans: list[tuple[datetime, datetime]] = []
        for number in range(self.days):
            day = self.first_day + number * DAY
            if day in counted:
                continue
            begin, end = midnight(day), midnight(day + DAY)
            if spans and spans[-1][1] == begin:
                begin = spans.pop()[0]
            spans.append((begin, end))
        return spans


def midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)
