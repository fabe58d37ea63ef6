"""Directories of built indexes on this host: made from the entries in the database, complete or absent, removed in time.

A web process never builds one itself, because that would hold up its requests for minutes: it has a child do it.
"""

import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from django.conf import settings

from screening.models import WatchlistGeneration
from screening.names.index import GenerationExistsError, build_index
from screening.names.storage import FORMAT
from screening.watchlists.differences import compared
from screening.watchlists.entries import ListAt, entities_at
from screening.watchlists.writing import reading

KEPT_GENERATIONS: Final = 3
"""The current one, and two to go back to at once."""

_READ_AHEAD_BYTES: Final = 4 * 1024 * 1024
_LEFT_BY_A_KILLED_BUILDER_SECONDS: Final = 3_600


def directory_of(state_directory: Path, generation: str) -> Path:
    """One of another format is not there: after an upgrade each host builds its own anew."""
    return Path(state_directory) / "names" / f"format-{FORMAT}" / generation


def directory_for(generation: WatchlistGeneration) -> Path:
    """Where the index of a generation is; one that lists were set back to shares its directory."""
    return directory_of(settings.RATEL_STATE_DIRECTORY, generation.restored_from or generation.name)


def build_public(directory: Path, lists: Sequence[ListAt]) -> None:
    """Builds the index of these public lists, unless the directory is there."""
    if directory.exists():
        return
    directory.parent.mkdir(parents=True, exist_ok=True)
    with reading(None):
        try:
            build_index(entities_at(lists), directory, generation=directory.name)
        except GenerationExistsError:
            # Another process of this host was faster; the directory is complete, or it would not have its name.
            return


def lists_of(generation: WatchlistGeneration) -> list[ListAt]:
    """The lists of a generation with their revisions."""
    return [
        ListAt(one.watchlist_id, one.after)
        for one in compared({}, generation.lists, generation.organisation_id)
    ]


def build_in_child(generation: str) -> None:
    """Has another process build a generation's directory on this host, and waits for it."""
    subprocess.run(
        [sys.executable, "manage.py", "build_name_index", generation],
        cwd=settings.BASE_DIR,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        check=True,
    )


def read_ahead(directory: Path) -> None:
    """Has the system hold the files in memory, so that the first search does not wait for the disk."""
    for file in directory.iterdir():
        with file.open("rb") as content:
            while content.read(_READ_AHEAD_BYTES):
                pass


def current_public() -> WatchlistGeneration | None:
    """The generation that names are screened against, or None before the first load."""
    return WatchlistGeneration.objects.filter(organisation_id=None, is_current=True).first()


def remove_old_directories() -> None:
    """Keeps the newest generations; a process that still searches an older one keeps its files until it lets go."""
    folder = directory_of(settings.RATEL_STATE_DIRECTORY, "x").parent
    newest = WatchlistGeneration.objects.filter(organisation_id=None).order_by("-is_current", "-id")
    keep = {directory_for(generation).name for generation in newest[:KEPT_GENERATIONS]}
    for directory in [*folder.glob("gen_*"), *folder.glob(".*.partial")]:
        if directory.name not in keep and (_is_published(directory.name) or _is_abandoned(directory)):
            remove(directory)


def remove(directory: Path) -> None:
    shutil.rmtree(directory, ignore_errors=True)


def _is_published(name: str) -> bool:
    """A directory without a generation is being made or tried by its loader, unless a killed one left it."""
    return WatchlistGeneration.objects.filter(name=name).exists()


def _is_abandoned(directory: Path) -> bool:
    return time.time() - directory.stat().st_mtime > _LEFT_BY_A_KILLED_BUILDER_SECONDS
