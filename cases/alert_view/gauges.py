"""The values that a hit saw beside what its rule asks for, as bars. Pure: it reads the words of the explanation.

Only numbers are drawn; everything else stands as words beside them.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from ratel.templatetags.desk import short_money
from screening.rules.explain import Compared

MOST_GAUGES: Final = 2
_NUMBER: Final = re.compile(r"(?P<number>-?\d[\d,]*(?:\.\d+)?)(?: (?P<currency>[A-Z]{3}))?")
_BOUNDED: Final = frozenset({"is at least", "is more than", "is at most", "is less than"})
_WINDOW: Final = re.compile(r" in (?P<count>\d+) (?P<unit>day|hour|minute|second)s?\b")
_UNITS: Final = {"day": 86_400, "hour": 3_600, "minute": 60, "second": 1}
# A sum over a window is compared with a day's total, a single amount with the day's largest payment.
_SUMS: Final = "sum of amounts"
_COUNTS: Final = "number of"
_CEILINGS: Final = frozenset({"is at most", "is less than"})


@dataclass(frozen=True)
class Gauge:
    """`seen` of `threshold` for what `subject` names; `most` is the end of the bar."""

    subject: str
    operator: str
    seen: Decimal
    threshold: Decimal
    seen_words: str
    threshold_words: str
    currency: str

    @property
    def most(self) -> Decimal:
        return max(abs(self.seen), abs(self.threshold), Decimal(1))

    @property
    def short(self) -> str:
        """What stands above the bar."""
        asks = self.operator.removeprefix("is ")
        if not self.currency:
            return f"{self.seen_words}, {asks} {self.threshold_words}"
        threshold = short_money(self.threshold, "").strip()
        return f"{short_money(self.seen, self.currency)}, {asks} {threshold}"

    @property
    def label(self) -> str:
        return f"{self.subject}: {self.seen_words}, {self.operator} {self.threshold_words}"


@dataclass(frozen=True)
class Limit:
    """A line in the chart of money: the amount that a rule asks for, and how it asks."""

    amount: Decimal
    currency: str
    words: str


def gauges_of(compared: Iterable[Compared]) -> tuple[Gauge, ...]:
    """Those comparisons that are of two numbers, what was counted over a window first."""
    found = [gauge for one in compared if (gauge := _gauge(one)) is not None]
    return tuple(sorted(found, key=_rank)[:MOST_GAUGES])


def limit_of(compared: Iterable[Compared], currency: str) -> Limit | None:
    """What the money of the days is held against, where a hit names an amount in the team's currency."""
    for one in compared:
        threshold = _read(one.threshold)
        if (
            one.operator in _BOUNDED
            and threshold is not None
            and threshold[1] == currency
            and threshold[0] > 0
        ):
            return Limit(threshold[0], currency, _asked(one))
    return None


def window_seconds(compared: Iterable[Compared], usual: int) -> int:
    """The longest window that a hit counted over."""
    found = [
        int(match["count"]) * _UNITS[match["unit"]]
        for one in compared
        for match in _WINDOW.finditer(f"{one.subject} {one.threshold}")
    ]
    return max(found, default=usual)


def _asked(one: Compared) -> str:
    if one.operator in _CEILINGS:
        return ": each payment stays under it"
    return (
        " in all: from there the rule fires"
        if one.subject.startswith(_SUMS)
        else " at once: from there the rule fires"
    )


def _rank(gauge: Gauge) -> tuple[bool, bool, bool]:
    """A ceiling says little: sums come before counts, counts before what one payment says."""
    return (
        gauge.operator in _CEILINGS,
        not gauge.subject.startswith((_SUMS, _COUNTS)),
        not gauge.subject.startswith(_SUMS),
    )


def _gauge(one: Compared) -> Gauge | None:
    seen, threshold = _read(one.seen), _read(one.threshold)
    if one.operator not in _BOUNDED or seen is None or threshold is None or seen[1] != threshold[1]:
        return None
    return Gauge(one.subject, one.operator, seen[0], threshold[0], one.seen, one.threshold, threshold[1])


def _read(words: str) -> tuple[Decimal, str] | None:
    match = _NUMBER.fullmatch(words)
    return (Decimal(match["number"].replace(",", "")), match["currency"] or "") if match else None
