"""Over how long an overview counts, and in which steps; the time is UTC throughout."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class Window:
    """`steps` stretches of `step` each; the last one is the one that we are in."""

    code: str
    label: str
    step: timedelta
    steps: int

    def beginnings(self, now: datetime) -> list[datetime]:
        """When each step begins, the oldest first."""
        last = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        if self.step == DAY:
            last = last.replace(hour=0)
        return [last - self.step * back for back in range(self.steps - 1, -1, -1)]

    @property
    def is_hourly(self) -> bool:
        return self.step == HOUR


WINDOWS: Final = (
    Window("24h", "24 hours", HOUR, 24),
    Window("7d", "7 days", DAY, 7),
    Window("30d", "30 days", DAY, 30),
    Window("90d", "90 days", DAY, 90),
)
BY_CODE: Final = {window.code: window for window in WINDOWS}
USUAL: Final = BY_CODE["30d"]
