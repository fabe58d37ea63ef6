from collections.abc import Iterator
from pathlib import Path

import pytest

from screening.names.entity import ListedEntity
from screening.watchlists.formats import BadRecord
from screening.watchlists.formats.records import Record

SAMPLES = Path(__file__).parent / "samples"


@pytest.fixture
def samples() -> Path:
    return SAMPLES


@pytest.fixture
def no_sources(django_db_setup: None) -> Iterator[None]:
    """No public list is read from anywhere but where the test says: what is due belongs to nobody else."""
    _forget_sources()
    yield
    _forget_sources()


def _forget_sources() -> None:
    # Models can be imported only where there is a database.
    from screening.models import WatchlistSource
    from screening.watchlists.writing import writing

    with writing(None):
        WatchlistSource.objects.filter(organisation_id=None).delete()


def by_reference(records: list[Record]) -> dict[str, ListedEntity]:
    return {record.reference: record for record in records if isinstance(record, ListedEntity)}


def bad(records: list[Record]) -> list[BadRecord]:
    return [record for record in records if isinstance(record, BadRecord)]


def names_of(entity: ListedEntity) -> dict[str, str]:
    return {name.text: name.quality for name in entity.names}
