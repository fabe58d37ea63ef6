"""By when a report must be with the authority, counted from detection. One table; a deployment may shorten its entries.

Detection is the moment the alert was raised for a suspicion, the time of the transaction for cash and transfers: the
earliest reading, because a clock that starts late has no use. Public holidays are not known here, so that working days
end early rather than late.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from django.conf import settings

from ratel.environment import BadSetting

_WORKING_DAYS_A_WEEK: Final = 5
_WRITTEN: Final = re.compile(r"([a-z]{2,16})\.(SAR|CTR|FTR)=([1-9][0-9]{0,3})(h|d|wd)")
_UNITS: Final = {"h": "hours", "d": "days", "wd": "working days"}


@dataclass(frozen=True)
class Deadline:
    """`length` in `unit` (hours, days, working days); `source` is where it is written."""

    length: int
    unit: str
    source: str

    @property
    def words(self) -> str:
        return f"{self.length} {self.unit if self.length != 1 else self.unit.removesuffix('s')}"

    def after(self, detected_at: datetime) -> datetime:
        if self.unit == "hours":
            return detected_at + timedelta(hours=self.length)
        if self.unit == "days":
            return detected_at + timedelta(days=self.length)
        return _working_days_after(detected_at.astimezone(UTC), self.length)


# A jurisdiction that is missing here is treated as the strictest one that is known.
STRICTEST: Final = Deadline(
    24, "hours", "no rule is on file for this jurisdiction: the strictest that is known"
)
DEADLINES: Final[Mapping[tuple[str, str], Deadline]] = {
    ("ng", "SAR"): Deadline(
        24, "hours", "Money Laundering (Prevention and Prohibition) Act 2022, section 7 (Nigeria)"
    ),
    ("ng", "CTR"): Deadline(
        7, "days", "Money Laundering (Prevention and Prohibition) Act 2022, section 11 (Nigeria)"
    ),
    ("ng", "FTR"): Deadline(
        24, "hours", "Money Laundering (Prevention and Prohibition) Act 2022, section 3 (Nigeria)"
    ),
    ("id", "SAR"): Deadline(3, "working days", "Law No. 8 of 2010, article 25(1) (Indonesia)"),
    ("id", "CTR"): Deadline(14, "working days", "Law No. 8 of 2010, article 25(2) (Indonesia)"),
    ("id", "FTR"): Deadline(14, "working days", "Law No. 8 of 2010, article 25(3) (Indonesia)"),
    ("us", "SAR"): Deadline(30, "days", "31 CFR 1020.320(b)(3) (United States)"),
    ("us", "CTR"): Deadline(15, "days", "31 CFR 1010.306(a)(1) (United States)"),
}


def check_settings() -> None:
    """Raises BadSetting at start rather than at the first report."""
    _own(settings.RATEL_REPORT_DEADLINES)


def deadline_of(pack: str, report_type: str) -> Deadline:
    return _own(settings.RATEL_REPORT_DEADLINES).get((pack, report_type)) or DEADLINES.get(
        (pack, report_type), STRICTEST
    )


def due_at(pack: str, report_type: str, detected_at: datetime) -> datetime:
    return deadline_of(pack, report_type).after(detected_at)


def clock(pack: str, report_type: str, now: datetime, occurred_at: datetime) -> tuple[datetime, datetime]:
    """When what a decision drafts was detected, and by when it is due."""
    detected_at = now if report_type == "SAR" else min(occurred_at, now)
    return detected_at, due_at(pack, report_type, detected_at)


@lru_cache(maxsize=4)
def _own(written: tuple[str, ...]) -> Mapping[tuple[str, str], Deadline]:
    """What the deployment wants, such as `ng.SAR=12h`; raises BadSetting for what cannot be read."""
    found = {}
    for text in written:
        read = _WRITTEN.fullmatch(text)
        if read is None:
            raise BadSetting(
                "RATEL_REPORT_DEADLINES must be entries such as ng.SAR=12h, id.SAR=2wd or us.CTR=10d"
            )
        pack, kind, length, unit = read.groups()
        found[pack, kind] = Deadline(int(length), _UNITS[unit], "RATEL_REPORT_DEADLINES")
    return found


def _working_days_after(moment: datetime, days: int) -> datetime:
    """The same time of day that many working days (Monday to Friday) later."""
    while days:
        moment += timedelta(days=1)
        if moment.weekday() < _WORKING_DAYS_A_WEEK:
            days -= 1
    return moment
