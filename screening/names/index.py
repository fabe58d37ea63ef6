"""Search one immutable index generation for a name. Safe for any number of threads and processes: nothing
here is written.

Build with `build_index`, open with `NameIndex.open`, ask with `search`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from screening.names.alignment import Alignment, Weighted, align
from screening.names.arrays import IndexArrays
from screening.names.build import BuildReport, build_index
from screening.names.candidates import find_candidates
from screening.names.entity import NameMatch, NameQuery, SearchResult
from screening.names.evidence import (
    IDENTIFIER_AGREES,
    WEAK_ALIAS_CAP,
    Evidence,
    agreement_reach,
    folded_identifier,
    weigh,
)
from screening.names.normalise import normalise
from screening.names.slates import Slates
from screening.names.storage import GenerationExistsError, IndexUnreadableError
from screening.names.thresholds import NEAR_MISS_SCORE
from screening.names.variants import VariantFinder

__all__ = ["BuildReport", "GenerationExistsError", "IndexUnreadableError", "NameIndex", "build_index"]

MOST_MATCHES = 20
MOST_SANCTIONED_FIRST = 10
"""So many places are kept for sanctions entries, which a crowd of others with the same name must not hide."""


@dataclass(frozen=True, slots=True)
class _Scored:
    """One listed name after alignment; `score` is 0 to 100 by name alone."""

    score: float
    name: int
    entity: int
    alignment: Alignment


class NameIndex:
    """One generation, mapped. Keep the object for as long as requests may use it; dropping it releases the
    files.
    """

    def __init__(self, arrays: IndexArrays) -> None:
        self._arrays = arrays
        self._finder = VariantFinder(arrays)
        self._slates = Slates(arrays.description.names, arrays.description.tokens)
        self.generation = arrays.description.generation
        self.entity_count = arrays.description.entities
        self.name_count = arrays.description.names
        self.list_counts = dict(arrays.description.lists)

    @classmethod
    def open(cls, directory: Path) -> "NameIndex":
        """Map a generation directory. Raises IndexUnreadableError when it is missing, incomplete or of
        another format.
        """
        return cls(IndexArrays(Path(directory)))

    def search(self, query: NameQuery, *, minimum_score: float = NEAR_MISS_SCORE) -> SearchResult:
        """Who on the lists may be meant: at most 20 entities, best first, each with the name that fits
        best.
        """
        tokens = normalise(query.name)
        if not tokens:
            return SearchResult((), 0.0, None, 0, self.generation)
        variants = self._finder.find(tokens)
        identifiers = [folded for folded in map(folded_identifier, query.identifiers[:8]) if folded]
        minimum = (minimum_score - agreement_reach(query)) / 100.0
        candidates = find_candidates(self._arrays, self._slates, variants, identifiers, minimum)
        scored = self._score(Weighted(tokens, variants.weights), candidates.names)
        matches, best_below = self._judge(query, scored, minimum_score)
        best = matches[0] if matches else best_below
        return SearchResult(
            matches=tuple(best_matches(matches)),
            best_score=best.score if best else 0.0,
            best_below=best_below,
            candidates=candidates.seen,
            generation=self.generation,
        )

    def _score(self, asked: Weighted, names: Sequence[int]) -> list[_Scored]:
        """Align every candidate; of each entity the best name stays, best entity first."""
        arrays = self._arrays
        best: dict[int, _Scored] = {}
        for name in names:
            token_ids = arrays.name_tokens(name)
            listed = Weighted(
                tuple([arrays.token(token_id) for token_id in token_ids]),
                tuple([arrays.weight(token_id) for token_id in token_ids]),
            )
            alignment = align(asked, listed)
            score = 100.0 * alignment.score
            if arrays.name_quality(name) == "weak":
                score = min(score, WEAK_ALIAS_CAP)
            entity = arrays.name_entity[name]
            if entity not in best or score > best[entity].score:
                best[entity] = _Scored(score, name, entity, alignment)
        return sorted(best.values(), key=lambda scored: (-scored.score, scored.entity))

    def _judge(
        self, query: NameQuery, scored: Sequence[_Scored], minimum_score: float
    ) -> tuple[list[NameMatch], NameMatch | None]:
        """Add the evidence to every name that can still reach the minimum, and to the best of the others."""
        reach = agreement_reach(query) + (IDENTIFIER_AGREES if query.identifiers else 0.0)
        matches: list[NameMatch] = []
        below: list[NameMatch] = []
        for position, candidate in enumerate(scored):
            if candidate.score + reach < minimum_score and (position > 0):
                break
            match = self._match(query, candidate)
            (matches if match.score >= minimum_score else below).append(match)
        matches.sort(key=lambda match: -match.score)
        return matches, max(below, key=lambda match: match.score, default=None)

    def _match(self, query: NameQuery, candidate: _Scored) -> NameMatch:
        arrays = self._arrays
        entity = arrays.entity(candidate.entity)
        evidence = weigh(query, entity)
        quality = arrays.name_quality(candidate.name)
        return NameMatch(
            entry_id=entity.entry_id,
            list_code=entity.list_code,
            kind=entity.kind,
            reference=entity.reference,
            matched_name=entity.names[arrays.name_place(candidate.name)].text,
            listed_primary_name=entity.primary_name,
            score=_with_evidence(candidate.score, evidence, weak=quality == "weak"),
            quality=quality,
            entity_type=entity.entity_type,
            contradictions=evidence.contradictions,
            agreements=evidence.agreements,
            explanation=(*candidate.alignment.explain(), *evidence.explain()),
        )


def _with_evidence(name_score: float, evidence: Evidence, *, weak: bool) -> float:
    score = name_score + evidence.points
    if weak and not evidence.agreements:
        score = min(score, WEAK_ALIAS_CAP)
    return round(min(max(score, 0.0), 100.0), 1)


def best_matches(matches: Sequence[NameMatch]) -> list[NameMatch]:
    """Of matches in order, best first, the 20 that are worth showing, in order."""
    if len(matches) <= MOST_MATCHES:
        return list(matches)
    sanctioned = [match for match in matches if match.kind == "sanctions"][:MOST_SANCTIONED_FIRST]
    taken = {match.entry_id for match in sanctioned}
    others = [match for match in matches if match.entry_id not in taken]
    kept = sanctioned + others[: MOST_MATCHES - len(sanctioned)]
    return sorted(kept, key=lambda match: -match.score)
