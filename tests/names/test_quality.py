"""How many innocents alert and how many misspelled listed names are found, on real lists.

Needs the folder of public lists and names that RATEL_DATA points to; without it nothing here runs.
"""

import os
from pathlib import Path

import pytest

from screening.bench_names.corpus import innocent_names, listed_entities
from screening.bench_names.edits import EDITS
from screening.bench_names.quality import Edited, alert_shares, edited_names, recall
from screening.names.entity import ListedEntity
from screening.names.index import NameIndex, build_index

DATA = Path(os.environ.get("RATEL_DATA", "/nonexistent"))
INNOCENTS = 3_000
EDITED_OF_EACH_KIND = 400
CHANCE = 0.01
"""A sample of so few may fall below the share that all names reach."""

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="RATEL_DATA is not set")


@pytest.fixture(scope="module")
def entities() -> list[ListedEntity]:
    return listed_entities(DATA)


@pytest.fixture(scope="module")
def index(entities: list[ListedEntity], tmp_path_factory: pytest.TempPathFactory) -> NameIndex:
    directory = tmp_path_factory.mktemp("quality") / "generation"
    build_index(entities, directory, generation="quality")
    return NameIndex.open(directory)


@pytest.fixture(scope="module")
def edited(entities: list[ListedEntity]) -> list[Edited]:
    return edited_names(entities, EDITED_OF_EACH_KIND)


def test_at_most_one_innocent_in_a_hundred_alerts(index: NameIndex) -> None:
    assert alert_shares(index, innocent_names(DATA, INNOCENTS))[85.0] <= 0.01


@pytest.mark.parametrize("edit", EDITS)
def test_a_misspelled_listed_name_is_found(index: NameIndex, edited: list[Edited], edit: str) -> None:
    asked = [each for each in edited if each.edit == edit]
    assert len(asked) == EDITED_OF_EACH_KIND
    assert recall(index, asked)[edit] >= EDITS[edit][1] - (CHANCE if EDITS[edit][1] < 1.0 else 0.0)
