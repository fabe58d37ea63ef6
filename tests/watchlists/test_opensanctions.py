"""OpenSanctions' table of targets and FollowTheMoney's lines; the samples are made up after their documentation."""

from pathlib import Path

import pytest

from screening.watchlists.formats import ListRefused, ftm_jsonl, opensanctions_csv, read_all
from tests.watchlists.conftest import bad, by_reference, names_of


def test_a_row_of_the_table_is_a_target(samples: Path) -> None:
    person = by_reference(list(opensanctions_csv.read(samples / "targets.simple.csv")))["NK-sample1"]
    assert person.entry_id == "opensanctions:NK-sample1"
    assert names_of(person) == {"Ivan Samplov": "primary", "Иван Самплов": "alias", "Samplov; Ivan": "alias"}
    assert (person.entity_type, person.birth_dates, person.countries) == (
        "person",
        ("1961-03-12", "1962"),
        ("RU", "BY"),
    )


def test_only_a_row_that_names_a_sanction_is_a_sanctions_entry(samples: Path) -> None:
    targets = by_reference(list(opensanctions_csv.read(samples / "targets.simple.csv", kind="pep")))
    assert {reference: target.kind for reference, target in targets.items()} == {
        "NK-sample1": "sanctions",
        "NK-sample2": "pep",
        "NK-sample3": "sanctions",
    }


def test_what_is_no_party_of_a_payment_is_passed_over_and_what_has_no_name_is_bad(samples: Path) -> None:
    (record,) = bad(list(opensanctions_csv.read(samples / "targets.simple.csv")))
    assert record.location == "targets.simple.csv, line 6"


def test_a_line_of_followthemoney_is_an_entity(samples: Path) -> None:
    person = by_reference(list(ftm_jsonl.read(samples / "entities.ftm.json")))["NK-sample1"]
    assert names_of(person) == {
        "Ivan Samplov": "primary",
        "Иван Самплов": "alias",
        "Vanya Samplov": "alias",
        "The Sampler": "weak",
    }
    assert (person.genders, person.identifiers, person.countries) == (("male",), ("AB1234567",), ("RU",))


def test_the_weightiest_topic_says_of_which_kind_an_entity_is(samples: Path) -> None:
    entities = by_reference(list(ftm_jsonl.read(samples / "entities.ftm.json")))
    assert {reference: entity.kind for reference, entity in entities.items()} == {
        "NK-sample1": "sanctions",
        "NK-sample2": "pep",
        "NK-sample3": "adverse_media",
        "NK-sample6": "sanctions",
    }


def test_bad_lines_are_named_by_number(samples: Path) -> None:
    records = bad(list(ftm_jsonl.read(samples / "entities.ftm.json")))
    assert [record.location for record in records] == [
        "entities.ftm.json, line 6",
        "entities.ftm.json, line 7",
    ]


def test_a_file_whose_last_line_is_cut_off_is_refused(samples: Path, tmp_path: Path) -> None:
    (tmp_path / "cut.json").write_bytes((samples / "entities.ftm.json").read_bytes()[:-40])
    with pytest.raises(ListRefused, match="breaks off in line 8"):
        read_all("ftm-jsonl", tmp_path / "cut.json", maximum_bad_share=0.5)
