"""A list is replaced whole or not at all, and what answers is always one complete generation."""

import threading
from pathlib import Path

import pytest
from django.db import connection

from screening.models import Watchlist, WatchlistEntry, WatchlistGeneration
from screening.names.entity import ListedEntity, ListedName, NameQuery
from screening.names.storage import FORMAT
from screening.watchlists.building import KEPT_GENERATIONS, directory_for, directory_of
from screening.watchlists.current import PUBLIC_LISTS
from screening.watchlists.differences import UnknownGeneration, changed_entities, difference_of
from screening.watchlists.entries import ListAt, stored_form
from screening.watchlists.formats import ListRefused
from screening.watchlists.staging import insert_entries
from screening.watchlists.writing import reading, writing
from tests.watchlists.public import (
    counts,
    found,
    in_force,
    load,
    name_of,
    new_code,
    references,
    wait_until,
    write,
)


@pytest.fixture(autouse=True)
def database(django_db_setup: None) -> None:
    """These tests need one, unlike their neighbours."""


@pytest.fixture
def code() -> str:
    return new_code()


def test_a_first_load_adds_every_entry_and_names_a_generation(code: str, tmp_path: Path) -> None:
    loaded = load(write(tmp_path / "list.csv", code, range(5)), code)
    assert counts(loaded) == {"added": 5, "changed": 0, "removed": 0}
    assert loaded.generation == in_force().name
    assert references(code) == {f"r{number}" for number in range(5)}
    assert directory_for(in_force()).is_dir()
    wait_until(lambda: f"{code}:r3" in found(name_of(code, 3)))


def test_a_second_load_tells_exactly_what_differs(code: str, tmp_path: Path) -> None:
    load(write(tmp_path / "list.csv", code, range(20)), code)
    loaded = load(write(tmp_path / "list.csv", code, range(1, 22), r5="1970"), code)
    assert counts(loaded) == {"added": 2, "changed": 1, "removed": 1}
    with reading(None):
        difference = difference_of(loaded.generation)
        entities = {entity.reference: entity for entity in changed_entities(loaded.generation)}
    assert {change.entry_id for change in difference.added} == {f"{code}:r20", f"{code}:r21"}
    assert [change.reference for change in difference.changed] == ["r5"]
    assert [change.reference for change in difference.removed] == ["r0"]
    assert set(entities) == {"r5", "r20", "r21"}
    assert entities["r5"].birth_dates == ("1970",)


def test_the_difference_of_an_older_generation_stays_what_it_was(code: str, tmp_path: Path) -> None:
    load(write(tmp_path / "list.csv", code, range(10)), code)
    second = load(write(tmp_path / "list.csv", code, range(11)), code)
    load(write(tmp_path / "list.csv", code, range(9)), code)
    with reading(None):
        difference = difference_of(second.generation)
    assert [change.reference for change in difference.added] == ["r10"]
    assert (difference.changed, difference.removed) == ((), ())


def test_an_unknown_generation_has_no_difference() -> None:
    with reading(None), pytest.raises(UnknownGeneration):
        difference_of("gen_unknown")


def test_the_same_file_again_makes_no_generation(code: str, tmp_path: Path) -> None:
    path = write(tmp_path / "list.csv", code, range(5))
    first = load(path, code)
    again = load(path, code)
    assert counts(again) == {"added": 0, "changed": 0, "removed": 0}
    assert again.generation == first.generation == in_force().name


@pytest.mark.parametrize(
    "content", [b"", b"<!DOCTYPE html><html></html>", b"name,reference\nOnly One,r0\n", b"nom\nX\n"]
)
def test_a_file_that_is_refused_changes_nothing(code: str, tmp_path: Path, content: bytes) -> None:
    load(write(tmp_path / "list.csv", code, range(5)), code)
    before = (in_force().name, references(code), Watchlist.objects.filter(code=code).values().get())
    (tmp_path / "list.csv").write_bytes(content)
    with pytest.raises(ListRefused):
        load(tmp_path / "list.csv", code)
    assert (
        in_force().name,
        references(code),
        Watchlist.objects.filter(code=code).values().get(),
    ) == before
    assert f"{code}:r3" in found(name_of(code, 3))


