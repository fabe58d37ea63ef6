"""What must never replace a loaded list: empty, truncated, foreign, mostly bad or shrunken files."""

import shutil
from pathlib import Path

import pytest

from screening.watchlists.formats import FORMATS, ListRefused, read_all

FILES = {
    "ofac-sdn": "ofac/sdn.csv",
    "ofac-consolidated": "ofac/cons_prim.csv",
    "un-xml": "un.xml",
    "canada-xml": "canada.xml",
    "bis-dpl": "dpl.txt",
    "eu-xml": "eu.xml",
    "uk-csv": "uk.csv",
    "opensanctions-csv": "targets.simple.csv",
    "ftm-jsonl": "entities.ftm.json",
    "csv": "own.csv",
}
HTML = b"<!DOCTYPE html><html><body>503 Service Unavailable</body></html>"
BOMB = b"""<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c SYSTEM "file:///etc/hostname">]><%s><x>&b;&c;</x></%s>"""


def copied(samples: Path, tmp_path: Path, format_code: str) -> Path:
    file = tmp_path / Path(FILES[format_code]).name
    shutil.copy(samples / FILES[format_code], file)
    return file


def test_every_format_has_a_sample() -> None:
    assert set(FILES) == set(FORMATS)


@pytest.mark.parametrize("format_code", FORMATS)
@pytest.mark.parametrize("content", [b"", b"  \n", HTML, b"\x00\x01\x02\x03", b"\x1f\x8b\x08 compressed"])
def test_another_content_is_refused(samples: Path, tmp_path: Path, format_code: str, content: bytes) -> None:
    file = copied(samples, tmp_path, format_code)
    file.write_bytes(content)
    with pytest.raises(ListRefused) as refusal:
        read_all(format_code, file)
    assert file.name in refusal.value.reason


@pytest.mark.parametrize("format_code", FORMATS)
def test_a_missing_file_is_refused(tmp_path: Path, format_code: str) -> None:
    with pytest.raises(ListRefused):
        read_all(format_code, tmp_path / "nothing")


@pytest.mark.parametrize("format_code", ["un-xml", "canada-xml", "eu-xml"])
def test_truncated_xml_is_refused(samples: Path, tmp_path: Path, format_code: str) -> None:
    file = copied(samples, tmp_path, format_code)
    file.write_bytes(file.read_bytes()[:-40])
    with pytest.raises(ListRefused, match="not complete"):
        read_all(format_code, file)


@pytest.mark.parametrize(
    ("format_code", "root"),
    [("un-xml", b"CONSOLIDATED_LIST"), ("canada-xml", b"data-set"), ("eu-xml", b"export")],
)
def test_an_entity_bomb_is_refused(tmp_path: Path, format_code: str, root: bytes) -> None:
    file = tmp_path / "list.xml"
    file.write_bytes(BOMB % (root, root))
    with pytest.raises(ListRefused, match="document type"):
        read_all(format_code, file)


def test_one_list_is_not_taken_for_another(samples: Path) -> None:
    with pytest.raises(ListRefused, match="root"):
        read_all("un-xml", samples / "canada.xml")


def test_a_mostly_bad_file_is_refused(samples: Path) -> None:
    with pytest.raises(ListRefused, match="4 of 6 records"):
        read_all("csv", samples / "own.csv")
    assert len(read_all("csv", samples / "own.csv", maximum_bad_share=0.7).entities) == 2


def test_a_shrunken_list_is_refused(samples: Path) -> None:
    assert len(read_all("ofac-sdn", samples / "ofac", previous_count=6).entities) == 5
    with pytest.raises(ListRefused, match="shrank from 7 entries to 5"):
        read_all("ofac-sdn", samples / "ofac", previous_count=7)
    assert read_all("ofac-sdn", samples / "ofac", previous_count=7, minimum_share_of_previous=0.5).entities


def test_an_unknown_format_is_refused(samples: Path) -> None:
    with pytest.raises(ListRefused, match="unknown list format"):
        read_all("tea-leaves", samples / "own.csv")


def test_the_digest_tells_whether_anything_changed(samples: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(samples / "ofac", tmp_path / "ofac")
    before = read_all("ofac-sdn", folder).digest
    assert read_all("ofac-sdn", samples / "ofac").digest == before
    (folder / "add.csv").write_text('101,1,"2 Other Street","Moscow","Russia",-0- \n')
    assert read_all("ofac-sdn", folder).digest != before


def test_the_caller_may_name_the_list_and_its_kind(samples: Path) -> None:
    entity = read_all(
        "canada-xml", samples / "canada.xml", list_code="sema", kind="internal", maximum_bad_share=0.5
    ).entities[0]
    assert entity.entry_id.startswith("sema:")
    assert entity.kind == "internal"
