"""The band that a score lies in, as an outcome."""

from decimal import Decimal

from screening.layers.result import Outcome
from screening.policy import Bands


def outcome_of(score: Decimal, bands: Bands) -> Outcome:
    """Pass below `review`, block from `block` on; the edges belong to the more severe band."""
    if score >= bands.block:
        return Outcome.BLOCK
    if score >= bands.escalate:
        return Outcome.ESCALATE
    return Outcome.REVIEW if score >= bands.review else Outcome.PASS
