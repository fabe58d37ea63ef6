"""Public lists can be set back to an earlier generation, which is a new one with its own difference."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from screening.names.entity import NameQuery
from screening.watchlists.building import directory_for
from screening.watchlists.current import PUBLIC_LISTS
from screening.watchlists.differences import difference_of
from screening.watchlists.formats import ListRefused
from screening.watchlists.restoring import restore
from screening.watchlists.sources import take_due
from screening.watchlists.upkeep import remove_old_entries
from screening.watchlists.writing import reading
from tests.cast import changed
from tests.watchlists.public import found, in_force, load, name_of, new_code, references, write
from tests.watchlists.test_sources import source


@pytest.fixture(autouse=True)
def database(no_sources: None) -> None:
    """Generations are rows; sources of other tests are not due."""


@pytest.fixture
def code(tmp_path: Path) -> str:
    """A list that had ten entries and now has others."""
    code = new_code()
    load(write(tmp_path / "list.csv", code, range(10)), code)
    load(write(tmp_path / "list.csv", code, range(2, 15), r5="1970"), code)
    return code


def test_going_back_puts_the_entries_of_then_in_force(code: str) -> None:
    generation = restore()
    changed()
    assert references(code) == {f"r{number}" for number in range(10)}
    assert generation.changes[code] == {"added": 2, "changed": 1, "removed": 5}
    assert f"{code}:r0" in found(name_of(code, 0))
    assert f"{code}:r14" not in found(name_of(code, 14))
    with reading(None):
        difference = difference_of(generation.name)
    assert {change.reference for change in difference.added} == {"r0", "r1"}
    assert [change.reference for change in difference.changed] == ["r5"]
    assert len(difference.removed) == 5


def test_the_directory_of_then_answers_under_the_name_of_now(code: str) -> None:
    generation = restore()
    changed()
    assert generation.restored_from is not None
    assert directory_for(generation).name == generation.restored_from
    assert PUBLIC_LISTS.now().search(NameQuery(name_of(code, 1))).generation == generation.name


def test_going_back_twice_is_where_one_was(code: str) -> None:
    before = references(code)
    restore()
    restore()
    assert references(code) == before


def test_the_source_rests_until_it_is_resumed(code: str, tmp_path: Path) -> None:
    one = source(str(tmp_path / "list.csv"), code)
    call_command("restore_watchlists")
    one.refresh_from_db()
    assert not one.is_enabled
    assert take_due() is None
    call_command("watchlist_source", "resume", code)
    assert take_due() == one


def test_there_must_be_something_to_go_back_to(code: str) -> None:
    with pytest.raises(CommandError, match="no such generation"):
        call_command("restore_watchlists", "gen_unknown")
    with pytest.raises(ListRefused, match="as they were in that generation"):
        restore(in_force().name)


def test_upkeep_leaves_what_one_can_go_back_to(code: str) -> None:
    remove_old_entries()
    restore()
    assert references(code) == {f"r{number}" for number in range(10)}
