"""Devices, IP addresses, countries, and amount and velocity against the customer's own past.

The first excess of each kind and the steps after it are Ratel's own defaults; the ceilings are the specification's.
The score is that of the most unusual thing; a customer without history has nothing to be unusual against.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from screening.context import Context
from screening.layers import history
from screening.layers.bands import outcome_of
from screening.layers.result import LayerResult, Outcome
from screening.policy import Bands

NAME: Final = "behavioral"
# What is counted, how many are usual, the score of the first one more, the step for each further, the ceiling.
COUNTED: Final = (
    (history.DEVICES, "devices", 3, 40, 10, 70),
    (history.ADDRESSES, "IP addresses", 5, 30, 6, 60),
    (history.COUNTRIES, "countries", 2, 40, 20, 80),
)
# Under five in 24 hours there is no pace to speak of (VELOCITY_SPIKE has the same floor): somebody who pays twelve
# times a quarter is at 7.5 times the daily average with every single payment.
FEWEST_A_DAY: Final = 5
# From how many times the average which score.
FAR_FROM_AVERAGE: Final = ((20, 60), (10, 45), (5, 30))


def run(context: Context, bands: Bands) -> LayerResult:
    if not context.facts["hasHistory"]:
        return LayerResult(NAME, Decimal(0), Outcome.PASS, ("new user (no history)",))
    found = sorted((*_counted(context), *_far(context)), reverse=True)
    score = Decimal(found[0][0]) if found else Decimal(0)
    return LayerResult(NAME, score, outcome_of(score, bands), tuple(reason for _, reason in found))


def _counted(context: Context) -> Iterator[tuple[int, str]]:
    for aggregate, what, usual, first, step, ceiling in COUNTED:
        number = history.known(context, aggregate)
        if number > usual:
            yield min(first + step * (number - usual - 1), ceiling), f"{number} {what} in 90 days"


def _far(context: Context) -> Iterator[tuple[int, str]]:
    has_pace = history.known(context, history.COUNT_DAY) >= FEWEST_A_DAY
    for ratio, what in (
        (history.amount_ratio(context), "Amount"),
        (history.velocity_ratio(context) if has_pace else None, "Velocity"),
    ):
        if ratio is None:
            continue
        for times, score in FAR_FROM_AVERAGE:
            if ratio >= times:
                yield score, f"{what} {ratio:.1f} times the customer's own 90-day average"
                break
