"""From the layers' answers to one risk score: a sum of points, or a weighted average with a floor. Exact decimals."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from screening.layers.result import LayerResult
from screening.policy import Policy

# A layer alone lifts the score to at least this share of its own (so that 95 on sanctions is never below 76).
FLOOR_SHARE: Final = Decimal("0.8")
_CENT: Final = Decimal("0.01")


def aggregate(layers: Mapping[str, LayerResult], policy: Policy) -> Decimal:
    """The risk score. Layers that did not answer count neither with their score nor with their weight."""
    if policy.aggregation == "sum":
        return sum_of_hits(layers)
    return weighted_floor(
        {name: layer.score for name, layer in layers.items() if layer.answered}, policy.weights
    )


def sum_of_hits(layers: Mapping[str, LayerResult]) -> Decimal:
    """The points of every hit and nothing else, not capped."""
    return Decimal(sum([hit.points for layer in layers.values() for hit in layer.hits]))


def weighted_floor(scores: Mapping[str, Decimal], weights: Mapping[str, Decimal]) -> Decimal:
    """max(sum(score x weight) / sum(weight), highest score x 0.8), rounded half up to hundredths."""
    if not scores:
        return Decimal(0)
    total_weight = sum(weights[name] for name in scores)
    average = (
        sum(score * weights[name] for name, score in scores.items()) / total_weight
        if total_weight
        else Decimal(0)
    )
    return max(average, max(scores.values()) * FLOOR_SHARE).quantize(_CENT, rounding=ROUND_HALF_UP)
