"""The UK sanctions list as the Foreign, Commonwealth and Development Office's CSV: one row for each name and address of a
designation, all with its unique id.

A first line says when the file was made. The rows of a designation need not stand together, so all of them (a few
thousand) are kept until the end of the file.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from screening.names.entity import EntityType, ListedEntity, ListKind, NameQuality
from screening.watchlists.formats.countries import country_code
from screening.watchlists.formats.delimited import rows
from screening.watchlists.formats.records import (
    MAXIMUM_REFERENCE_CHARACTERS,
    MAXIMUM_REMARK_CHARACTERS,
    BadRecord,
    Record,
    birth_dates,
    listed_names,
    tidy,
    unique,
)

CODE = "uk"
KIND: ListKind = "sanctions"

Values = Mapping[str, str]

_REFERENCE: Final = "unique id"
_NEEDED: Final = (_REFERENCE, "name 6", "name type")
_LINES_BEFORE_HEADER: Final = 3
# Given names are 1 to 5, the family name or the name of an organisation or ship is 6.
_NAME_PARTS: Final = ("name 1", "name 2", "name 3", "name 4", "name 5", "name 6")
_ADDRESS_PARTS: Final = (*(f"address line {number}" for number in range(1, 7)), "address postal code")
_TYPE_COLUMNS: Final = ("designation type", "individual, entity, ship")
_ENTITY_TYPES: Final[dict[str, EntityType]] = {"individual": "person", "entity": "company", "ship": "vessel"}
_COUNTRY_COLUMNS: Final = (
    *("nationality(/ies)", "address country", "country of birth", "current believed flag of ship"),
)
_IDENTIFIER_COLUMNS: Final = (
    *("passport number", "national identifier number", "business registration number (s)", "imo number"),
)
# Several values of one cell are numbered "(1) ... (2) ...", or separated by bars or semicolons.
_SEVERAL: Final = re.compile(r"\(\d+\)|\||;")
_UNKNOWN_PARTS: Final = re.compile(r"^(?:dd|00)/(?:mm|00)/|^(?:dd|00)/", re.IGNORECASE)


def read(path: Path, *, list_code: str = CODE, kind: ListKind = KIND) -> Iterator[Record]:
    designations: dict[str, list[Values]] = {}
    for row in rows(path, needed=_NEEDED, most_lines_before_header=_LINES_BEFORE_HEADER):
        if isinstance(row, BadRecord):
            yield row
            continue
        reference = tidy(row.values[_REFERENCE], MAXIMUM_REFERENCE_CHARACTERS)
        if reference and (_name(row.values) or tidy(row.values.get("name non-latin script"))):
            designations.setdefault(reference, []).append(row.values)
        else:
            yield BadRecord(row.location, "no unique id or no name")
    for reference, of_one in designations.items():
        yield _entity(reference, of_one, list_code, kind)


def _entity(reference: str, of_one: Sequence[Values], list_code: str, kind: ListKind) -> ListedEntity:
    main, aliases = _names(of_one)
    return ListedEntity(
        entry_id=f"{list_code}:{reference}",
        list_code=list_code,
        kind=kind,
        reference=reference,
        names=listed_names(main, aliases),
        entity_type=_entity_type(of_one),
        birth_dates=unique(date for text in _cells(of_one, "d.o.b") for date in _births(text)),
        countries=unique(
            country_code(text) or "" for column in _COUNTRY_COLUMNS for text in _cells(of_one, column)
        ),
        genders=unique(text.casefold() for text in _cells(of_one, "gender")),
        identifiers=unique(text for column in _IDENTIFIER_COLUMNS for text in _cells(of_one, column)),
        addresses=unique(_address(values) for values in of_one),
        remarks=tidy(
            "; ".join(unique(tidy(values.get("regime name")) for values in of_one)), MAXIMUM_REMARK_CHARACTERS
        ),
    )


def _names(of_one: Sequence[Values]) -> tuple[str, list[tuple[str, NameQuality]]]:
    """The primary name and all others; spellings in another script are aliases."""
    found: list[tuple[str, NameQuality]] = [(_name(values), _quality(values)) for values in of_one]
    found += [(tidy(values.get("name non-latin script")), "alias") for values in of_one]
    given = [one for one in found if one[0]]
    main = next((one for one in given if one[1] == "primary"), given[0])
    aliases: list[tuple[str, NameQuality]] = [
        (text, "alias" if quality == "primary" else quality)
        for text, quality in given
        if (text, quality) != main
    ]
    return main[0], aliases


def _name(values: Values) -> str:
    return tidy(" ".join(values.get(part, "") for part in _NAME_PARTS))


def _quality(values: Values) -> NameQuality:
    """`Primary Name`, `Primary Name Variation` or `Alias`, of which a weak one says so in its own column."""
    if tidy(values["name type"]).casefold() == "primary name":
        return "primary"
    strength = tidy(values.get("alias strength")).casefold()
    return "weak" if strength in {"weak", "low quality a.k.a", "low"} else "alias"


def _entity_type(of_one: Sequence[Values]) -> EntityType:
    for column in _TYPE_COLUMNS:
        for text in _cells(of_one, column):
            return _ENTITY_TYPES.get(text.casefold(), "unknown")
    return "unknown"


def _births(text: str) -> tuple[str, ...]:
    """Day and month are written as letters or zeros where they are not known: dd/mm/1960, 00/00/1960."""
    return birth_dates(_UNKNOWN_PARTS.sub("", text).replace("/", " ") if _UNKNOWN_PARTS.match(text) else text)


def _cells(of_one: Sequence[Values], column: str) -> Iterator[str]:
    for values in of_one:
        for part in _SEVERAL.split(values.get(column, "")):
            text = tidy(part)
            if text:
                yield text


def _address(values: Values) -> str:
    parts = (tidy(values.get(part)) for part in (*_ADDRESS_PARTS, "address country"))
    return tidy(", ".join(part for part in parts if part))
