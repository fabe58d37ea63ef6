import shutil
from pathlib import Path

import pytest

from screening.watchlists.formats import ListRefused, ofac_consolidated, ofac_sdn
from tests.watchlists.conftest import bad, by_reference, names_of


def test_a_person_brings_everything_the_remarks_say(samples: Path) -> None:
    person = by_reference(list(ofac_sdn.read(samples / "ofac")))["101"]
    assert person.entry_id == "ofac-sdn:101"
    assert person.kind == "sanctions"
    assert person.entity_type == "person"
    assert person.birth_dates == ("1969-11-21", "1970")
    assert person.countries == ("RU", "CY")
    assert person.genders == ("male",)
    assert person.identifiers == ("N348171", "29135894Z66")
    assert person.addresses == ("1 Sample Street, Moscow, Russia",)


def test_aliases_of_the_alias_file_are_strong_and_quoted_ones_weak(samples: Path) -> None:
    person = by_reference(list(ofac_sdn.read(samples / "ofac")))["101"]
    assert names_of(person) == {
        "PETROV SAMPLE, Ivan": "primary",
        "PETROFF, Ivan": "alias",
        "SAMPLE, Ivan": "alias",
        "THE SAMPLE": "weak",
    }


def test_what_is_not_a_person_ship_or_aircraft_is_a_company(samples: Path) -> None:
    entities = by_reference(list(ofac_sdn.read(samples / "ofac")))
    types = {reference: entity.entity_type for reference, entity in entities.items()}
    assert types == {"101": "person", "102": "company", "103": "vessel", "104": "aircraft", "105": "company"}
    assert entities["103"].identifiers == ("CL2685", "9357729")
    assert entities["104"].identifiers == ("1023409321",)


def test_the_null_mark_is_nothing(samples: Path) -> None:
    entity = by_reference(list(ofac_sdn.read(samples / "ofac")))["105"]
    assert entity.remarks == "SAMPLE"
    assert entity.addresses == entity.identifiers == entity.birth_dates == ()


def test_the_path_of_the_main_file_will_do(samples: Path) -> None:
    assert list(ofac_sdn.read(samples / "ofac" / "sdn.csv")) == list(ofac_sdn.read(samples / "ofac"))


def test_aliases_of_unknown_entries_are_left_out(samples: Path) -> None:
    records = list(ofac_sdn.read(samples / "ofac"))
    assert not bad(records)
    assert "999" not in by_reference(records)


def test_the_other_files_may_be_missing(samples: Path, tmp_path: Path) -> None:
    shutil.copy(samples / "ofac" / "sdn.csv", tmp_path)
    assert len(by_reference(list(ofac_sdn.read(tmp_path)))) == 5


def test_the_consolidated_list_has_its_own_files_and_code(samples: Path) -> None:
    entity = by_reference(list(ofac_consolidated.read(samples / "ofac")))["101"]
    assert entity.entry_id == "ofac-consolidated:101"


def test_a_bad_row_is_skipped_and_named(samples: Path, tmp_path: Path) -> None:
    lines = (samples / "ofac" / "sdn.csv").read_text().splitlines()
    (tmp_path / "sdn.csv").write_text(
        "\n".join([lines[0], '7,"TOO SHORT"', '"x","NO NUMBER"' + "," * 10, *lines[1:]])
    )
    records = list(ofac_sdn.read(tmp_path))
    assert [record.location for record in bad(records)] == ["sdn.csv, line 2", "sdn.csv, line 3"]
    assert len(by_reference(records)) == 5


def test_a_file_that_breaks_off_is_refused(samples: Path, tmp_path: Path) -> None:
    content = (samples / "ofac" / "sdn.csv").read_bytes()
    for length in (len(content) // 2, content.index(b"105,") + 10):
        (tmp_path / "sdn.csv").write_bytes(content[:length])
        with pytest.raises(ListRefused):
            list(ofac_sdn.read(tmp_path))
