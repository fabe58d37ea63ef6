"""Lists of politically exposed persons are a hundred times longer than sanctions lists and must hide nobody on them."""

from pathlib import Path

import pytest

from screening.names.entity import NameQuery
from screening.names.index import MOST_MATCHES, NameIndex, build_index
from screening.names.thresholds import counts
from tests.names.conftest import listed


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> NameIndex:
    crowd = [listed(f"p{number}", "Jose Rodriguez", kind="pep") for number in range(300)]
    crowd += [listed(f"g{number}", f"Jose Go{number:04}nez", kind="pep") for number in range(4_000)]
    crowd += [listed(f"r{number}", f"Fo{number:04}rez Rodriguez", kind="pep") for number in range(4_000)]
    wanted = [listed("wanted", "Jose Rodrigues"), listed("other", "Josef Rodriguez")]
    directory: Path = tmp_path_factory.mktemp("crowds") / "g"
    build_index([*crowd, *wanted], directory, generation="1")
    return NameIndex.open(directory)


def test_a_sanctioned_namesake_is_found_among_hundreds_of_politicians(index: NameIndex) -> None:
    matches = index.search(NameQuery("Jose Rodriguez")).matches
    assert {"wanted", "other"} <= {match.reference for match in matches if counts(match)}


def test_no_crowd_makes_an_answer_longer(index: NameIndex) -> None:
    result = index.search(NameQuery("Jose Rodriguez"))
    assert len(result.matches) == MOST_MATCHES
    assert [match.score for match in result.matches] == sorted(
        [match.score for match in result.matches], reverse=True
    )


def test_two_common_words_are_found_together_in_any_order_and_misspelled(index: NameIndex) -> None:
    for name in ("Rodriguez Jose", "Rodrigues Jose", "Rodriguez Josse"):
        matches = index.search(NameQuery(name)).matches
        assert {"wanted", "other"} & {match.reference for match in matches if counts(match)}
