"""Puts the payments of a file in time order and knows how many there are.

The file is read once before anything is sent: that finds out whether it is in order, how long it is, and
whether it can be read to its end. A file in order is then streamed; another is sorted in memory, up to a
limit.
"""

import csv
import hashlib
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from screening.replay.item import BadRow, FileRefusedError, ReadOptions, ReplayItem
from screening.replay.readers import Reader

MOST_SORTED_PAYMENTS = 2_000_000
BAD_ROWS_SHOWN = 5


@dataclass(frozen=True)
class Survey:
    """What one reading of the file found; `first_bad_rows` are the first few of `bad_rows`."""

    payments: int
    has_labels: bool
    bad_rows: int
    first_bad_rows: tuple[BadRow, ...]
    in_time_order: bool


@dataclass(frozen=True)
class Source:
    """A file, its reader and what to take from it."""

    path: Path
    reader: Reader
    options: ReadOptions

    def rows(self) -> Iterator[ReplayItem | BadRow]:
        with refusing_unreadable(self.path):
            yield from self.reader.read(self.path, self.options)

    def items(self) -> Iterator[ReplayItem]:
        return (row for row in self.rows() if isinstance(row, ReplayItem))


def survey(source: Source) -> Survey:
    """Reads the file to its end and keeps nothing of it."""
    payments = bad_rows = 0
    has_labels = False
    first_bad_rows: list[BadRow] = []
    in_time_order = True
    latest = None
    for row in source.rows():
        if isinstance(row, BadRow):
            bad_rows += 1
            if bad_rows <= BAD_ROWS_SHOWN:
                first_bad_rows.append(row)
            continue
        payments += 1
        has_labels = has_labels or row.label is not None
        in_time_order = in_time_order and (latest is None or latest <= row.occurred_at)
        latest = row.occurred_at
    return Survey(payments, has_labels, bad_rows, tuple(first_bad_rows), in_time_order)


def in_time_order(
    source: Source, found: Survey, *, start: int = 0, limit: int | None = None
) -> Iterator[ReplayItem]:
    """The payments at positions `start` to before `limit`; payments of one instant as in the file."""
    items = source.items()
    if not found.in_time_order:
        if found.payments > MOST_SORTED_PAYMENTS:
            raise FileRefusedError(
                f"not in time order, and more than {MOST_SORTED_PAYMENTS:,} payments: sort it first"
            )
        items = iter(sorted(items, key=lambda item: item.occurred_at))
    return islice(items, start, limit)


@contextmanager
def refusing_unreadable(path: Path) -> Iterator[None]:
    """Turns what goes wrong while reading into one sentence that quotes nothing of the file."""
    try:
        yield
    except (OSError, EOFError, zlib.error) as problem:
        raise FileRefusedError(f"{path.name} cannot be read to its end ({type(problem).__name__})") from None
    except (UnicodeDecodeError, csv.Error) as problem:
        raise FileRefusedError(f"{path.name} is not in this format ({type(problem).__name__})") from None


def file_digest(path: Path) -> str:
    """SHA-256 of the file's bytes."""
    with refusing_unreadable(path), path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
