"""A generation on disk is complete or absent, and immutable."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from screening.names.arrays import IndexArrays
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


@pytest.mark.parametrize("broken", ["generation.json", "key_bucket.npy", "entity.npy", "name_token.npy"])
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


SLOW_BUILDER = """
import sys, time
from pathlib import Path
from screening.names import storage
from screening.names.index import build_index
from tests.names.conftest import ENTITIES

write = storage._write

def slowly(path, array):
    write(path, array)
    print(path.name, flush=True)
    time.sleep(0.05)

storage._write = slowly
build_index(ENTITIES, Path(sys.argv[1]), generation="killed")
"""


@pytest.mark.parametrize("after_files", [1, 12])
def test_a_builder_that_is_killed_leaves_no_generation(tmp_path: Path, after_files: int) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SLOW_BUILDER, str(tmp_path / "g")], stdout=subprocess.PIPE, text=True
    ) as builder:
        assert builder.stdout is not None
        for _ in range(after_files):
            assert builder.stdout.readline()
        os.kill(builder.pid, signal.SIGKILL)
    assert not (tmp_path / "g").exists()
    assert [path.suffix for path in tmp_path.iterdir()] == [".partial"]
    build_index(ENTITIES, tmp_path / "g", generation="2")
    assert NameIndex.open(tmp_path / "g").search(NameQuery("Viktor Bout")).matches


def _build(directory: Path) -> bool:
    try:
        build_index(ENTITIES, directory, generation="1")
    except GenerationExistsError:
        return False
    return True


def test_of_builders_at_the_same_time_one_wins(tmp_path: Path) -> None:
    with ProcessPoolExecutor(4) as builders:
        won = list(builders.map(_build, [tmp_path / "g"] * 4))
    assert won.count(True) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["g"]


def test_every_entity_is_read_back_as_it_was_listed(tmp_path: Path) -> None:
    build_index(ENTITIES, tmp_path / "g", generation="1")
    arrays = IndexArrays(tmp_path / "g")
    assert [arrays.entity(place) for place in range(len(ENTITIES))] == list(ENTITIES)


def test_a_broken_character_in_a_list_does_not_stop_the_build(tmp_path: Path) -> None:
    build_index([listed("1", "Viktor\ud800 Bout")], tmp_path / "g", generation="1")
    (match,) = NameIndex.open(tmp_path / "g").search(NameQuery("Viktor Bout")).matches
    assert match.matched_name == "Viktor? Bout"


def test_the_report_tells_the_index_from_the_evidence(tmp_path: Path) -> None:
    report = build_index(ENTITIES, tmp_path / "g", generation="1")
    assert 0 < report.index_bytes < report.size_bytes
