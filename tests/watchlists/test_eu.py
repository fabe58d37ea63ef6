"""The European Union's list; the sample is made up after the Commission's schema."""

from pathlib import Path

from screening.watchlists.formats import eu_xml
from tests.watchlists.conftest import bad, by_reference, names_of


def test_a_person_is_told_by_attributes(samples: Path) -> None:
    person = by_reference(list(eu_xml.read(samples / "eu.xml")))["EU.1.11"]
    assert person.entry_id == "eu:EU.1.11"
    assert person.entity_type == "person"
    assert person.birth_dates == ("1961-03-12", "1959", "1960")
    assert person.countries == ("RU",)
    assert person.genders == ("male",)
    assert person.identifiers == ("AB 1234567",)
    assert person.addresses == ("Sample Street 1, Moscow, 101000, RUSSIAN FEDERATION",)
    assert person.remarks == "A made-up person."


def test_the_first_strong_name_is_the_main_one_and_the_others_keep_their_strength(samples: Path) -> None:
    person = by_reference(list(eu_xml.read(samples / "eu.xml")))["EU.1.11"]
    assert names_of(person) == {
        "Ivan Petrovich Samplov": "primary",
        "The Sampler": "weak",
        "Иван Петрович Самплов": "alias",
        "Ioann Samplov": "alias",
    }


def test_an_enterprise_without_a_reference_number_has_its_logical_id(samples: Path) -> None:
    company = by_reference(list(eu_xml.read(samples / "eu.xml")))["2"]
    assert company.entity_type == "company"
    assert company.countries == ("BY",)


def test_an_entry_without_a_name_is_named_by_line_and_element(samples: Path) -> None:
    (record,) = bad(list(eu_xml.read(samples / "eu.xml")))
    assert record.location == "eu.xml, line 24, sanctionEntity"
