"""When a batch will probably be finished: measured, not promised. Pure.

The pace is that of the batch itself once enough of it is done, else that of the team's last batches of some size, else
a cautious guess. A small batch says nothing of pace: it is over before the hands are warm.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

# What two worker processes on two busy cores did with names; a first batch of a team is promised no more.
USUAL_ITEMS_A_SECOND: Final = 400.0
SLOWEST_ITEMS_A_SECOND: Final = 1.0
# Before the first item: the doorbell, or a beat of the clock where nobody hears it.
PICKUP: Final = timedelta(seconds=1)
# Below this, a pace says more about the start than about the batch: of this batch and of those before it.
ENOUGH_ITEMS: Final = 400
# Whoever has come no further after so long is slow, and the start is over.
ENOUGH_SECONDS: Final = 30.0


@dataclass(frozen=True)
class Pace:
    """So many items in so many seconds."""

    items: int
    seconds: float

    @property
    def per_second(self) -> float:
        if self.items <= 0 or self.seconds <= 0:
            return USUAL_ITEMS_A_SECOND
        return max(self.items / self.seconds, SLOWEST_ITEMS_A_SECOND)

    @property
    def is_telling(self) -> bool:
        return self.items >= ENOUGH_ITEMS or (self.items > 0 and self.seconds >= ENOUGH_SECONDS)


def completion(*, now: datetime, left: int, ahead: int, recent: Pace, own: Pace | None) -> datetime:
    """`left` are this batch's items without a result, `ahead` those of earlier batches of the team.

    The batch's own pace was measured beside those that were ahead of it; they have slowed it already.
    """
    if own is not None and own.is_telling:
        return now + timedelta(seconds=left / own.per_second)
    return now + PICKUP + timedelta(seconds=(ahead + left) / recent.per_second)
