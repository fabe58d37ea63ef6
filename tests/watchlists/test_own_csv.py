from pathlib import Path

import pytest

from screening.watchlists.formats import ListRefused, csv_list, read_all
from tests.watchlists.conftest import bad, by_reference, names_of


def test_every_column_is_read(samples: Path) -> None:
    person = by_reference(list(csv_list.read(samples / "own.csv", list_code="our-list")))["own-1"]
    assert person.entry_id == "our-list:own-1"
    assert person.kind == "pep"
    assert person.birth_dates == ("1970-05-01",)
    assert person.countries == ("NG", "ID")
    assert person.identifiers == ("A123456",)
    assert person.remarks == "First line second line"
    assert names_of(person) == {
        "Made Up Person": "primary",
        "Made-Up Person": "alias",
        "M. U. Person": "alias",
        "The Mup": "weak",
    }


def test_without_a_reference_the_name_stands_for_it(samples: Path) -> None:
    company = by_reference(list(csv_list.read(samples / "own.csv")))["sample-trading-llc"]
    assert company.kind == "internal"


def test_each_bad_row_is_named_and_nobody_is_quoted(samples: Path) -> None:
    records = bad(list(csv_list.read(samples / "own.csv")))
    assert [(record.location, record.reason) for record in records] == [
        ("own.csv, line 5", "no name"),
        ("own.csv, line 6", "unknown kind of list"),
        ("own.csv, line 7", "birth date is not YYYY, YYYY-MM or YYYY-MM-DD"),
        ("own.csv, line 8", "unknown country"),
    ]


def test_only_a_name_is_needed(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("\ufeffName\nMade Up Person\n", encoding="utf-8")
    assert len(read_all("csv", tmp_path / "list.csv").entities) == 1


def test_latin_1_is_read(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_bytes("name\nJosé Pérez\n".encode("latin-1"))
    assert read_all("csv", tmp_path / "list.csv").entities[0].names[0].text == "José Pérez"


def test_a_file_without_a_name_column_is_refused(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("person,year\nMade Up,1970\n")
    with pytest.raises(ListRefused, match="no header with the columns name"):
        read_all("csv", tmp_path / "list.csv")


def test_a_reference_that_comes_twice_is_kept_once(tmp_path: Path) -> None:
    rows = "".join(f"Person Number{'x' * number},{number}\n" for number in range(20))
    (tmp_path / "list.csv").write_text("name,reference\n" + rows + "Another Person,3\n")
    contents = read_all("csv", tmp_path / "list.csv")
    assert len(contents.entities) == 20
    assert [record.reason for record in contents.bad_records] == ["the same reference a second time"]


def test_other_column_names_are_mapped(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("Full Name,DOB,Ref No,Land\nMade Up Person,1970-05-01,7,NG\n")
    columns = {"name": "full name", "birth_date": "DOB", "reference": "Ref No", "countries": "Land"}
    (person,) = read_all("csv", tmp_path / "list.csv", columns=columns).entities
    assert (person.reference, person.birth_dates, person.countries) == ("7", ("1970-05-01",), ("NG",))


@pytest.mark.parametrize(
    ("columns", "says"),
    [({"nome": "Full Name"}, "no column of a list"), ({"name": "Nome"}, "no header with the columns")],
)
def test_a_mapping_that_fits_nothing_is_refused(tmp_path: Path, columns: dict[str, str], says: str) -> None:
    (tmp_path / "list.csv").write_text("Full Name,DOB\nMade Up Person,1970-05-01\n")
    with pytest.raises(ListRefused, match=says):
        read_all("csv", tmp_path / "list.csv", columns=columns)


def test_only_ones_own_csv_takes_a_mapping(samples: Path) -> None:
    with pytest.raises(ListRefused, match="takes a mapping"):
        read_all("un-xml", samples / "un.xml", columns={"name": "x"})
