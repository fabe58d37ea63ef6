"""The UK sanctions list; the sample is made up in the publisher's columns."""

from pathlib import Path

from screening.watchlists.formats import read_all, uk_csv
from tests.watchlists.conftest import bad, by_reference, names_of


def test_all_rows_of_a_unique_id_are_one_person(samples: Path) -> None:
    person = by_reference(list(uk_csv.read(samples / "uk.csv")))["TST0001"]
    assert person.entity_type == "person"
    assert names_of(person) == {
        "Ivan Petrovich SAMPLOV": "primary",
        "Ivan Samploff": "weak",
        "Vanya SAMPLOV": "alias",
        "Иван Самплов": "alias",
    }
    assert person.birth_dates == ("1961-03-12", "1962")
    assert person.countries == ("RU",)
    assert person.genders == ("male",)
    assert person.identifiers == ("AB1234567",)
    assert person.addresses == ("1 Sample Street, 101000, Russia",)


def test_numbered_values_of_a_cell_are_several(samples: Path) -> None:
    company = by_reference(list(uk_csv.read(samples / "uk.csv")))["TST0002"]
    assert (company.entity_type, company.countries) == ("company", ("CY",))
    assert company.identifiers == ("HE 123456", "987654321")


def test_a_ship_is_a_vessel_with_its_number_and_flag(samples: Path) -> None:
    ship = by_reference(list(uk_csv.read(samples / "uk.csv")))["TST0003"]
    assert (ship.entity_type, ship.identifiers, ship.countries) == ("vessel", ("9123456",), ("PA",))


def test_a_row_without_an_id_is_named_by_its_line(samples: Path) -> None:
    (record,) = bad(list(uk_csv.read(samples / "uk.csv")))
    assert (record.location, record.reason) == ("uk.csv, line 8", "no unique id or no name")


def test_the_file_may_begin_with_its_header(samples: Path, tmp_path: Path) -> None:
    _, _, rest = (samples / "uk.csv").read_text(encoding="utf-8").partition("\n")
    (tmp_path / "uk.csv").write_text(rest, encoding="utf-8")
    assert len(read_all("uk-csv", tmp_path / "uk.csv", maximum_bad_share=0.3).entities) == 3
