"""Judging a search: pure, from matches, thresholds and decisions to a status. And what makes an entry another one."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from screening.match_decisions import KnownDecision, material_digest, of_party
from screening.names.entity import ListedEntity, ListedName, NameMatch, NameQuery, SearchResult
from screening.names.thresholds import THRESHOLDS
from screening.screenings.judge import Judged, judge

QUERY = NameQuery("A Name")
ENTITY = ListedEntity(
    entry_id="l:1",
    list_code="l",
    kind="sanctions",
    reference="1",
    names=(ListedName("A Name"), ListedName("Another", "alias")),
    birth_dates=("1950", "1951"),
    countries=("GB", "RU"),
    identifiers=("P-1", "P-2"),
    remarks="first",
)


def match(entry: str, score: float, **fields: Any) -> NameMatch:
    given: dict[str, Any] = {
        "entry_id": entry,
        "list_code": "l",
        "kind": "sanctions",
        "reference": entry,
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


def judged(*matches: NameMatch, known: tuple[KnownDecision, ...] = (), **options: Any) -> Judged:
    result = SearchResult(matches, max((one.score for one in matches), default=0.0), None, 7, "gen_1")
    decided = of_party(known, "customer", QUERY.name)
    return judge(QUERY, lambda _: result, THRESHOLDS, decided, **options)


def decision(entry: str, verdict: str, counterparty: str | None = None) -> KnownDecision:
    return KnownDecision(uuid4(), entry, verdict, counterparty, None)


@pytest.mark.parametrize(
    ("found", "status"),
    [
        ((), "clear"),
        ((match("a", 84.9),), "clear"),
        ((match("a", 85.0),), "review"),
        ((match("a", 100.0),), "review"),
        ((match("a", 94.9, agreements=("born",)),), "review"),
        ((match("a", 95.0, agreements=("born",)),), "confirmed"),
        ((match("a", 95.0, agreements=("born",), contradictions=("country",)),), "review"),
        ((match("a", 96.0, kind="pep", contradictions=("country",)),), "clear"),
        ((match("a", 80.0, quality="weak"),), "clear"),
        ((match("a", 99.0, quality="weak"),), "clear"),
        ((match("a", 85.0), match("b", 95.0, agreements=("born",))), "confirmed"),
    ],
)
def test_the_status_follows_from_score_and_evidence(found: tuple[NameMatch, ...], status: str) -> None:
    assert judged(*found).status == status


def test_near_misses_are_shown_from_seventy_on_and_five_at_most() -> None:
    found = judged(*[match(str(number), 80.0 - number) for number in range(15)])
    assert (found.status, len(found.near_misses)) == ("clear", 5)
    assert [one.score for one in judged(match("a", 70.0), match("b", 69.9)).near_misses] == [70.0]


def test_what_was_ruled_out_is_shown_and_decides_nothing() -> None:
    known = (decision("a", "not_this_person"),)
    found = judged(match("a", 100.0), match("b", 90.0), known=known)
    assert [one.entry_id for one in found.matches] == ["b"]
    assert [(one.entry_id, one.decision_id) for one in found.suppressed] == [("a", str(known[0].id))]
    assert found.score == 90.0


def test_a_decision_about_a_counterparty_says_nothing_of_the_customer() -> None:
    assert judged(match("a", 100.0), known=(decision("a", "not_this_person", "a name"),)).status == "review"


def test_what_would_not_count_is_a_near_miss_and_no_suppression() -> None:
    found = judged(match("a", 75.0), known=(decision("a", "not_this_person"),))
    assert (found.suppressed, [one.entry_id for one in found.near_misses]) == ((), ["a"])


def test_with_only_some_entries_nothing_else_is_seen() -> None:
    found = judged(match("a", 100.0), match("b", 90.0), match("c", 75.0), only=frozenset({"b"}))
    assert ([one.entry_id for one in found.matches], found.near_misses) == (["b"], ())


@pytest.mark.parametrize(
    "change",
    [
        {"names": (ListedName("A Name"),)},
        {"names": (ListedName("A Name"), ListedName("Another", "weak"))},
        {"names": (ListedName("B Name"), ListedName("Another", "alias"))},
        {"birth_dates": ("1950",)},
        {"countries": ("GB", "RU", "IR")},
        {"identifiers": ("P-1", "P-3")},
    ],
)
def test_a_material_change_makes_it_another_entry(change: dict[str, Any]) -> None:
    assert material_digest(replace(ENTITY, **change)) != material_digest(ENTITY)


@pytest.mark.parametrize(
    "change",
    [
        {"remarks": "other"},
        {"addresses": ("Somewhere",)},
        {"names": ENTITY.names[::-1]},
        {"birth_dates": ENTITY.birth_dates[::-1]},
        {"countries": ENTITY.countries[::-1]},
        {"identifiers": ENTITY.identifiers[::-1]},
    ],
)
def test_any_other_change_leaves_it_the_same(change: dict[str, Any]) -> None:
    assert material_digest(replace(ENTITY, **change)) == material_digest(ENTITY)
