"""A CSV file of entries for a private list, read line by line: what can be added, and what is wrong with the rest.

It writes nothing: the good entries go the way of every other (`entries_add`). Each line is checked as the API checks an
entry, and a problem is named by its line.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ratel.problem import Invalid, Problem, TooLarge
from screening.names.entity import ListKind
from screening.services.watchlist_entries import FIELDS, MOST_ENTRIES_A_CALL, NewEntry, read_entries

MOST_BYTES: Final = 1024 * 1024
SEVERAL: Final = ("aliases", "weakAliases", "countries")
SEPARATOR: Final = ";"
_COLUMNS: Final = {field.lower(): field for field in FIELDS}
# Marks a line that is longer than the first; no column can be called so.
_MORE: Final = ""
_PATH: Final = re.compile(r"entries\[0\]\.?(.*)")


@dataclass(frozen=True)
class GoodLine:
    number: int
    entry: NewEntry


@dataclass(frozen=True)
class BadLine:
    """A line that cannot be added; a problem's path is the column."""

    number: int
    name: str
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class ImportRead:
    good: tuple[GoodLine, ...]
    bad: tuple[BadLine, ...]

    @property
    def entries(self) -> list[NewEntry]:
        return [line.entry for line in self.good]


def read_import(content: bytes, *, list_code: str, kind: ListKind) -> ImportRead:
    """Raises Invalid where the file as a whole is no list of entries, TooLarge."""
    if len(content) > MOST_BYTES:
        raise TooLarge(f"A file has at most {MOST_BYTES // 1024 // 1024} MiB")
    documents = list(_documents(content))
    if not documents:
        raise Invalid(
            "The file has no entries: the first line names the columns, each further line is an entry"
        )
    if len(documents) > MOST_ENTRIES_A_CALL:
        raise Invalid(f"A file has at most {MOST_ENTRIES_A_CALL} entries; cut it into several")
    return _checked(documents, list_code, kind)


def _checked(documents: Sequence[tuple[int, dict[str, Any]]], list_code: str, kind: ListKind) -> ImportRead:
    good: list[GoodLine] = []
    bad: list[BadLine] = []
    seen: dict[str, int] = {}
    for number, document in documents:
        problems: list[Problem] = []
        if document.pop(_MORE, None):
            problems.append(Problem("line", "has more cells than the first line has columns"))
        found = read_entries({"entries": [document]}, problems, list_code=list_code, kind=kind)
        reference = document.get("reference")
        if reference in seen:
            problems.append(Problem("entries[0].reference", f"is that of line {seen[reference]} too"))
        if problems:
            bad.append(BadLine(number, str(document.get("fullName", ""))[:100], _of_line(problems)))
            continue
        if reference:
            seen[reference] = number
        good.append(GoodLine(number, found[0]))
    return ImportRead(tuple(good), tuple(bad))


def _of_line(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    return tuple(Problem(_PATH.sub(r"\1", one.path), one.message) for one in problems)


def _documents(content: bytes) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid("The file is not UTF-8 text") from None
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        columns = _columns(next(lines, []))
        for line in lines:
            if any(cell.strip() for cell in line):
                yield lines.line_num, _document(columns, line)
    except csv.Error as error:
        raise Invalid(f"The file is not CSV: {error}, near line {lines.line_num}") from None


def _columns(header: Sequence[str]) -> list[str]:
    problems = [
        Problem(column[:128], f"is no column; known are {', '.join(FIELDS)}")
        for column in header
        if column.strip().lower() not in _COLUMNS
    ]
    columns = [_COLUMNS.get(column.strip().lower(), "") for column in header]
    problems += [Problem(column, "comes twice") for column in FIELDS if columns.count(column) > 1]
    if "fullName" not in columns:
        problems.append(Problem("fullName", "is a column that the file needs"))
    if problems:
        raise Invalid("The first line must name the columns", errors=problems[:20])
    return columns


def _document(columns: Sequence[str], line: Sequence[str]) -> dict[str, Any]:
    """The entry as the API would be sent it; an empty cell is a field that is absent."""
    document: dict[str, Any] = {}
    for column, cell in zip(columns, line, strict=False):
        value = cell.strip()
        if value:
            document[column] = _several(value) if column in SEVERAL else value
    if len(line) > len(columns):
        document[_MORE] = True
    return document


def _several(value: str) -> list[str]:
    return [part.strip() for part in value.split(SEPARATOR) if part.strip()]


def entry_in_form(form: Mapping[str, str]) -> dict[str, Any]:
    """The same of a form for one entry: its fields are named as the columns are."""
    found: dict[str, Any] = {}
    for field in FIELDS:
        value = form.get(field, "").strip()
        if value:
            found[field] = _several(value) if field in SEVERAL else value
    return found
