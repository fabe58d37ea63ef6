"""How long something may take: what is promised, where it is measured; patience, where many tests share a machine.

A machine that does other work stands still for seconds, which is no fault of what is tested. So the suite asks only that
something comes about, and `make promises`, on a machine that does nothing else, asks for it in the time that is promised.
"""

import os
from collections.abc import Sequence
from math import ceil
from statistics import median
from typing import Final

IS_MEASURED: Final = os.environ.get("RATEL_PROMISES") == "measured"


def at_most(promised_seconds: float, *, patience_seconds: float) -> float:
    """Seconds that may pass."""
    return promised_seconds if IS_MEASURED else patience_seconds


def slow_one(seconds: Sequence[float]) -> float:
    """Of many calls the one that counts: the 99th of a hundred where it is measured (of fewer the slowest), else the
    one in the middle."""
    return sorted(seconds)[ceil(0.99 * len(seconds)) - 1] if IS_MEASURED else median(seconds)
