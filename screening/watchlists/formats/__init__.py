"""Every list format that can be read, and the one judgement of whether a file is fit to replace what is loaded.

A format is one module with `CODE`, `KIND` and `read(path)`; adding one means adding the module and its line in
`_MODULES`. Nothing here keeps more than one entry in memory, except `read_all`.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

from screening.names.entity import ListedEntity, ListKind
from screening.watchlists.formats import (
    bis_dpl,
    canada_xml,
    csv_list,
    eu_xml,
    ftm_jsonl,
    ofac_consolidated,
    ofac_sdn,
    opensanctions_csv,
    uk_csv,
    un_xml,
)
from screening.watchlists.formats.records import MAXIMUM_RECORDS, BadRecord, ListRefused, Record

__all__ = ["FORMATS", "BadRecord", "Intake", "ListContents", "ListRefused", "Reader", "Record", "read_all"]

MOST_BAD_SHARE: Final = 0.1
LEAST_SHARE_OF_PREVIOUS: Final = 0.8
BAD_RECORDS_KEPT: Final = 1_000


class Reader(Protocol):
    """Yields entities and bad records. Without `list_code` and `kind` the format's own apply."""

    def __call__(self, path: Path, *, list_code: str = ..., kind: ListKind = ...) -> Iterator[Record]: ...


class Format(Protocol):
    """What a format's module offers; one of several files also has `FILES` and `sources(path)`."""

    CODE: str
    KIND: ListKind

    @property
    def read(self) -> Reader: ...


_MODULES: Final[dict[str, Format]] = {
    "ofac-sdn": ofac_sdn,
    "ofac-consolidated": ofac_consolidated,
    "un-xml": un_xml,
    "eu-xml": eu_xml,
    "uk-csv": uk_csv,
    "canada-xml": canada_xml,
    "bis-dpl": bis_dpl,
    "opensanctions-csv": opensanctions_csv,
    "ftm-jsonl": ftm_jsonl,
    "csv": csv_list,
}

FORMATS: Final[dict[str, Reader]] = {code: module.read for code, module in _MODULES.items()}


@dataclass(slots=True)
class Intake:
    """One reading of a list, record by record: entities come out, what is wrong is counted, `judge` decides.

    `columns` renames the columns of a CSV of one's own: our name -> the file's.
    """

    format: str
    path: Path
    list_code: str | None = None
    kind: ListKind | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    good: int = 0
    bad: int = 0
    bad_records: list[BadRecord] = field(default_factory=list)

    def entities(self) -> Iterator[ListedEntity]:
        """Every good entry once. Raises ListRefused where the file cannot be read at all."""
        seen: set[str] = set()
        for record in self._records():
            if self.good + self.bad >= MAXIMUM_RECORDS:
                raise ListRefused(f"{self.path.name} has more than {MAXIMUM_RECORDS} records")
            if isinstance(record, BadRecord):
                self._note(record)
            elif record.entry_id in seen:
                self._note(
                    BadRecord(f"{self.path.name}, {record.reference}", "the same reference a second time")
                )
            else:
                seen.add(record.entry_id)
                self.good += 1
                yield record

    def judge(
        self,
        *,
        previous_count: int | None,
        minimum_share_of_previous: float = LEAST_SHARE_OF_PREVIOUS,
        maximum_bad_share: float = MOST_BAD_SHARE,
    ) -> None:
        """After the last entity: raises ListRefused for a file that is empty, mostly bad or shrunken."""
        name = self.path.name
        if not self.good:
            raise ListRefused(f"{name} holds no entry that can be read")
        if self.bad > maximum_bad_share * (self.good + self.bad):
            raise ListRefused(
                f"{self.bad} of {self.good + self.bad} records in {name} are bad, over {maximum_bad_share:.0%}"
            )
        if previous_count and self.good < minimum_share_of_previous * previous_count:
            raise ListRefused(
                f"{name} shrank from {previous_count} entries to {self.good},"
                f" under {minimum_share_of_previous:.0%} of what is loaded"
            )

    def digest(self) -> str:
        """The SHA-256 of the source files, to tell whether anything changed."""
        digest = hashlib.sha256()
        for source in sources_of(self.format, self.path):
            with source.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        return digest.hexdigest()

    def _records(self) -> Iterator[Record]:
        if self.format not in FORMATS:
            raise ListRefused(f"unknown list format, known are {', '.join(FORMATS)}")
        module = _MODULES[self.format]
        more: dict[str, Any] = {}
        if self.columns:
            if self.format != csv_list.CODE:
                raise ListRefused(f"only the format {csv_list.CODE} takes a mapping of columns")
            more["columns"] = self.columns
        return module.read(
            self.path, list_code=self.list_code or module.CODE, kind=self.kind or module.KIND, **more
        )

    def _note(self, record: BadRecord) -> None:
        self.bad += 1
        if len(self.bad_records) < BAD_RECORDS_KEPT:
            self.bad_records.append(record)


def sources_of(format: str, path: Path) -> tuple[Path, ...]:
    """Every file that a list's contents depend on."""
    sources = getattr(_MODULES[format], "sources", None)
    return sources(path) if sources else (path,)


def files_of(format: str) -> tuple[str, ...]:
    """The names of the files of a format that consists of several, the first of which must be there; else nothing."""
    return getattr(_MODULES.get(format), "FILES", ())


@dataclass(frozen=True, slots=True)
class ListContents:
    """A list that was read completely; `digest` tells whether anything changed."""

    entities: tuple[ListedEntity, ...]
    bad_records: tuple[BadRecord, ...]
    digest: str


def read_all(
    format: str,
    path: Path,
    *,
    list_code: str | None = None,
    kind: ListKind | None = None,
    columns: Mapping[str, str] | None = None,
    previous_count: int | None = None,
    minimum_share_of_previous: float = LEAST_SHARE_OF_PREVIOUS,
    maximum_bad_share: float = MOST_BAD_SHARE,
) -> ListContents:
    """A whole small list in memory, or ListRefused with the reason: unreadable, empty, mostly bad, not that
    format, shrunken.

    `list_code` and `kind` replace the format's own; `previous_count` is the number of entries loaded now.
    """
    intake = Intake(format, Path(path), list_code, kind, columns or {})
    entities = tuple(intake.entities())
    intake.judge(
        previous_count=previous_count,
        minimum_share_of_previous=minimum_share_of_previous,
        maximum_bad_share=maximum_bad_share,
    )
    return ListContents(entities, tuple(intake.bad_records), intake.digest())
