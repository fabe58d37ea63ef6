"""Small public lists of made-up names for tests of loading; each test has a list of its own, for all tests share them."""

import itertools
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from screening.models import Watchlist, WatchlistEntry, WatchlistGeneration
from screening.names.entity import NameQuery
from screening.watchlists.current import PUBLIC_LISTS
from screening.watchlists.generations import Loaded, load_public_list
from tests.cast import changed

_numbers = itertools.count()
ONSETS = ("Bra", "Cho", "Dri", "Fle", "Gru", "Kni", "Plo", "Sta", "Tre", "Vli")


def new_code() -> str:
    return f"list-{next(_numbers)}-{time.time_ns()}"


def name_of(code: str, number: int) -> str:
    """A name that no other list and no other number has: one token is spelled from each."""
    return f"{_spelled(f'{number:04}')} {_spelled(code[-5:])}"


def _spelled(digits: str) -> str:
    return "".join(ONSETS[int(digit)] for digit in digits).capitalize()


def write(path: Path, code: str, numbers: range | list[int], **birth_dates: str) -> Path:
    """A list of one's own with an entry for each number, its reference `r<number>`."""
    rows = [f"{name_of(code, number)},r{number},{birth_dates.get(f'r{number}', '')}" for number in numbers]
    path.write_text("name,reference,birth_date\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def load(path: Path, code: str, **options: Any) -> Loaded:
    loaded = load_public_list("csv", path, code=code, kind="sanctions", **options)
    changed()
    return loaded


def references(code: str) -> set[str]:
    """What is in force of a list."""
    watchlist = Watchlist.objects.filter(organisation_id=None, code=code).first()
    if watchlist is None:
        return set()
    entries = WatchlistEntry.objects.filter(watchlist=watchlist, revision_from__lte=watchlist.revision)
    return {
        entry.reference
        for entry in entries
        if entry.revision_until is None or entry.revision_until > watchlist.revision
    }


def in_force() -> WatchlistGeneration:
    return WatchlistGeneration.objects.get(organisation_id=None, is_current=True)


def found(name: str) -> set[str]:
    """The entries that a name hits in the index that this process has open."""
    matches = PUBLIC_LISTS.now().search(NameQuery(name)).matches
    return {match.entry_id for match in matches if match.score >= 95}


def wait_until(holds: Callable[[], bool], *, seconds: float = 120.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.05)


def counts(loaded: Loaded) -> Mapping[str, int]:
    return {"added": loaded.added, "changed": loaded.changed, "removed": loaded.removed}
