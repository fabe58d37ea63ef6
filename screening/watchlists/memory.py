"""A small index that leaves nothing on disk: an organisation's private lists name people that the bank knows.

Built where the system keeps files in memory, mapped, and unlinked at once; it is gone with the last process that maps it.
"""

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from screening.names.entity import ListedEntity
from screening.names.index import NameIndex, build_index

_IN_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it, readable to nobody else


def index_in_memory(entities: Iterable[ListedEntity], generation: str) -> NameIndex:
    """An index of these entities, which lives as long as the object."""
    folder = _IN_MEMORY if _IN_MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="ratel-", dir=folder) as directory:
        build_index(entities, Path(directory) / "index", generation=generation)
        return NameIndex.open(Path(directory) / "index")
