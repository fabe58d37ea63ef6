"""Both parties' names against the watchlists: a sanctions match 95, a politically exposed person 70, another list 60.

Each party leaves its evidence: the matches that count, near misses for analysts, and for a non-match the proof (list
generation, candidates, best score). The other layers read the result as facts.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from ratel.identifiers import show
from screening.context import Context
from screening.layers.result import LayerResult, Outcome
from screening.match_decisions import KnownDecision, of_party, sort_matches
from screening.names.entity import EntityType, NameMatch, NameQuery, SearchResult
from screening.names.thresholds import Threshold, counts, near_misses
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
_ENTITY_TYPES: Final[dict[str, EntityType]] = {"business": "company", "individual": "person"}
Search = Callable[[NameQuery], SearchResult]


@dataclass(frozen=True)
class Party:
    """One party that was screened: `role` is customer or counterparty; `suppressed` would count but for a decision."""

    role: str
    result: SearchResult
    matches: tuple[NameMatch, ...]
    thresholds: dict[str, Threshold]
    suppressed: tuple[tuple[NameMatch, KnownDecision], ...] = ()

    def matches_kind(self, *kinds: str) -> bool:
        return any(match.kind in kinds for match in self.matches)


def queries(context: Context) -> Iterator[tuple[str, NameQuery]]:
    """The names to screen: the customer's where known, the counterparty's where given."""
    facts, transaction, profile = context.facts, context.transaction, context.profile
    if facts["customerName"]:
        yield (
            "customer",
            NameQuery(
                name=facts["customerName"],
                entity_type=_ENTITY_TYPES.get(facts["entityType"]),
                birth_date=profile.birth_date,
                countries=_known(profile.nationality, facts["homeCountry"]),
                identifiers=_known(facts["customerNik"]),
                gender=profile.gender,
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


def _known(*values: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys([value for value in values if value]))


def run(
    context: Context, policy: Policy, search: Search, known: tuple[KnownDecision, ...] = ()
) -> LayerResult:
    """`known` are the decisions about the customer's matches that are in force."""
    thresholds = thresholds_of(policy)
    parties = tuple(_screen(role, query, search, thresholds, known) for role, query in queries(context))
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


def _screen(
    role: str,
    query: NameQuery,
    search: Search,
    thresholds: dict[str, Threshold],
    known: tuple[KnownDecision, ...],
) -> Party:
    result = search(query)
    if known and result.matches:
        decided = of_party(known, role, query.name)
        split = sort_matches(result.matches, decided, lambda match: counts(match, thresholds))
        return Party(role, result, split.kept, thresholds, split.suppressed)
    return Party(
        role, result, tuple(match for match in result.matches if counts(match, thresholds)), thresholds
    )


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
    evidence = {
        "role": party.role,
        "generation": result.generation,
        "candidates": result.candidates,
        "bestScore": result.best_score,
        "matches": [_shown(match) for match in party.matches],
        "nearMisses": [
            _shown(match) for match in near_misses(result.matches, NEAR_MISSES_KEPT, party.thresholds)
        ],
    }
    if party.suppressed:
        evidence["suppressed"] = [
            {**_shown(match), "decisionId": show("mdc", decision.id)} for match, decision in party.suppressed
        ]
    return evidence


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
