"""From which score a match counts, per kind of list. A team's policy may hand in its own table; nothing
else decides here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice

from screening.names.entity import NameMatch

NEAR_MISS_SCORE = 70.0
"""Scores from here are kept for analysts; below the kind's threshold they score nothing."""

CONFIRMED_SCORE = 95.0
"""From here, with evidence that agrees and none that contradicts, a match counts as confirmed."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """The lowest score (0 to 100) that counts, and whether contradicting evidence rules a match out."""

    score: float
    refuses_contradictions: bool = False


# On 508,000 public persons a threshold of 85 alerts on a fifth of all customers by name alone, hence 95 for
# PEP.
THRESHOLDS: Mapping[str, Threshold] = {
    "sanctions": Threshold(85.0),
    "pep": Threshold(95.0, refuses_contradictions=True),
    "internal": Threshold(90.0),
    "adverse_media": Threshold(90.0),
}


def counts(match: NameMatch, thresholds: Mapping[str, Threshold] = THRESHOLDS) -> bool:
    """True when the match is strong enough for its kind of list; a weak alias never counts by itself."""
    threshold = thresholds[match.kind]
    if match.quality == "weak" and not match.agreements:
        return False
    if threshold.refuses_contradictions and match.contradictions:
        return False
    return match.score >= threshold.score


def is_near_miss(match: NameMatch, thresholds: Mapping[str, Threshold] = THRESHOLDS) -> bool:
    """True when an analyst should be able to see the match although it does not count."""
    return match.score >= NEAR_MISS_SCORE and not counts(match, thresholds)


def near_misses(
    matches: Iterable[NameMatch], most: int, thresholds: Mapping[str, Threshold] = THRESHOLDS
) -> tuple[NameMatch, ...]:
    """The first so many of the matches that an analyst should see although they do not count."""
    return tuple(islice((match for match in matches if is_near_miss(match, thresholds)), most))


def is_confirmed(match: NameMatch, thresholds: Mapping[str, Threshold] = THRESHOLDS) -> bool:
    """True when the match counts and other evidence says the same."""
    agrees = bool(match.agreements) and not match.contradictions
    return agrees and match.score >= CONFIRMED_SCORE and counts(match, thresholds)
