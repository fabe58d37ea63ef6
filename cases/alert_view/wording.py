"""Why there is an alert, as sentences made of what the decision itself wrote down. Pure; it invents nothing.

A line that tells of earlier reports is told only to those who may know of reports.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from screening.evaluation import Evaluation
from screening.layers.result import Hit
from screening.screenings.judge import FoundEntry, Judged

NOT_SHOWN: Final = "A rule whose reason your role may not see"
NO_REASON: Final = "The decision left no reason"
# The ids of the rules that read of earlier reports; None for whoever may know of those.
Hidden = frozenset[str] | None
_POINTS: Final = re.compile(r"\s*\(\+\d+ points?\)$")
_TELLS_OF_REPORTS: Final = re.compile(
    r"\bSARs?\b|\bSTRs?\b|suspicious (activity|transaction) report", re.IGNORECASE
)
_KINDS: Final = {
    "sanctions": "a sanctions entry",
    "pep": "a politically exposed person",
    "internal": "an entry of a private list",
    "adverse_media": "an adverse media entry",
}
_LAYERS_OF_RULES: Final = frozenset({"regulatory", "custom_rules"})


@dataclass(frozen=True)
class Why:
    """One sentence, and the next reason where there is one."""

    sentence: str
    detail: str = ""


def tells_of_reports(text: str) -> bool:
    return _TELLS_OF_REPORTS.search(text) is not None


def is_hidden(hit: Hit, hidden: Hidden) -> bool:
    return hidden is not None and (
        hit.rule_id in hidden or tells_of_reports(f"{hit.line} {hit.rule_name} {hit.rule_code}")
    )


def sentence_of(hit: Hit, hidden: Hidden) -> str:
    """The explanation of a hit without its points."""
    return NOT_SHOWN if is_hidden(hit, hidden) else without_points(hit.line)


def without_points(line: str) -> str:
    return _POINTS.sub("", line)


def why_of_evaluation(evaluation: Evaluation, trigger: str, hidden: Hidden) -> Why:
    """The strongest reasons first; for a name match the match."""
    names = list(evaluation.layer("sanctions").reasons)
    hits = [sentence_of(hit, hidden) for hit in evaluation.hits]
    others = sorted(
        (
            layer
            for layer in evaluation.layers
            if layer.name not in _LAYERS_OF_RULES and layer.name != "sanctions"
        ),
        key=lambda layer: -layer.score,
    )
    rest = [reason for layer in others if layer.score for reason in layer.reasons]
    first = [*names, *hits] if trigger == "screening_match" else [*hits, *names]
    return _why([*first, *rest])


def why_of_screening(judged: Judged, name: str) -> Why:
    """Of a name that was screened outside of payments."""
    return _why([match_sentence(name, match) for match in judged.matches])


def match_sentence(name: str, match: FoundEntry) -> str:
    kind = _KINDS.get(match.category, "a list entry")
    return f"{name} matches {kind}, {match.score:.0f} of 100: {match.listed_name} ({match.list_code} {match.reference})"


def why_by_hand(reason: str) -> Why:
    return Why(reason or NO_REASON)


def _why(reasons: Sequence[str]) -> Why:
    found = list(dict.fromkeys(_capital(without_points(reason)) for reason in reasons if reason))
    if not found:
        return Why(NO_REASON)
    return Why(found[0], found[1] if len(found) > 1 else "")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
