"""Arithmetic of the measurement."""

from collections.abc import Sequence

PERCENTILES = (50, 95, 99)


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """Median, 95th and 99th percentile and the largest."""
    ranked = sorted(values)
    found = {
        f"p{percent}": ranked[min(len(ranked) * percent // 100, len(ranked) - 1)] for percent in PERCENTILES
    }
    return {**found, "max": ranked[-1]}


def share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