def test_what_a_killed_load_staged_is_gone_after_the_next(code: str, tmp_path: Path) -> None:
    load(write(tmp_path / "list.csv", code, range(5)), code)
    watchlist = Watchlist.objects.get(organisation_id=None, code=code)
    left = ListedEntity(f"{code}:left", code, "sanctions", "left", (ListedName("Left Behind"),))
    with writing(None):
        insert_entries(None, ListAt(watchlist.id, watchlist.revision), [stored_form(left, is_private=False)])
        WatchlistEntry.objects.filter(watchlist=watchlist, reference="r0").update(
            revision_until=watchlist.revision + 1
        )
    assert references(code) == {f"r{number}" for number in range(5)}
    loaded = load(write(tmp_path / "list.csv", code, range(6)), code)
    assert counts(loaded) == {"added": 1, "changed": 0, "removed": 0}
    assert references(code) == {f"r{number}" for number in range(6)}
    assert not WatchlistEntry.objects.filter(watchlist=watchlist, reference="left").exists()


def test_a_canary_that_is_not_found_keeps_the_old_list(code: str, tmp_path: Path) -> None:
    load(write(tmp_path / "list.csv", code, range(5)), code)
    before = in_force().name
    with pytest.raises(ListRefused, match="canary name 2") as refused:
        load(
            write(tmp_path / "list.csv", code, range(6)),
            code,
            canaries=[name_of(code, 1), "Somebody Quite Different"],
        )
    assert "Different" not in str(refused.value)
    assert in_force().name == before
    assert references(code) == {f"r{number}" for number in range(5)}
    loaded = load(tmp_path / "list.csv", code, canaries=[name_of(code, 5)])
    assert counts(loaded) == {"added": 1, "changed": 0, "removed": 0}


def test_only_the_newest_generations_keep_their_directories(code: str, tmp_path: Path) -> None:
    for size in range(3, 5 + KEPT_GENERATIONS):
        load(write(tmp_path / "list.csv", code, range(size)), code)
    names = [directory.name for directory in directory_for(in_force()).parent.glob("gen_*")]
    # What a killed loader left, which was never published, goes after an hour.
    assert WatchlistGeneration.objects.filter(name__in=names).count() == KEPT_GENERATIONS
    assert directory_for(in_force()).is_dir()


def test_a_load_holds_no_writing_transaction_while_it_reads_and_builds(
    code: str, tmp_path: Path, owner_connection
) -> None:
    """The audit trail is linked only up to the oldest transaction that writes."""
    steps: dict[str, int] = {}

    def look(step: str) -> None:
        (count,) = owner_connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_xid IS NOT NULL"
            " AND pid <> pg_backend_pid()"
        ).fetchone()
        steps[step] = count

    load(write(tmp_path / "list.csv", code, range(5)), code, progress=look)
    assert set(steps) == {"reading list.csv", "storing 5 entries", "building the index", "trying the index"}
    assert set(steps.values()) == {0}


def test_searches_during_a_swap_always_see_one_whole_generation(code: str, tmp_path: Path) -> None:
    first = load(write(tmp_path / "list.csv", code, range(30)), code)
    wait_until(lambda: PUBLIC_LISTS.now().generation == first.generation)
    seen: list[tuple[str, bool]] = []
    stop = threading.Event()

    def search() -> None:
        number = 0
        while not stop.is_set():
            number = (number + 1) % 30
            result = PUBLIC_LISTS.now().search(NameQuery(name_of(code, number), birth_date=str(number)))
            seen.append((result.generation, any(m.reference == f"r{number}" for m in result.matches)))
        connection.close()

    threads = [threading.Thread(target=search) for _ in range(2)]
    for thread in threads:
        thread.start()
    second = load(write(tmp_path / "list.csv", code, range(31)), code)
    wait_until(lambda: PUBLIC_LISTS.now().generation == second.generation)
    count = len(seen)
    wait_until(lambda: len(seen) > count + 20)
    stop.set()
    for thread in threads:
        thread.join()
    assert {generation for generation, _ in seen} <= {first.generation, second.generation}
    assert seen[-1][0] == second.generation
    assert all(hit for _, hit in seen)


def test_an_index_of_another_format_is_not_taken_for_one_of_this(tmp_path: Path) -> None:
    """After an upgrade a host builds its own anew instead of failing on what it finds."""
    found = directory_of(tmp_path, "gen_1")
    assert f"format-{FORMAT}" in found.parts
    assert directory_of(tmp_path, "gen_2").parent == found.parent
