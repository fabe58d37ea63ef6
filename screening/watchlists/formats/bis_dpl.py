"""The US Bureau of Industry and Security's denied persons list: tab-separated with a header, one row an
address.

It numbers nothing, so an entry is a name: rows with the same name are one entry, and its reference is the
name itself.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from screening.names.entity import ListedEntity, ListKind
from screening.names.normalise import normalise
from screening.watchlists.formats.countries import country_code
from screening.watchlists.formats.records import (
    MAXIMUM_REMARK_CHARACTERS,
    BadRecord,
    ListRefused,
    Record,
    listed_names,
    text_lines,
    tidy,
    unique,
)

CODE = "bis-dpl"
KIND: ListKind = "sanctions"

_NEEDED = frozenset(("Name", "Country", "Effective_Date", "FR_Citation"))
_ADDRESS_PARTS = ("Street_Address", "City", "State", "Postal_Code", "Country")

Row = Mapping[str, str]


def read(path: Path, *, list_code: str = CODE, kind: ListKind = KIND) -> Iterator[Record]:
    rows_by_reference: dict[str, list[Row]] = {}
    for location, row in _rows(path):
        reference = "-".join(normalise(row.get("Name", "")))
        if reference:
            rows_by_reference.setdefault(reference, []).append(row)
        else:
            yield BadRecord(location, "no name or another number of columns")
    for reference, rows in rows_by_reference.items():
        yield _entity(reference, rows, list_code, kind)


def _rows(path: Path) -> Iterator[tuple[str, Row]]:
    """Location and columns of each row; a row with another number of columns comes empty."""
    reader = csv.reader(text_lines(path), delimiter="\t", strict=True)
    try:
        header = next(reader)
        if not set(header) >= _NEEDED:
            raise ListRefused(f"{path.name} lacks the columns of the denied persons list")
        complete = True
        for values in filter(None, reader):
            complete = len(values) == len(header)
            yield (
                f"{path.name}, line {reader.line_num}",
                dict(zip(header, values, strict=True)) if complete else {},
            )
    except csv.Error as error:
        raise ListRefused(f"{path.name} is not tab-separated text near line {reader.line_num}") from error
    if not complete:
        raise ListRefused(f"{path.name} breaks off in its last line")


def _entity(reference: str, rows: Sequence[Row], list_code: str, kind: ListKind) -> ListedEntity:
    orders = unique(f"{row['Effective_Date']}, {row['FR_Citation']}" for row in rows)
    return ListedEntity(
        entry_id=f"{list_code}:{reference}",
        list_code=list_code,
        kind=kind,
        reference=reference,
        names=listed_names(rows[0]["Name"], [(row["Name"], "alias") for row in rows[1:]]),
        countries=unique(country_code(row["Country"]) or "" for row in rows),
        addresses=unique(_address(row) for row in rows),
        remarks=tidy("; ".join(orders), MAXIMUM_REMARK_CHARACTERS),
    )


def _address(row: Row) -> str:
    return tidy(", ".join(row[part] for part in _ADDRESS_PARTS if row.get(part)))
