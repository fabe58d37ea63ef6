"""What the search leaves out without comparing it could not have matched: held against comparing with every name."""

import random
from pathlib import Path

import numpy as np
import pytest

from screening.bench_names.edits import EDITS
from screening.names.alignment import Weighted, align
from screening.names.alike import FEW, alike
from screening.names.arrays import IndexArrays
from screening.names.build import build_index
from screening.names.entity import NameQuery
from screening.names.index import NameIndex
from screening.names.normalise import normalise
from screening.names.similarity import likeness
from screening.names.variants import VariantFinder
from tests.names.conftest import listed

_GIVEN = """
    muhammad ahmed hassan ali viktor vladimir aleksandr joaquin maria jose luis carlos juan pedro yusuf ibrahim
    omar khalid sergei natalia olena giorgos eleni wei ming jun hiroshi kofi amara oluwaseun fatima zainab
"""
_FAMILY = """
    rahimi guzman loera bout petrenko ivanov kuznetsov garcia rodriguez hernandez nakamura okonkwo adeyemi haddad
    mansouri karimov papadopoulos venizelos schmidt brandt lindqvist kowalski novak horvat diaz moreno castillo
    barzani talabani sharif bhutto mehsud zawahiri suleimani qaani nasrallah
"""
GIVEN, FAMILY = _GIVEN.split(), _FAMILY.split()


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    chance = random.Random(3)
    names = {
        " ".join(
            [
                *chance.sample(GIVEN, chance.choice((1, 1, 2))),
                *chance.sample(FAMILY, chance.choice((1, 1, 2))),
            ]
        )
        for _ in range(600)
    }
    path = tmp_path_factory.mktemp("completeness") / "g"
    entities = [listed(str(number), name) for number, name in enumerate(sorted(names))]
    build_index(entities, path, generation="1")
    return path


def edited_names(directory: Path, count: int) -> list[str]:
    chance = random.Random(5)
    arrays = IndexArrays(directory)
    found = []
    while len(found) < count:
        name = arrays.entity(chance.randrange(arrays.description.entities)).primary_name
        edit = chance.choice([edit for edit, _ in EDITS.values()])
        edited = edit(list(normalise(name)), chance)
        if edited:
            found.append(" ".join(edited))
    return found


def test_the_search_finds_what_comparing_with_every_name_finds(directory: Path) -> None:
    arrays, index = IndexArrays(directory), NameIndex.open(directory)
    finder = VariantFinder(arrays)
    everybody = [arrays.name_tokens(name) for name in range(arrays.description.names)]
    listed_names = [
        Weighted(tuple(map(arrays.token, tokens)), tuple(map(arrays.weight, tokens))) for tokens in everybody
    ]
    queries = edited_names(directory, 150)
    missed = []
    for name in queries:
        asked = finder.find(normalise(name))
        query = Weighted(asked.tokens, asked.weights)
        best = round(100.0 * max(align(query, each).score for each in listed_names), 1)
        if best >= 70.0 and index.search(NameQuery(name)).best_score != best:
            missed.append((name, best, index.search(NameQuery(name)).best_score))
    assert len(missed) <= 0.01 * len(queries), missed


@pytest.mark.parametrize("token", ["muhamad", "rodrigez", "ali", "kuznetsova", "mhmd", "x", "guzman", "7"])
def test_many_tokens_are_compared_as_each_alone_would_be(directory: Path, token: str) -> None:
    arrays = IndexArrays(directory)
    ids = list(range(arrays.description.tokens))
    together = alike(arrays, token, ids)
    few = [alike(arrays, token, ids[begin : begin + FEW - 1]) for begin in range(0, len(ids), FEW - 1)]
    alone = [share for part in few for share in part]
    exact = [likeness(token, arrays.token(token_id))[1] for token_id in ids]
    assert np.allclose(together, alone)
    # Never less than the likeness itself, nor more than what another spelling could add.
    assert all(share >= true - 1e-6 for share, true in zip(together, exact, strict=True))
    assert all((share > 0) == (true > 0) for share, true in zip(together, exact, strict=True))


def test_a_remembered_token_means_what_it_meant_before(directory: Path) -> None:
    finder = VariantFinder(IndexArrays(directory))
    first, again = finder.find(("muhamad", "rahimy")), finder.find(("muhamad", "rahimy"))
    assert first.ids.tolist() == again.ids.tolist()
    assert first.shares.tolist() == again.shares.tolist()


def test_the_slates_are_clean_after_a_search(directory: Path) -> None:
    index = NameIndex.open(directory)
    for name in edited_names(directory, 30):
        index.search(NameQuery(name))
    assert not index._slates.owners.any()
    assert not index._slates.shares.any()
