"""How many innocents alert and how many misspelled listed names are found, on real lists.

Needs the folder of public lists and names that RATEL_DATA points to; without it nothing here runs.
"""

import gzip
import os
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from screening.names.entity import ListedEntity, NameQuery
from screening.names.index import NameIndex, build_index
from screening.names.normalise import normalise
from screening.names.vocabulary import WEAK_WEIGHTS
from screening.watchlists.formats import read_all

DATA = Path(os.environ.get("RATEL_DATA", "/nonexistent"))
LISTS = {
    "ofac-sdn": "watchlists/ofac",
    "ofac-consolidated": "watchlists/ofac",
    "un-xml": "watchlists/un/consolidated.xml",
    "canada-xml": "watchlists/canada/sema.xml",
    "bis-dpl": "watchlists/bis/dpl.txt",
}
SAMPLE_SIZE = 300

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="RATEL_DATA is not set")

Edit = Callable[[list[str], random.Random], list[str] | None]


@pytest.fixture(scope="module")
def entities() -> list[ListedEntity]:
    return [entity for code, path in LISTS.items() for entity in read_all(code, DATA / path).entities]


@pytest.fixture(scope="module")
def index(entities: list[ListedEntity], tmp_path_factory: pytest.TempPathFactory) -> NameIndex:
    directory = tmp_path_factory.mktemp("quality") / "generation"
    build_index(entities, directory, generation="quality")
    return NameIndex.open(directory)


def innocents() -> Iterator[str]:
    chance = random.Random(7)
    for file in sorted((DATA / "names").glob("*.gz")):
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            titles = lines.read().split("\n")
        for title in chance.sample(titles, 600):
            yield re.sub(r"\(.*?\)", "", title).split(",")[0].replace("_", " ").strip()


def test_at_most_one_innocent_in_a_hundred_alerts(index: NameIndex) -> None:
    names = list(innocents())
    alerts = [name for name in names if index.search(NameQuery(name), minimum_score=85).matches]
    assert len(alerts) <= 0.01 * len(names)


def changed_token(change: Callable[[str, random.Random], str]) -> Edit:
    """Apply a change to one of the words of four letters or more."""

    def edit(tokens: list[str], chance: random.Random) -> list[str] | None:
        places = [place for place, token in enumerate(tokens) if len(token) > 3 and token.isalpha()]
        if not places:
            return None
        place = chance.choice(places)
        return [*tokens[:place], change(tokens[place], chance), *tokens[place + 1 :]]

    return edit


def swapped(token: str, chance: random.Random) -> str:
    place = chance.randrange(len(token) - 1)
    return token[:place] + token[place + 1] + token[place] + token[place + 2 :]


def without_a_letter(token: str, chance: random.Random) -> str:
    place = chance.randrange(len(token))
    return token[:place] + token[place + 1 :]


def with_another_vowel(token: str, chance: random.Random) -> str:
    places = [place for place, letter in enumerate(token) if letter in "aeiou"]
    if not places:
        return token
    place = chance.choice(places)
    return token[:place] + chance.choice("aeiou") + token[place + 1 :]


def reordered(tokens: list[str], chance: random.Random) -> list[str]:
    return chance.sample(tokens, len(tokens))


def dropped(tokens: list[str], chance: random.Random) -> list[str] | None:
    substantive = [token for token in tokens if token not in WEAK_WEIGHTS]
    if len(substantive) < 3:
        return None
    kept = list(tokens)
    kept.remove(chance.choice(substantive))
    return kept


def joined(tokens: list[str], chance: random.Random) -> list[str]:
    place = chance.randrange(len(tokens) - 1)
    return [*tokens[:place], tokens[place] + tokens[place + 1], *tokens[place + 2 :]]


def twice_misspelled(tokens: list[str], chance: random.Random) -> list[str] | None:
    changes = (swapped, without_a_letter, with_another_vowel)
    once = changed_token(chance.choice(changes))(tokens, chance)
    return changed_token(chance.choice(changes))(once, chance) if once else None


@pytest.mark.parametrize(
    ("edit", "least"),
    [
        (reordered, 0.99),
        (changed_token(swapped), 0.99),
        (changed_token(with_another_vowel), 0.99),
        (changed_token(without_a_letter), 0.97),
        (dropped, 0.95),
        (joined, 0.93),
        (twice_misspelled, 0.91),
    ],
    ids=["order", "swap", "vowel", "deletion", "dropped token", "joined", "two typos"],
)
def test_a_misspelled_listed_name_is_found(
    index: NameIndex, entities: list[ListedEntity], edit: Edit, least: float
) -> None:
    chance = random.Random(11)
    asked = found = 0
    for entity in chance.sample(entities, len(entities)):
        tokens = list(normalise(entity.primary_name))
        edited = (
            edit(tokens, chance)
            if len([t for t in tokens if t not in WEAK_WEIGHTS and len(t) > 1]) > 1
            else None
        )
        if edited is None:
            continue
        matches = index.search(NameQuery(" ".join(edited)), minimum_score=85).matches
        found += entity.entry_id in {match.entry_id for match in matches}
        asked += 1
        if asked == SAMPLE_SIZE:
            break
    assert found >= least * asked
