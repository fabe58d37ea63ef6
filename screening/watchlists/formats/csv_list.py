"""A list of one's own as CSV with a header. Only `name` is needed.

Columns: name, aliases and weak_aliases (separated by ;), entity_type, birth_date, countries, identifiers
(each separated by ;), reference, kind, remarks. A file that calls them otherwise is read with a mapping of our names to
its own. Without a reference the normalised name stands for it, so keep one when names may change.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, get_args

from screening.names.entity import EntityType, ListedEntity, ListKind, NameQuality
from screening.names.normalise import normalise
from screening.watchlists.formats.countries import country_code
from screening.watchlists.formats.delimited import rows
from screening.watchlists.formats.records import (
    MAXIMUM_REFERENCE_CHARACTERS,
    MAXIMUM_REMARK_CHARACTERS,
    BadRecord,
    BadValueError,
    ListRefused,
    Record,
    birth_dates,
    listed_names,
    tidy,
    unique,
)

CODE = "csv"
KIND: ListKind = "internal"
COLUMNS: Final = (
    *("name", "aliases", "weak_aliases", "entity_type", "birth_date", "countries", "identifiers"),
    *("reference", "kind", "remarks"),
)

Row = Mapping[str, str]

_KINDS: dict[str, ListKind] = {kind: kind for kind in get_args(ListKind)}
_ENTITY_TYPES: dict[str, EntityType] = {entity_type: entity_type for entity_type in get_args(EntityType)}


def read(
    path: Path, *, list_code: str = CODE, kind: ListKind = KIND, columns: Mapping[str, str] | None = None
) -> Iterator[Record]:
    """`kind` is that of rows that do not say; `columns` maps our column names to those of the file."""
    theirs = _mapping(columns or {})
    for row in rows(path, needed={theirs["name"], *(theirs[name] for name in columns or {})}):
        if isinstance(row, BadRecord):
            yield row
        else:
            ours = {name: row.values.get(column, "") for name, column in theirs.items()}
            yield _record(ours, row.location, list_code, kind)


def _mapping(columns: Mapping[str, str]) -> dict[str, str]:
    """The file's name of each of our columns, as a header is compared: in lower case."""
    unknown = sorted(set(columns) - set(COLUMNS))
    if unknown:
        raise ListRefused(f"{', '.join(unknown)} is no column of a list, known are {', '.join(COLUMNS)}")
    return {name: columns.get(name, name).strip().casefold() for name in COLUMNS}


def _record(row: Row, location: str, list_code: str, kind: ListKind) -> Record:
    try:
        return _entity(row, list_code, kind)
    except BadValueError as error:
        return BadRecord(location, str(error))


def _entity(row: Row, list_code: str, kind: ListKind) -> ListedEntity:
    tokens = normalise(row["name"])
    if not tokens:
        raise BadValueError("no name")
    reference = tidy(row["reference"], MAXIMUM_REFERENCE_CHARACTERS) or "-".join(tokens)
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
        remarks=tidy(row["remarks"], MAXIMUM_REMARK_CHARACTERS),
    )


def _parts(row: Row, column: str) -> tuple[str, ...]:
    return unique(tidy(part) for part in row[column].split(";"))


def _aliases(row: Row) -> list[tuple[str, NameQuality]]:
    strong: list[tuple[str, NameQuality]] = [(text, "alias") for text in _parts(row, "aliases")]
    return strong + [(text, "weak") for text in _parts(row, "weak_aliases")]


def _kind(row: Row, default: ListKind) -> ListKind:
    asked = tidy(row["kind"]).casefold()
    if not asked:
        return default
    if asked not in _KINDS:
        raise BadValueError("unknown kind of list")
    return _KINDS[asked]


def _entity_type(row: Row) -> EntityType:
    asked = tidy(row["entity_type"]).casefold() or "unknown"
    if asked not in _ENTITY_TYPES:
        raise BadValueError("unknown entity type")
    return _ENTITY_TYPES[asked]


def _birth_dates(row: Row) -> tuple[str, ...]:
    dates = birth_dates(row["birth_date"])
    if tidy(row["birth_date"]) and not dates:
        raise BadValueError("birth date is not YYYY, YYYY-MM or YYYY-MM-DD")
    return dates


def _countries(row: Row) -> tuple[str, ...]:
    codes = [country_code(country) for country in _parts(row, "countries")]
    if None in codes:
        raise BadValueError("unknown country")
    return unique(code for code in codes if code)
