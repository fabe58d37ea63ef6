"""From a search to a status: clear, review or confirmed, with every match explained and the proof of a non-match.

Pure, no Django. A match counts from the threshold of its list's kind; it is confirmed from 95 on where evidence agrees
and none contradicts, or because a person said so. What a person ruled out is shown as suppressed and decides nothing.
"""

from collections.abc import Callable, Container, Mapping
from typing import Final

import msgspec

from screening.match_decisions import CONFIRMED, KnownDecision, OfParty, sort_matches
from screening.names.entity import NameMatch, NameQuery, SearchResult
from screening.names.thresholds import NEAR_MISS_SCORE, Threshold, counts, is_confirmed

CLEAR: Final = "clear"
REVIEW: Final = "review"
NEAR_MISSES_KEPT: Final = 5


class FoundEntry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One entry that was found: `status` says how it counts, `decision_id` which decision changed that."""

    entry_id: str
    list_code: str
    category: str
    reference: str
    matched_name: str
    listed_name: str
    score: float
    quality: str
    agreements: tuple[str, ...]
    contradictions: tuple[str, ...]
    explanation: tuple[str, ...]
    status: str = ""
    decision_id: str = ""


class Judged(msgspec.Struct, frozen=True):
    """`score` is the best of the matches, else the best of what was found and not ruled out."""

    status: str
    score: float
    matches: tuple[FoundEntry, ...]
    near_misses: tuple[FoundEntry, ...]
    suppressed: tuple[FoundEntry, ...]
    best_below: FoundEntry | None
    generation: str
    candidates: int
    best_score: float


def judge(
    query: NameQuery,
    search: Callable[[NameQuery], SearchResult],
    thresholds: Mapping[str, Threshold],
    decided: OfParty,
    *,
    only: Container[str] | None = None,
) -> Judged:
    """What screening one subject says; with `only`, nothing but these entries is looked at."""
    result = search(query)
    found = [match for match in result.matches if only is None or match.entry_id in only]
    split = sort_matches(found, decided, lambda match: counts(match, thresholds))
    matches = tuple(_counted(match, thresholds, decided.get(match.entry_id)) for match in split.kept)
    shown = {match.entry_id for match in split.kept} | {match.entry_id for match, _ in split.suppressed}
    near = [match for match in found if match.entry_id not in shown and match.score >= NEAR_MISS_SCORE]
    below = result.best_below if only is None else None
    return Judged(
        status=_status(matches),
        score=_score(matches, near, below),
        matches=matches,
        near_misses=tuple(_entry(match) for match in near[:NEAR_MISSES_KEPT]),
        suppressed=tuple(_entry(match, decision=decision) for match, decision in split.suppressed),
        best_below=_entry(below) if below else None,
        generation=result.generation,
        candidates=result.candidates,
        best_score=result.best_score,
    )


def _status(matches: tuple[FoundEntry, ...]) -> str:
    if any(match.status == CONFIRMED for match in matches):
        return CONFIRMED
    return REVIEW if matches else CLEAR


def _score(matches: tuple[FoundEntry, ...], near: list[NameMatch], below: NameMatch | None) -> float:
    if matches:
        return max(match.score for match in matches)
    return max([match.score for match in near] + ([below.score] if below else []), default=0.0)


def _counted(
    match: NameMatch, thresholds: Mapping[str, Threshold], decision: KnownDecision | None
) -> FoundEntry:
    is_certain = decision is not None or is_confirmed(match, thresholds)
    return _entry(match, status=CONFIRMED if is_certain else REVIEW, decision=decision)


def _entry(match: NameMatch, *, status: str = "", decision: KnownDecision | None = None) -> FoundEntry:
    return FoundEntry(
        entry_id=match.entry_id,
        list_code=match.list_code,
        category=match.kind,
        reference=match.reference,
        matched_name=match.matched_name,
        listed_name=match.listed_primary_name,
        score=match.score,
        quality=match.quality,
        agreements=match.agreements,
        contradictions=match.contradictions,
        explanation=match.explanation,
        status=status,
        decision_id=str(decision.id) if decision else "",
    )
