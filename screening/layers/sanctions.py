"""Both parties' names against the watchlists: a sanctions match 95, a politically exposed person 70, another list 60.

Each party leaves its evidence: the matches that count, near misses for analysts, and for a non-match the proof (list
generation, candidates, best score). The other layers read the result as facts.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from screening.context import Context
from screening.layers.result import LayerResult, Outcome
from screening.names.entity import NameMatch, NameQuery, SearchResult
from screening.names.thresholds import Threshold, counts
from screening.policy import Policy

NAME: Final = "sanctions"
SCORES: Final = {"sanctions": (95, Outcome.BLOCK), "pep": (70, Outcome.ESCALATE)}
OTHER_LIST: Final = (60, Outcome.REVIEW)
KIND_NAMES: Final = {
    "sanctions": "a sanctions entry",
    "pep": "a politically exposed person",
    "internal": "an entry of a private list",
    "adverse_media": "an adverse media entry",
}
NEAR_MISSES_KEPT: Final = 5
Search = Callable[[NameQuery], SearchResult]


@dataclass(frozen=True)
class Party:
    """One party that was screened: `role` is customer or counterparty."""

    role: str
    result: SearchResult
    matches: tuple[NameMatch, ...]

    def matches_kind(self, *kinds: str) -> bool:
        return any(match.kind in kinds for match in self.matches)


def queries(context: Context) -> Iterator[tuple[str, NameQuery]]:
    """The names to screen: the customer's where known, the counterparty's where given."""
    facts, transaction = context.facts, context.transaction
    if facts["customerName"]:
        yield (
            "customer",
            NameQuery(
                name=facts["customerName"],
                entity_type="company" if facts["isBusiness"] else None,
                countries=_known(facts["homeCountry"]),
                identifiers=_known(facts["customerNik"]),
            ),
        )
    if transaction.counterparty.name:
        yield (
            "counterparty",
            NameQuery(
                name=transaction.counterparty.name,
                countries=_known(transaction.counterparty.country),
                identifiers=_known(transaction.counterparty.national_id),
            ),
        )


def _known(value: str | None) -> tuple[str, ...]:
    return (value,) if value else ()


def run(context: Context, policy: Policy, search: Search) -> LayerResult:
    thresholds = thresholds_of(policy)
    parties = tuple(_screen(role, search(query), thresholds) for role, query in queries(context))
    scored = [SCORES.get(match.kind, OTHER_LIST) for party in parties for match in party.matches]
    score, outcome = max(scored, default=(0, Outcome.PASS))
    generation = parties[0].result.generation if parties else ""
    return LayerResult(
        NAME,
        Decimal(score),
        outcome,
        tuple(_reasons(parties)),
        version=generation,
        evidence={"parties": [_evidence(party) for party in parties], "facts": facts_of(parties)},
    )


@lru_cache(maxsize=1_024)
def _thresholds(scores: tuple[tuple[str, Decimal], ...]) -> dict[str, Threshold]:
    return {kind: Threshold(float(score), refuses_contradictions=kind == "pep") for kind, score in scores}


def thresholds_of(policy: Policy) -> dict[str, Threshold]:
    """From which score a match counts, per list kind; made once per policy, as it is asked for every name."""
    return _thresholds(tuple(policy.thresholds.items()))


def _screen(role: str, result: SearchResult, thresholds: dict[str, Threshold]) -> Party:
    return Party(role, result, tuple(match for match in result.matches if counts(match, thresholds)))


def _reasons(parties: Iterable[Party]) -> Iterator[str]:
    for party in parties:
        for match in party.matches[:3]:
            yield (
                f"{party.role.capitalize()} matches {KIND_NAMES[match.kind]}, {match.score:.0f} of 100:"
                f" {match.listed_primary_name} ({match.list_code} {match.reference})"
            )


def facts_of(parties: Iterable[Party]) -> dict[str, Any]:
    """The fields that rules read of this layer; a party that was not screened is unknown, not clear."""
    facts: dict[str, Any] = {}
    lists: set[str] = set()
    for party in parties:
        facts[f"{party.role}MatchesSanctions"] = party.matches_kind("sanctions")
        facts[f"{party.role}MatchesPep"] = party.matches_kind("pep")
        facts[f"{party.role}MatchesPrivateList"] = party.matches_kind("internal", "adverse_media")
        for match in party.matches:
            lists.update((match.kind, match.list_code))
    facts["matchedLists"] = sorted(lists) if facts else None
    return facts


def _evidence(party: Party) -> dict[str, Any]:
    result = party.result
    counted = {match.entry_id for match in party.matches}
    near = [match for match in result.matches if match.entry_id not in counted][:NEAR_MISSES_KEPT]
    return {
        "role": party.role,
        "generation": result.generation,
        "candidates": result.candidates,
        "bestScore": result.best_score,
        "matches": [_shown(match) for match in party.matches],
        "nearMisses": [_shown(match) for match in near],
    }


def _shown(match: NameMatch) -> dict[str, Any]:
    return {
        "entryId": match.entry_id,
        "list": match.list_code,
        "kind": match.kind,
        "reference": match.reference,
        "matchedName": match.matched_name,
        "listedName": match.listed_primary_name,
        "score": match.score,
        "quality": match.quality,
        "explanation": list(match.explanation),
    }
