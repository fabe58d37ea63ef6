from pathlib import Path

from screening.watchlists.formats import bis_dpl
from tests.watchlists.conftest import by_reference, names_of


def test_rows_of_one_name_are_one_entry(samples: Path) -> None:
    entities = by_reference(list(bis_dpl.read(samples / "dpl.txt")))
    assert len(entities) == 2
    airline = entities["al-sample-wings-airlines"]
    assert airline.entry_id == "bis-dpl:al-sample-wings-airlines"
    assert airline.countries == ("IQ", "AE")
    assert len(airline.addresses) == 2


def test_an_alias_in_the_name_is_an_alias(samples: Path) -> None:
    person = by_reference(list(bis_dpl.read(samples / "dpl.txt")))["fuyi-sample-a-k-a-frank-sample"]
    assert names_of(person) == {"FUYI SAMPLE": "primary", "FRANK SAMPLE": "alias"}
