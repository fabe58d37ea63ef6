"""Entities of FollowTheMoney as JSON, one a line: `{"id", "schema", "properties": {name: [values]}}`, the form of
OpenSanctions' `entities.ftm.json`.

Addresses, ownerships, sanctions and whatever else is no party of a payment is passed over, and so is an entity that the
file itself does not call a target. Of which kind an entry is follows from its topics.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from screening.names.entity import ListedEntity, ListKind, NameQuality
from screening.watchlists.formats.countries import country_code
from screening.watchlists.formats.opensanctions_csv import ENTITY_TYPES
from screening.watchlists.formats.records import (
    MAXIMUM_REFERENCE_CHARACTERS,
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

CODE = "ftm"
KIND: ListKind = "sanctions"

_LONGEST_LINE: Final = 4_000_000
_ALIASES: Final = ("name", "alias", "previousName", "abbreviation")
_COUNTRIES: Final = ("nationality", "citizenship", "country", "jurisdiction", "birthCountry", "flag")
_IDENTIFIERS: Final = (
    *(
        "idNumber",
        "passportNumber",
        "taxNumber",
        "registrationNumber",
        "socialSecurityNumber",
        "imoNumber",
        "mmsi",
    ),
    *("innCode", "ogrnCode", "leiCode", "swiftBic", "vatCode", "dunsCode", "serialNumber"),
)
# By how a topic begins, the weightiest first.
_KINDS: Final[tuple[tuple[tuple[str, ...], ListKind], ...]] = (
    (("sanction", "debarment", "export.control"), "sanctions"),
    (("role.pep", "role.rca", "role.pol"), "pep"),
    (("crime", "wanted", "reg.", "poi", "corp.disqual"), "adverse_media"),
)


class _Entity(msgspec.Struct):
    """What is read of a line; everything else is left alone."""

    id: str
    schema: str
    properties: dict[str, list[Any]] = {}
    target: bool = True


_DECODER: Final = msgspec.json.Decoder(_Entity)


def read(path: Path, *, list_code: str = CODE, kind: ListKind = KIND) -> Iterator[Record]:
    number, complete = 0, True
    for number, line in enumerate(text_lines(path), start=1):
        if not line.strip():
            continue
        entity = _decoded(line)
        complete = entity is not None
        if entity is None:
            yield BadRecord(f"{path.name}, line {number}", "not a JSON object with an id and a schema")
        elif entity.target and entity.schema.casefold() in ENTITY_TYPES:
            yield _record(entity, f"{path.name}, line {number}", list_code, kind)
    if not complete:
        raise ListRefused(f"{path.name} breaks off in line {number}")


def _decoded(line: str) -> _Entity | None:
    try:
        return _DECODER.decode(line) if len(line) <= _LONGEST_LINE else None
    except (msgspec.DecodeError, UnicodeEncodeError):
        return None


def _record(entity: _Entity, location: str, list_code: str, kind: ListKind) -> Record:
    values = _Values(entity.properties)
    names = values.of(*_ALIASES)
    reference = tidy(entity.id, MAXIMUM_REFERENCE_CHARACTERS)
    if not reference or not names:
        return BadRecord(location, "no id or no name")
    aliases: list[tuple[str, NameQuality]] = [(text, "alias") for text in names[1:]]
    aliases += [(text, "weak") for text in values.of("weakAlias")]
    return ListedEntity(
        entry_id=f"{list_code}:{reference}",
        list_code=list_code,
        kind=_kind(values.of("topics"), kind),
        reference=reference,
        names=listed_names(names[0], aliases),
        entity_type=ENTITY_TYPES[entity.schema.casefold()],
        birth_dates=unique(date for text in values.of("birthDate") for date in birth_dates(text)),
        countries=unique(country_code(text) or "" for text in values.of(*_COUNTRIES)),
        genders=unique(text for text in values.of("gender") if text in {"male", "female"}),
        identifiers=values.of(*_IDENTIFIERS),
        addresses=values.of("address"),
        remarks=tidy("; ".join(values.of("programId", "position", "notes")), MAXIMUM_REMARK_CHARACTERS),
    )


class _Values:
    """The properties of an entity, each value as tidy text; nested entities are no text and are left out."""

    def __init__(self, properties: Mapping[str, list[Any]]) -> None:
        self._properties = properties

    def of(self, *names: str) -> tuple[str, ...]:
        return unique(
            tidy(value, MAXIMUM_REMARK_CHARACTERS)
            for name in names
            for value in self._properties.get(name, ())
            if isinstance(value, str)
        )


def _kind(topics: tuple[str, ...], default: ListKind) -> ListKind:
    for beginnings, kind in _KINDS:
        if any(topic.startswith(beginnings) for topic in topics):
            return kind
    return default
