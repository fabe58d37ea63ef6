from pathlib import Path

from screening.watchlists.formats import un_xml
from tests.watchlists.conftest import bad, by_reference, names_of


def test_an_individual_brings_names_birth_and_documents(samples: Path) -> None:
    person = by_reference(list(un_xml.read(samples / "un.xml")))["SAi.001"]
    assert person.entry_id == "un:SAi.001"
    assert person.entity_type == "person"
    assert person.birth_dates == ("1962-01-01", "1970", "1971", "1972")
    assert person.countries == ("CD", "RW", "UG")
    assert person.genders == ("male",)
    assert person.identifiers == ("A123456",)
    assert person.remarks == "A made-up person."
    assert person.addresses == ("Kinshasa, Uganda",)


def test_low_quality_aliases_are_weak(samples: Path) -> None:
    person = by_reference(list(un_xml.read(samples / "un.xml")))["SAi.001"]
    assert names_of(person) == {
        "AHMAD SAMPLE AL-MADE UP": "primary",
        "أحمد": "alias",
        "Ahmed Sample": "alias",
        "Ahmed Sampel": "alias",
        "The Maker": "weak",
    }


def test_an_entity_is_a_company(samples: Path) -> None:
    company = by_reference(list(un_xml.read(samples / "un.xml")))["SAe.001"]
    assert company.entity_type == "company"
    assert names_of(company) == {"SAMPLE AIRLINES (SAL)": "primary", "Old Sample Air": "alias"}
    assert company.countries == ("CD",)


def test_an_individual_without_a_name_is_named_by_line_and_element(samples: Path) -> None:
    (record,) = bad(list(un_xml.read(samples / "un.xml")))
    assert record.location == "un.xml, line 25, INDIVIDUAL"
