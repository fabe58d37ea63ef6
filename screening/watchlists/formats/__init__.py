"""Every list format that can be read, and the one function that decides whether a file is fit to replace
what is loaded.

A format is one module with `CODE` and `read(path)`; adding one means adding the module and its line in
`FORMATS`.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from screening.names.entity import ListedEntity, ListKind
from screening.watchlists.formats import bis_dpl, canada_xml, csv_list, ofac_consolidated, ofac_sdn, un_xml
from screening.watchlists.formats.records import MAXIMUM_RECORDS, BadRecord, ListRefused, Record

__all__ = ["FORMATS", "BadRecord", "ListContents", "ListRefused", "Reader", "Record", "read_all"]


class Reader(Protocol):
    """Yields entities and bad records. Without `list_code` and `kind` the format's own apply."""

    def __call__(self, path: Path, *, list_code: str = ..., kind: ListKind = ...) -> Iterator[Record]: ...


class Format(Protocol):
    """What a format's module offers."""

    CODE: str
    KIND: ListKind
    read: Reader


_MODULES: dict[str, Format] = {
    "ofac-sdn": ofac_sdn,
    "ofac-consolidated": ofac_consolidated,
    "un-xml": un_xml,
    "canada-xml": canada_xml,
    "bis-dpl": bis_dpl,
    "csv": csv_list,
}

FORMATS: dict[str, Reader] = {code: module.read for code, module in _MODULES.items()}


@dataclass(frozen=True, slots=True)
class ListContents:
    """A list that was read completely; `digest` is the SHA-256 of its source files, to tell whether
    anything changed.
    """

    entities: tuple[ListedEntity, ...]
    bad_records: tuple[BadRecord, ...]
    digest: str


def read_all(
    format: str,
    path: Path,
    *,
    list_code: str | None = None,
    kind: ListKind | None = None,
    previous_count: int | None = None,
    minimum_share_of_previous: float = 0.8,
    maximum_bad_share: float = 0.1,
) -> ListContents:
    """Read a whole list, or raise ListRefused with the reason: unreadable, empty, mostly bad, not that
    format, shrunken.

    `list_code` and `kind` replace the format's own; `previous_count` is the number of entries loaded now.
    """
    if format not in FORMATS:
        raise ListRefused(f"unknown list format, known are {', '.join(FORMATS)}")
    path = Path(path)
    contents = _collect(_records(format, path, list_code, kind), path)
    good, bad = len(contents.entities), len(contents.bad_records)
    if not good:
        raise ListRefused(f"{path.name} holds no entry that can be read")
    if bad > maximum_bad_share * (good + bad):
        raise ListRefused(
            f"{bad} of {good + bad} records in {path.name} are bad, over {maximum_bad_share:.0%}"
        )
    if previous_count and good < minimum_share_of_previous * previous_count:
        raise ListRefused(
            f"{path.name} shrank from {previous_count} entries to {good},"
            f" under {minimum_share_of_previous:.0%} of what is loaded"
        )
    return replace(contents, digest=_digest(format, path))


def _records(format_code: str, path: Path, list_code: str | None, kind: ListKind | None) -> Iterator[Record]:
    module = _MODULES[format_code]
    return FORMATS[format_code](path, list_code=list_code or module.CODE, kind=kind or module.KIND)


def _collect(records: Iterator[Record], path: Path) -> ListContents:
    entities: dict[str, ListedEntity] = {}
    bad_records: list[BadRecord] = []
    for count, record in enumerate(records, start=1):
        if count > MAXIMUM_RECORDS:
            raise ListRefused(f"{path.name} has more than {MAXIMUM_RECORDS} records")
        if isinstance(record, BadRecord):
            bad_records.append(record)
        elif record.entry_id in entities:
            bad_records.append(
                BadRecord(f"{path.name}, {record.reference}", "the same reference a second time")
            )
        else:
            entities[record.entry_id] = record
    return ListContents(tuple(entities.values()), tuple(bad_records), digest="")


def _digest(format_code: str, path: Path) -> str:
    sources = getattr(_MODULES[format_code], "sources", None)
    digest = hashlib.sha256()
    for source in sources(path) if sources else (path,):
        with source.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()
