"""Streams the rows of a delimited file with a header, each by its column names; a file that breaks off is refused.

Column names are compared without case and outer blanks. It must never guess which column is which.
"""

import csv
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from screening.watchlists.formats.records import BadRecord, ListRefused, text_lines


class Row(NamedTuple):
    """One complete row: where it ends in the file, and its values by column name in lower case."""

    location: str
    values: Mapping[str, str]


def rows(
    path: Path, *, needed: Collection[str], most_lines_before_header: int = 0, delimiter: str = ","
) -> Iterator[Row | BadRecord]:
    """Each row, or a bad record for one with another number of columns. Raises ListRefused."""
    reader = csv.reader(text_lines(path), delimiter=delimiter, strict=True)
    complete = True
    try:
        header = _header(reader, path, needed, most_lines_before_header)
        for values in filter(None, reader):
            location = f"{path.name}, line {reader.line_num}"
            complete = len(values) == len(header)
            if complete:
                yield Row(location, dict(zip(header, values, strict=True)))
            else:
                yield BadRecord(location, f"{len(values)} columns instead of {len(header)}")
    except csv.Error as error:
        raise ListRefused(f"{path.name} is not CSV near line {reader.line_num}") from error
    if not complete:
        raise ListRefused(f"{path.name} breaks off in its last line")


def _header(
    reader: Iterator[list[str]], path: Path, needed: Collection[str], most_lines_before: int
) -> list[str]:
    """The first row that has all the needed columns; lines above it say when a list was made."""
    for position, values in enumerate(reader):
        header = [column.strip().casefold() for column in values]
        if set(header) >= set(needed):
            return header
        if position >= most_lines_before:
            break
    missing = ", ".join(sorted(needed))
    raise ListRefused(f"{path.name} has no header with the columns {missing}")
