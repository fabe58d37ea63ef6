"""The formats that can be replayed, one file each.

A format is a module with `CODE`, `recognises(first_line)` and `read(path, options)`; adding one adds a file
and a line to `FORMATS`. A reader must never put a label into a payload, and must give every payment an
`externalId` that is the same each time the file is read.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from screening.replay.item import BadRow, FileRefusedError, ReadOptions, ReplayItem
from screening.replay.readers import amlworld, berka, gentex, native_jsonl
from screening.replay.readers.source import first_line


class Reader(Protocol):
    """What every module of a format offers."""

    CODE: str

    def recognises(self, first_line: str) -> bool: ...

    def read(self, path: Path, options: ReadOptions) -> Iterator[ReplayItem | BadRow]: ...


FORMATS: dict[str, Reader] = {reader.CODE: reader for reader in (gentex, berka, amlworld, native_jsonl)}


def find_reader(path: Path, code: str = "auto") -> Reader:
    """The reader of that code, or with `auto` the one that recognises the file's first line."""
    if code != "auto":
        return FORMATS[code]
    line = first_line(path)
    for reader in FORMATS.values():
        if reader.recognises(line):
            return reader
    raise FileRefusedError(f"no format recognises {path.name}; name one with --format ({', '.join(FORMATS)})")
