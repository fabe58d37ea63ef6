from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from screening.names.entity import NameQuery
from screening.names.index import NameIndex, build_index
from screening.names.thresholds import counts
from tests.names.conftest import listed


def best(index: NameIndex, name: str, **known: object) -> tuple[str, float]:
    matches = index.search(NameQuery(name, **known)).matches  # type: ignore[arg-type]  # keywords of the query
    return (matches[0].reference, matches[0].score) if matches else ("", 0.0)


@pytest.mark.parametrize(
    ("name", "reference"),
    [
        ("Joaquin Guzman Loera", "1"),
        ("Loera Joaquin Guzman", "1"),
        ("Joaquin Guzman", "1"),
        ("Joaqiun Guzman Loera", "1"),
        ("Joaquin Gusman Loera", "1"),
        ("J Guzman Loera", "1"),
        ("JoaquinGuzman Loera", "1"),
        ("Viktor Bout", "2"),
        ("Abdalrahman alHarbi", "3"),
        ("Abdul Rahman Al Harbi", "3"),
        ("Mohamed Qassim Rahimi", "4"),
        ("\u041e\u041e\u041e Ромашка Трейдинг", "5"),
        ("Romashka Trading Limited", "5"),
        ("Vladimir Putin", "9"),
        ("Владимир Путин", "9"),
        ("习近平", "10"),
        ("Xi Jin Ping", "10"),
        ("Eleftherios Venizelos", "14"),
        ("Kazem Barrera Barrera", "16"),
    ],
)
def test_a_listed_name_is_found_however_it_is_written(index: NameIndex, name: str, reference: str) -> None:
    found, score = best(index, name)
    assert found == reference
    assert score >= 85.0


@pytest.mark.parametrize(
    "name",
    [
        "Marco Rossi",
        "Joaquin Phoenix",
        "Viktor Orban",
        "Ji Song 8",
        "Paco",
        "Trading Company",
        "Lee Na",
        "Corp Ltd",
    ],
)
def test_an_innocent_name_does_not_alert(index: NameIndex, name: str) -> None:
    assert not [match for match in index.search(NameQuery(name)).matches if counts(match)]


def test_an_exact_name_scores_a_hundred(index: NameIndex) -> None:
    assert best(index, "JOKO WIDODO") == ("8", 100.0)


def test_one_match_an_entity_with_the_name_that_fits_best(index: NameIndex) -> None:
    matches = index.search(NameQuery("Joaquin Archivaldo Guzman")).matches
    assert [match.reference for match in matches] == ["1"]
    assert matches[0].matched_name == "Joaquin Archivaldo Guzman"
    assert matches[0].listed_primary_name == "GUZMAN LOERA, Joaquin"


def test_a_weak_alias_is_seen_but_never_decides(index: NameIndex) -> None:
    (match,) = index.search(NameQuery("El Chapo")).matches
    assert match.quality == "weak"
    assert match.score == 80.0
    assert not counts(match)


def test_a_contradicting_birth_year_lowers_the_score(index: NameIndex) -> None:
    name, year = "Viktor Anatolijevitch Bout", "1990-01-01"
    (match,) = index.search(NameQuery(name, birth_date=year)).matches
    assert match.score == 85.0
    assert match.contradictions == ("born in another year, listed 1967-01-13",)
    assert match.explanation[-1] == "born in another year, listed 1967-01-13: -15"


def test_an_equal_identifier_raises_the_score(index: NameIndex) -> None:
    without = best(index, "Qasim Rahimi")[1]
    assert best(index, "Qasim Rahimi", identifiers=("P000123",))[1] == min(100.0, without + 15.0)


def test_a_ship_is_not_a_person(index: NameIndex) -> None:
    assert best(index, "Ji Song 6")[1] == 100.0
    assert best(index, "Ji Song 6", entity_type="person")[1] < 70.0


def test_a_miss_brings_its_proof(index: NameIndex) -> None:
    result = index.search(NameQuery("Joaquin Phoenix"))
    assert result.generation == "generation-1"
    assert result.candidates >= 1
    assert result.matches == ()
    assert result.best_below is not None
    assert result.best_below.reference == "1"
    assert 0.0 < result.best_score == result.best_below.score < 70.0


def test_a_lower_minimum_shows_more(index: NameIndex) -> None:
    assert not index.search(NameQuery("Joaquin Phoenix")).matches
    assert index.search(NameQuery("Joaquin Phoenix"), minimum_score=20).matches


def test_nothing_in_common_means_no_candidate(index: NameIndex) -> None:
    result = index.search(NameQuery("Zzyzx Qwfp"))
    assert (result.candidates, result.best_score, result.best_below) == (0, 0.0, None)


def test_many_threads_search_one_index(index: NameIndex) -> None:
    names = ["Joaquin Guzman", "Viktor Bout", "Marco Rossi", "Xi Jin Ping"] * 50
    alone = [index.search(NameQuery(name)) for name in names]
    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(lambda name: index.search(NameQuery(name)), names))
    assert together == alone


def test_two_very_common_words_are_found_together_in_any_order(tmp_path: Path) -> None:
    crowd = [listed(f"m{number}", f"Muhammad Xu{number:05}") for number in range(3_500)]
    crowd += [listed(f"a{number}", f"Ali Qo{number:05}") for number in range(3_500)]
    build_index([*crowd, listed("both", "Muhammad Ali")], tmp_path / "g", generation="1")
    matches = NameIndex.open(tmp_path / "g").search(NameQuery("Ali Muhammad")).matches
    assert [(match.reference, match.score) for match in matches] == [("both", 100.0)]
