"""A list of one's own as CSV with a header. Only `name` is needed.

Columns: name, aliases and weak_aliases (separated by ;), entity_type, birth_date, countries, identifiers
(each separated by ;), reference, kind, remarks. Without a reference the normalised name stands for it, so
keep one when names may change.
"""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import get_args

from screening.names.entity import EntityType, ListedEntity, ListKind, NameQuality
from screening.names.normalise import normalise
from screening.watchlists.formats.countries import country_code
from screening.watchlists.formats.records import (
    MAXIMUM_REMARK_CHARACTERS,
    BadRecord,
    ListRefused,
    Record,
    birth_dates,
    listed_names,
    text_lines,
    tidy,
    unique,
)

CODE = "csv"
KIND: ListKind = "internal"

Row = Mapping[str, str]

_KINDS: dict[str, ListKind] = {kind: kind for kind in get_args(ListKind)}
_ENTITY_TYPES: dict[str, EntityType] = {entity_type: entity_type for entity_type in get_args(EntityType)}


class _BadValueError(Exception):
    """A row holds something that must not be guessed."""


def read(path: Path, *, list_code: str = CODE, kind: ListKind = KIND) -> Iterator[Record]:
    """`kind` is that of rows that do not say."""
    reader = csv.reader(text_lines(path), strict=True)
    try:
        header = [column.strip().casefold() for column in next(reader)]
        if "name" not in header:
            raise ListRefused(f"{path.name} has no column called name")
        complete = True
        for values in filter(None, reader):
            location = f"{path.name}, line {reader.line_num}"
            complete = len(values) == len(header)
            if complete:
                yield _record(dict(zip(header, values, strict=True)), location, list_code, kind)
            else:
                yield BadRecord(location, f"{len(values)} columns instead of {len(header)}")
    except csv.Error as error:
        raise ListRefused(f"{path.name} is not CSV near line {reader.line_num}") from error
    if not complete:
        raise ListRefused(f"{path.name} breaks off in its last line")


def _record(row: Row, location: str, list_code: str, kind: ListKind) -> Record:
    try:
        return _entity(row, list_code, kind)
    except _BadValueError as error:
        return BadRecord(location, str(error))


def _entity(row: Row, list_code: str, kind: ListKind) -> ListedEntity:
    tokens = normalise(row["name"])
    if not tokens:
        raise _BadValueError("no name")
    reference = tidy(row.get("reference")) or "-".join(tokens)
    return ListedEntity(
        entry_id=f"{list_code}:{reference}",
        list_code=list_code,
        kind=_kind(row, kind),
        reference=reference,
        names=listed_names(row["name"], _aliases(row)),
        entity_type=_entity_type(row),
        birth_dates=_birth_dates(row),
        countries=_countries(row),
        identifiers=_parts(row, "identifiers"),
        remarks=tidy(row.get("remarks"), MAXIMUM_REMARK_CHARACTERS),
    )


def _parts(row: Row, column: str) -> tuple[str, ...]:
    return unique(tidy(part) for part in (row.get(column) or "").split(";"))


def _aliases(row: Row) -> list[tuple[str, NameQuality]]:
    strong: list[tuple[str, NameQuality]] = [(text, "alias") for text in _parts(row, "aliases")]
    return strong + [(text, "weak") for text in _parts(row, "weak_aliases")]


def _kind(row: Row, default: ListKind) -> ListKind:
    asked = tidy(row.get("kind")).casefold()
    if not asked:
        return default
    if asked not in _KINDS:
        raise _BadValueError("unknown kind of list")
    return _KINDS[asked]


def _entity_type(row: Row) -> EntityType:
    asked = tidy(row.get("entity_type")).casefold() or "unknown"
    if asked not in _ENTITY_TYPES:
        raise _BadValueError("unknown entity type")
    return _ENTITY_TYPES[asked]


def _birth_dates(row: Row) -> tuple[str, ...]:
    dates = birth_dates(row.get("birth_date"))
    if tidy(row.get("birth_date")) and not dates:
        raise _BadValueError("birth date is not YYYY, YYYY-MM or YYYY-MM-DD")
    return dates


def _countries(row: Row) -> tuple[str, ...]:
    codes = [country_code(country) for country in _parts(row, "countries")]
    if None in codes:
        raise _BadValueError("unknown country")
    return unique(code for code in codes if code)
