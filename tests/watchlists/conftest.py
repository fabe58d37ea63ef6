from pathlib import Path

import pytest

from screening.names.entity import ListedEntity
from screening.watchlists.formats import BadRecord
from screening.watchlists.formats.records import Record

SAMPLES = Path(__file__).parent / "samples"


@pytest.fixture
def samples() -> Path:
    return SAMPLES


def by_reference(records: list[Record]) -> dict[str, ListedEntity]:
    return {record.reference: record for record in records if isinstance(record, ListedEntity)}


def bad(records: list[Record]) -> list[BadRecord]:
    return [record for record in records if isinstance(record, BadRecord)]


def names_of(entity: ListedEntity) -> dict[str, str]:
    return {name.text: name.quality for name in entity.names}
