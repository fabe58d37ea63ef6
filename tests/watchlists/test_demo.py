"""The list that comes with Ratel works as promised."""

from pathlib import Path

import pytest

import screening.watchlists
from screening.names.entity import NameQuery
from screening.names.index import NameIndex, build_index
from screening.names.thresholds import counts
from screening.watchlists.formats import read_all

DEMO = Path(screening.watchlists.__file__).parent / "demo.csv"


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> NameIndex:
    directory = tmp_path_factory.mktemp("demo") / "generation"
    build_index(read_all("csv", DEMO, list_code="demo").entities, directory, generation="demo")
    return NameIndex.open(directory)


def test_every_row_is_good() -> None:
    contents = read_all("csv", DEMO, list_code="demo")
    assert contents.bad_records == ()
    kinds = [entity.kind for entity in contents.entities]
    assert kinds.count("sanctions") >= 40
    assert kinds.count("pep") >= 15


def test_everybody_listed_is_found_by_their_own_name(index: NameIndex) -> None:
    for entity in read_all("csv", DEMO, list_code="demo").entities:
        best = index.search(NameQuery(entity.primary_name)).matches[0]
        assert (best.entry_id, best.score) == (entity.entry_id, 100.0)


@pytest.mark.parametrize(
    "name", ["Viktor Bout", "Joaquin Guzman", "Ramzan Kadyrow", "Bola Tinubu", "Владимир Путин"]
)
def test_the_usual_spellings_count(index: NameIndex, name: str) -> None:
    assert counts(index.search(NameQuery(name)).matches[0])


@pytest.mark.parametrize(
    "name", ["Adaeze Okonkwo", "Budi Santoso", "John Smith", "Siti Nurhaliza", "Acme Trading Ltd"]
)
def test_usual_customers_do_not(index: NameIndex, name: str) -> None:
    assert not index.search(NameQuery(name)).matches
