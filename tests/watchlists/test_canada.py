from pathlib import Path

from screening.watchlists.formats import canada_xml
from tests.watchlists.conftest import bad, by_reference, names_of


def test_a_person_is_given_name_and_last_name(samples: Path) -> None:
    person = by_reference(list(canada_xml.read(samples / "canada.xml")))["Belarus/1, Part 1/3"]
    assert person.entry_id == "canada:Belarus/1, Part 1/3"
    assert person.entity_type == "person"
    assert person.birth_dates == ("1965-04-29", "1966-04-29")
    assert names_of(person) == {
        "Ivan Ivanovich Sample": "primary",
        "Иван Иванович Пример": "alias",
        "Vanya": "weak",
    }


def test_the_regulation_is_not_a_nationality(samples: Path) -> None:
    person = by_reference(list(canada_xml.read(samples / "canada.xml")))["Belarus/1, Part 1/3"]
    assert person.countries == ()
    assert "Belarus" in person.remarks


def test_a_ship_has_its_number_and_no_birth_date(samples: Path) -> None:
    ship = by_reference(list(canada_xml.read(samples / "canada.xml")))["Russia/1.1/61"]
    assert (ship.entity_type, ship.identifiers, ship.birth_dates) == ("vessel", ("9321689",), ())


def test_a_name_in_brackets_is_an_alias(samples: Path) -> None:
    company = by_reference(list(canada_xml.read(samples / "canada.xml")))["Russia/1, Part 2/520"]
    assert names_of(company) == {"Sample Research Centre": "primary", "Sample Scientific Center": "alias"}


def test_a_record_without_a_name_is_skipped_and_named(samples: Path) -> None:
    (record,) = bad(list(canada_xml.read(samples / "canada.xml")))
    assert record.location.startswith("canada.xml, line 29")
