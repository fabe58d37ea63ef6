"""OpenSanctions' simplified table of targets, `targets.simple.csv`: one row a target, several values of a cell
separated by semicolons.

The file mixes sanctioned and politically exposed persons and says so only for the sanctioned: a row that names a sanction
is of the kind sanctions, every other one of the kind that the list is loaded as.
"""

import csv
from collections.abc import Iterator, Mapping
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

CODE = "opensanctions"
KIND: ListKind = "sanctions"

Values = Mapping[str, str]

_NEEDED: Final = ("id", "schema", "name", "aliases", "birth_date", "countries", "identifiers")
ENTITY_TYPES: Final[dict[str, EntityType]] = {
    "person": "person",
    "company": "company",
    "organization": "company",
    "publicbody": "company",
    "legalentity": "unknown",
    "vessel": "vessel",
    "airplane": "aircraft",
}
"""Schemas of FollowTheMoney, in lower case, whose entities can be parties of a payment."""


def read(path: Path, *, list_code: str = CODE, kind: ListKind = KIND) -> Iterator[Record]:
    for row in rows(path, needed=_NEEDED):
        if isinstance(row, BadRecord):
            yield row
            continue
        schema = tidy(row.values["schema"]).casefold()
        if not tidy(row.values["id"]) or not tidy(row.values["name"]):
            yield BadRecord(row.location, "no id or no name")
        elif not schema:
            yield BadRecord(row.location, "no schema")
        elif schema in ENTITY_TYPES:
            yield _entity(row.values, ENTITY_TYPES[schema], list_code, kind)


def _entity(values: Values, entity_type: EntityType, list_code: str, kind: ListKind) -> ListedEntity:
    reference = tidy(values["id"], MAXIMUM_REFERENCE_CHARACTERS)
    aliases: list[tuple[str, NameQuality]] = [(text, "alias") for text in _cell(values, "aliases")]
    return ListedEntity(
        entry_id=f"{list_code}:{reference}",
        list_code=list_code,
        kind="sanctions" if tidy(values.get("sanctions")) else kind,
        reference=reference,
        names=listed_names(values["name"], aliases),
        entity_type=entity_type,
        birth_dates=unique(date for text in _cell(values, "birth_date") for date in birth_dates(text)),
        countries=unique(country_code(text) or "" for text in _cell(values, "countries")),
        identifiers=_cell(values, "identifiers"),
        addresses=_cell(values, "addresses"),
        remarks=tidy("; ".join(_cell(values, "sanctions")), MAXIMUM_REMARK_CHARACTERS),
    )


def _cell(values: Values, column: str) -> tuple[str, ...]:
    """The values of a cell; one that holds a semicolon itself is in quotation marks."""
    text = values.get(column) or ""
    parts = next(csv.reader([text.replace("\n", " ")], delimiter=";"), []) if text else []
    return unique(tidy(part) for part in parts)
