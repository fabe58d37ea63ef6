"""OFAC's comma-separated files, as SDN and the consolidated list share them: no header, `-0-` for nothing.

Three files belong together: primary entries, alternate names, addresses. Weak aliases, birth dates,
nationality, gender and document numbers are only in the remarks, as sentences ended by semicolons.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from screening.names.entity import EntityType, ListedEntity, ListKind, NameQuality
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

NULL = "-0-"
PRIMARY_COLUMNS = 12
ALIAS_COLUMNS = 5
ADDRESS_COLUMNS = 6

_ENTITY_TYPES: dict[str, EntityType] = {
    "individual": "person",
    "vessel": "vessel",
    "aircraft": "aircraft",
    "": "company",
}
_WEAK_ALIAS = re.compile(r"^(?:alt\. )?[afn]\.k\.a\. '(.+)'$")
_BIRTH = re.compile(r"^(?:alt\. )?DOB (.+)$")
_COUNTRY = re.compile(r"^(?:alt\. )?(?:nationality|citizen) (.+)$")
_BIRTH_PLACE = re.compile(r"^(?:alt\. )?POB (.+)$")
_GENDER = re.compile(r"^Gender (Male|Female)$")
_IDENTIFIER_LABEL = (
    r"Passport|SWIFT/BIC|R\.F\.C\.|C\.U\.R\.P\.|C\.U\.I\.T\."
    r"|.{0,60}?(?:No\.|Number:?|#|ID|IMO|MMSI|\(MSN\)|SSN|Address - [A-Z]+)"
)
_IDENTIFIER = re.compile(rf"^(?:alt\. )?(?:{_IDENTIFIER_LABEL}) (?P<number>(?=\S*\d)\S+)")


@dataclass(frozen=True, slots=True)
class OfacFiles:
    primary: Path
    aliases: Path
    addresses: Path


@dataclass(frozen=True, slots=True)
class _Remarks:
    weak_aliases: tuple[str, ...]
    birth_dates: tuple[str, ...]
    countries: tuple[str, ...]
    genders: tuple[str, ...]
    identifiers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Companions:
    """What the alias and address files say, by entry number."""

    aliases: dict[str, list[str]]
    addresses: dict[str, list[str]]
    countries: dict[str, list[str]]


def find_files(path: Path, names: tuple[str, str, str]) -> OfacFiles:
    """The three files in a folder, or next to the primary file; only the primary one must be there."""
    folder = path if path.is_dir() else path.parent
    primary = folder / names[0] if path.is_dir() else path
    if not primary.is_file():
        raise ListRefused(f"{primary.name} is not there")
    return OfacFiles(primary, folder / names[1], folder / names[2])


def read_files(files: OfacFiles, list_code: str, kind: ListKind) -> Iterator[Record]:
    """Every entry of the primary file with what the other two add. Rows about entries that are not there
    are left out.
    """
    bad: list[BadRecord] = []
    companions = _companions(files, bad)
    complete = True
    for location, row in _rows(files.primary):
        complete = len(row) == PRIMARY_COLUMNS
        if not complete:
            yield BadRecord(location, f"{len(row)} columns instead of {PRIMARY_COLUMNS}")
        elif not row[0].isdigit() or not row[1]:
            yield BadRecord(location, "no entry number or no name")
        elif row[2] not in _ENTITY_TYPES:
            yield BadRecord(location, "unknown type of entry")
        else:
            yield _entity(row, companions, list_code, kind)
    if not complete:
        raise ListRefused(f"{files.primary.name} breaks off in its last line")
    yield from bad


def _rows(path: Path) -> Iterator[tuple[str, list[str]]]:
    reader = csv.reader(text_lines(path), strict=True)
    try:
        for row in reader:
            values = ["" if value.strip() == NULL else value.strip() for value in row]
            if values and values != [""] and values[0] != "\x1a":
                yield f"{path.name}, line {reader.line_num}", values
    except csv.Error as error:
        raise ListRefused(f"{path.name} is not CSV near line {reader.line_num}") from error


def _companions(files: OfacFiles, bad: list[BadRecord]) -> _Companions:
    companions = _Companions(defaultdict(list), defaultdict(list), defaultdict(list))
    for row in _companion_rows(files.aliases, ALIAS_COLUMNS, bad):
        companions.aliases[row[0]].append(row[3])
    for row in _companion_rows(files.addresses, ADDRESS_COLUMNS, bad):
        companions.addresses[row[0]].append(tidy(", ".join(part for part in row[2:5] if part)))
        companions.countries[row[0]].append(country_code(row[4]) or "")
    return companions


def _companion_rows(path: Path, columns: int, bad: list[BadRecord]) -> Iterator[list[str]]:
    if not path.is_file():
        return
    for location, row in _rows(path):
        if len(row) == columns:
            yield row
        else:
            bad.append(BadRecord(location, f"{len(row)} columns instead of {columns}"))


def _entity(row: Sequence[str], companions: _Companions, list_code: str, kind: ListKind) -> ListedEntity:
    number = row[0]
    remarks = _read_remarks(row[11])
    aliases: list[tuple[str, NameQuality]] = [(text, "alias") for text in companions.aliases.get(number, ())]
    aliases += [(text, "weak") for text in remarks.weak_aliases]
    return ListedEntity(
        entry_id=f"{list_code}:{number}",
        list_code=list_code,
        kind=kind,
        reference=number,
        names=listed_names(row[1], aliases),
        entity_type=_ENTITY_TYPES[row[2]],
        birth_dates=remarks.birth_dates,
        countries=unique((*remarks.countries, *companions.countries.get(number, ()))),
        genders=remarks.genders,
        identifiers=unique((row[5], *remarks.identifiers)),
        addresses=unique(companions.addresses.get(number, ())),
        remarks=tidy(
            "; ".join(part for part in (row[3], row[4], row[11]) if part), MAXIMUM_REMARK_CHARACTERS
        ),
    )


def _read_remarks(text: str) -> _Remarks:
    parts = [part.strip() for part in text.removesuffix(".").split(";")]
    births = _found(_BIRTH, parts)
    countries = [country_code(country) or "" for country in _found(_COUNTRY, parts)]
    countries += [country_code(place.rpartition(",")[2]) or "" for place in _found(_BIRTH_PLACE, parts)]
    return _Remarks(
        weak_aliases=unique(_found(_WEAK_ALIAS, parts)),
        birth_dates=unique(date for birth in births for date in birth_dates(birth)),
        countries=unique(countries),
        genders=unique(gender.lower() for gender in _found(_GENDER, parts)),
        identifiers=unique(_found(_IDENTIFIER, parts)),
    )


def _found(pattern: re.Pattern[str], parts: Sequence[str]) -> list[str]:
    return [found.group(found.lastindex or 0) for found in map(pattern.match, parts) if found]
