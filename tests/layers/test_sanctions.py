"""The sanctions layer: its scores, its thresholds by kind of list, and what rules learn of it."""

from collections.abc import Callable
from typing import Any

import pytest

from screening.layers import sanctions
from screening.layers.result import LayerResult, Outcome
from screening.names.entity import NameMatch, NameQuery, SearchResult
from screening.policy import DEFAULTS, merged, parse_policy
from screening.transaction import Counterparty, Customer
from tests.layers.desk import POLICY, context, payment

Search = Callable[[NameQuery], SearchResult]
BOTH = payment(
    customer=Customer(name="A Customer"), counterparty=Counterparty(name="A Counterparty", country="GB")
)


def match(kind: Any, score: float = 100.0, **fields: Any) -> NameMatch:
    given: dict[str, Any] = {
        "entry_id": f"{kind} {score} {fields}",
        "list_code": "demo",
        "kind": kind,
        "reference": "demo-1",
        "matched_name": "A Name",
        "listed_primary_name": "A Name",
        "score": score,
        "quality": "primary",
        "entity_type": "person",
        "contradictions": (),
        "agreements": (),
        "explanation": ("exact",),
    }
    return NameMatch(**{**given, **fields})


def found(*matches: NameMatch, for_name: str = "A Counterparty") -> Search:
    def search(query: NameQuery) -> SearchResult:
        seen = matches if query.name == for_name else ()
        return SearchResult(tuple(seen), max((one.score for one in seen), default=12.5), None, 7, "gen_1")

    return search


def run(search: Search, **policy: Any) -> LayerResult:
    chosen = parse_policy(merged(DEFAULTS, policy)) if policy else POLICY
    return sanctions.run(context(transaction=BOTH), chosen, search)


@pytest.mark.parametrize("who", ["A Customer", "A Counterparty"])
@pytest.mark.parametrize(
    ("kind", "score", "outcome"),
    [
        ("sanctions", 95, Outcome.BLOCK),
        ("pep", 70, Outcome.ESCALATE),
        ("internal", 60, Outcome.REVIEW),
        ("adverse_media", 60, Outcome.REVIEW),
    ],
)
def test_a_match_of_either_party_has_the_score_of_the_page(
    who: str, kind: str, score: int, outcome: Outcome
) -> None:
    result = run(found(match(kind), for_name=who))
    assert (result.score, result.outcome) == (score, outcome)
    (reason,) = result.reasons
    assert reason.startswith(who.removeprefix("A "))
    assert "100 of 100" in reason


def test_no_match_scores_nothing_and_leaves_its_proof() -> None:
    result = run(found())
    assert (result.score, result.outcome, result.reasons) == (0, Outcome.PASS, ())
    assert result.evidence is not None
    for party in result.evidence["parties"]:
        assert (party["generation"], party["candidates"], party["bestScore"]) == ("gen_1", 7, 12.5)


@pytest.mark.parametrize(
    ("kind", "score", "counts"),
    [
        ("sanctions", 85.0, True),
        ("sanctions", 84.9, False),
        ("pep", 95.0, True),
        ("pep", 94.9, False),
        ("internal", 90.0, True),
        ("internal", 89.9, False),
        ("adverse_media", 90.0, True),
        ("adverse_media", 89.9, False),
    ],
)
def test_a_match_counts_from_the_threshold_of_its_kind(kind: str, score: float, counts: bool) -> None:
    result = run(found(match(kind, score)))
    assert (result.score > 0) is counts
    assert result.evidence is not None
    party = result.evidence["parties"][1]
    assert (len(party["matches"]), len(party["nearMisses"])) == ((1, 0) if counts else (0, 1))


def test_a_pep_match_that_anything_contradicts_does_not_count_and_a_sanctions_match_does() -> None:
    assert run(found(match("pep", contradictions=("country",)))).score == 0
    assert run(found(match("sanctions", contradictions=("country",)))).score == 95


def test_the_thresholds_are_the_teams_own() -> None:
    assert run(found(match("sanctions", 92)), thresholds={"sanctions": 93}).score == 0
    assert run(found(match("pep", 80)), thresholds={"pep": 80}).score == 70


def test_of_several_matches_the_most_severe_decides() -> None:
    result = run(found(match("adverse_media"), match("pep"), match("sanctions", 86)))
    assert (result.score, result.outcome) == (95, Outcome.BLOCK)


def test_rules_learn_who_matches_what() -> None:
    result = run(found(match("pep"), match("internal")))
    assert result.evidence is not None
    facts = result.evidence["facts"]
    assert (facts["counterpartyMatchesPep"], facts["counterpartyMatchesPrivateList"]) == (True, True)
    assert (facts["counterpartyMatchesSanctions"], facts["customerMatchesPep"]) == (False, False)
    assert facts["matchedLists"] == ["demo", "internal", "pep"]


def test_a_party_without_a_name_is_unknown_and_not_clear() -> None:
    only_customer = payment(customer=Customer(name="A Customer"))
    result = sanctions.run(context(transaction=only_customer), POLICY, found())
    assert result.evidence is not None
    assert result.evidence["facts"]["customerMatchesSanctions"] is False
    assert "counterpartyMatchesSanctions" not in result.evidence["facts"]


def test_what_is_known_of_a_party_is_handed_to_the_search() -> None:
    business = payment(
        customer=Customer(name="A Customer", entity_type="business"),
        counterparty=Counterparty(name="A Counterparty", country="GB", national_id="3174012345678901"),
    )
    asked = dict(sanctions.queries(context(transaction=business)))
    assert asked["customer"] == NameQuery(name="A Customer", entity_type="company")
    assert asked["counterparty"].countries == ("GB",)
    assert asked["counterparty"].identifiers == ("3174012345678901",)
    assert asked["counterparty"].entity_type is None
