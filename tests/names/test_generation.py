"""A generation on disk is complete or absent, and immutable."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from screening.names.entity import ListedEntity, NameQuery
from screening.names.index import NameIndex, build_index
from screening.names.storage import GenerationExistsError, IndexUnreadableError
from tests.names.conftest import ENTITIES, listed


def test_the_report_counts_what_was_built(tmp_path: Path) -> None:
    entities = [*ENTITIES, listed("90", "😀"), ENTITIES[0]]
    report = build_index(entities, tmp_path / "g", generation="2026-11-21")
    assert report.generation == "2026-11-21"
    assert report.entities == len(ENTITIES)
    assert (report.skipped, report.repeated) == (1, 1)
    assert report.size_bytes > 0
    index = NameIndex.open(tmp_path / "g")
    assert index.entity_count == len(ENTITIES)
    assert index.list_counts == {"test": len(ENTITIES)}


def test_progress_is_told(tmp_path: Path) -> None:
    seen: list[int] = []
    build_index(ENTITIES, tmp_path / "g", generation="1", progress=seen.append)
    assert seen[-1] == len(ENTITIES)


def test_an_empty_list_can_be_opened_and_asked(tmp_path: Path) -> None:
    build_index([], tmp_path / "g", generation="1")
    assert (
        NameIndex.open(tmp_path / "g").search(NameQuery("Viktor Bout", identifiers=("P000123",))).matches
        == ()
    )


def test_a_generation_is_never_overwritten(tmp_path: Path) -> None:
    build_index(ENTITIES, tmp_path / "g", generation="1")
    with pytest.raises(GenerationExistsError):
        build_index([], tmp_path / "g", generation="2")
    assert NameIndex.open(tmp_path / "g").generation == "1"


def test_a_builder_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def breaks_off() -> Iterator[ListedEntity]:
        yield ENTITIES[0]
        raise RuntimeError("the reader broke")

    with pytest.raises(RuntimeError):
        build_index(breaks_off(), tmp_path / "g", generation="1")
    assert list(tmp_path.iterdir()) == []


def test_the_same_lists_give_the_same_files(tmp_path: Path) -> None:
    for name in ("a", "b"):
        build_index(ENTITIES, tmp_path / name, generation="1")
    for file in (tmp_path / "a").iterdir():
        assert file.read_bytes() == (tmp_path / "b" / file.name).read_bytes()


@pytest.mark.parametrize("broken", ["generation.json", "key.npy", "entity.npy", "name_token.npy"])
def test_an_incomplete_generation_is_refused(tmp_path: Path, broken: str) -> None:
    build_index(ENTITIES, tmp_path / "g", generation="1")
    file = tmp_path / "g" / broken
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with pytest.raises(IndexUnreadableError):
        NameIndex.open(tmp_path / "g")
    file.unlink()
    with pytest.raises(IndexUnreadableError):
        NameIndex.open(tmp_path / "g")


def test_an_open_generation_answers_after_its_files_are_gone(tmp_path: Path) -> None:
    build_index(ENTITIES, tmp_path / "g", generation="1")
    index = NameIndex.open(tmp_path / "g")
    for file in (tmp_path / "g").iterdir():
        file.unlink()
    assert index.search(NameQuery("Viktor Bout")).matches
