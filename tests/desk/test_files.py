"""Files of a case: what is taken is sealed and handed out safely; what is not is refused with why, nothing stored."""

import base64
import hashlib
import http.client
import io
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from cases.files import services, store
from cases.files.names import clean_name
from cases.models import Attachment
from ratel.identifiers import new_id, read
from ratel.problem import Conflict
from ratel.sealing import Unreadable
from tests.cast import Bank, make_bank
from tests.desk.case_bank import case_from_payment, words_of
from tests.desk.made_files import PDF, jpeg, lying_bomb, office, png, zipped
from tests.desk.people import Seat, seat
from tests.evaluate.lists import load_demo_list

MB = 1024 * 1024


@pytest.fixture(scope="module")
def bank() -> Bank:
    load_demo_list()
    return make_bank("File Bank", "ng", people=True)


@pytest.fixture(scope="module")
def analyst(bank: Bank) -> Seat:
    return seat(bank, "analyst", "ng")


@pytest.fixture(scope="module")
def case_id(bank: Bank) -> str:
    return case_from_payment(bank)[0]


def send(analyst: Seat, case_id: str, name: str, content: bytes) -> str:
    file = SimpleUploadedFile("placeholder", content)
    # Django's own client cleans names; an attacker's does not.
    file._name = name
    return words_of(analyst.do("case-file-add", case_id, back=analyst.url("case", case_id), file=file))


def rows(bank: Bank) -> int:
    with bank.seeing("ng"):
        return Attachment.objects.count()


def stored_files() -> set[Path]:
    return {one for one in (Path(settings.RATEL_STATE_DIRECTORY) / "files").rglob("*") if one.is_file()}


GOOD = {
    "invoice.pdf": PDF,
    "scan.png": png(),
    "photo.jpeg": jpeg(),
    "statement.csv": b"day,amount\n2026-01-01,10\n",
    "call.txt": "She said: « no ».\n".encode(),
    "accounts.xlsx": office(),
    "letter.docx": office("docx"),
}


@pytest.mark.parametrize("name", GOOD)
def test_honest_files_are_taken_sealed_and_come_back_as_they_were(bank, analyst, case_id, name):
    before = stored_files()
    text = send(analyst, case_id, name, GOOD[name])
    digest = hashlib.sha256(GOOD[name]).hexdigest()
    assert name in text
    assert digest in text
    (new,) = stored_files() - before
    assert GOOD[name] not in new.read_bytes()
    assert new.stat().st_mode & 0o077 == 0
    page = analyst.get("case", case_id).content.decode()
    (link,) = re.findall(rf'href="([^"]+)" download>{re.escape(name)}<', page)
    answer = analyst.client.get(link)
    assert answer.content == GOOD[name]
    assert answer["Content-Disposition"].startswith(f'attachment; filename="{name}"')
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"


BAD = {
    "a script named .pdf": ("run.pdf", b"#!/bin/sh\nrm -rf /\n", "not a PDF"),
    "a page named .png": ("page.png", b"<html><script>alert(1)</script></html>", "not a PNG"),
    "a program": ("run.exe", b"MZ\x90\x00", "its ending is none of"),
    "a program behind a second ending": ("invoice.pdf.exe", PDF, "its ending is none of"),
    "an SVG": ("drawing.svg", b"<svg/>", "its ending is none of"),
    "no ending": ("invoice", PDF, "none of the endings"),
    "nothing": ("empty.txt", b"", "empty"),
    "a PDF named .png": ("x.png", PDF, "not a PNG"),
    "a page named .txt": ("x.txt", b"  <!DOCTYPE html><p>", "a program or a web page"),
    "bytes named .txt": ("x.txt", b"\x00\x01\x02", "control characters"),
    "Latin-1 named .txt": ("x.txt", "café".encode("latin-1"), "not UTF-8"),
    "prose named .csv": ("x.csv", b"just words\n", "no columns"),
    "a PDF that runs a script": (
        "x.pdf",
        PDF.replace(b"/Catalog", b"/Catalog/OpenAction<</S/J#61vaScript/JS(x)>>"),
        "acts by itself",
    ),
    "a PDF that carries files": (
        "x.pdf",
        PDF.replace(b"/Catalog", b"/Catalog/EmbeddedFiles 2 0 R"),
        "carries other files",
    ),
    "a PDF that is an archive too": ("x.pdf", PDF + zipped({"a.js": b"x"}), "behind the end"),
    "a PNG with something behind": ("x.png", png() + zipped({"a.js": b"x"}), "behind the end"),
    "a PNG with a page in its text": (
        "x.png",
        png((b"tEXt", b"c\x00<script>alert(1)</script>")),
        "hides in the image",
    ),
    "a PNG of a changed byte": ("x.png", png()[:20] + b"\x07" + png()[21:], "damaged"),
    "a JPEG with a page in its comment": ("x.jpg", jpeg(b"<?php system('id') ?>"), "hides in the image"),
    "a JPEG with an archive behind": ("x.jpg", jpeg() + zipped({"a": b"x"}), "behind the end"),
    "an archive named .xlsx": ("x.xlsx", zipped({"a.txt": b"hello"}), "not what its ending says"),
    "a document named .xlsx": ("x.xlsx", office("docx"), "not what its ending says"),
    "a workbook with macros": (
        "x.xlsx",
        office(xl__vbaProject_bin=b"x").replace(b"_bin", b".bin"),
        "macros, programs",
    ),
    "a zip bomb": ("x.xlsx", office(xl__sheet=b"0" * (70 * MB)), "zip bomb"),
    "a zip bomb that lies": ("x.xlsx", lying_bomb(), ""),
    "a part that leads out": ("x.xlsx", office(**{"..__..__etc__passwd": b"x"}), "leads out of it"),
    "something in front of an archive": ("x.docx", b"MZ" + office("docx"), "not an Office document"),
    "a template from elsewhere": (
        "x.docx",
        zipped(
            {
                "[Content_Types].xml": b"wordprocessingml.document.main+xml",
                "word/document.xml": b"<main/>",
                "word/_rels/settings.xml.rels": b'<Relationship Type="http://x/attachedTemplate"'
                b' Target="http://evil/" TargetMode="External"/>',
            }
        ),
        "from elsewhere",
    ),
    "11 MB": ("x.txt", b"a" * (11 * MB), "10 MB at most"),
}


@pytest.mark.parametrize("attack", BAD)
def test_what_is_not_just_a_file_is_refused_with_why_and_nothing_is_stored(bank, analyst, case_id, attack):
    name, content, why = BAD[attack]
    before = (rows(bank), stored_files())
    text = send(analyst, case_id, name, content)
    assert "nothing was stored" in text
    assert why in text
    assert (rows(bank), stored_files()) == before


NAMES = {
    "../../etc/cron.d/evil.txt": "evil.txt",
    "..\\..\\windows\\evil.txt": "evil.txt",
    "/absolute/evil.txt": "evil.txt",
    "con.txt": "_con.txt",
    ".hidden.txt": "hidden.txt",
    "a\u202etxt.exe.txt": "atxt.exe.txt",
    "line\nbreak.txt": "linebreak.txt",
    'quote"<x>.txt': "quote__x_.txt",
    f"{'n' * 400}.txt": f"{'n' * 116}.txt",
}


@pytest.mark.parametrize("given", NAMES)
def test_names_lose_their_tricks(bank, given):
    assert clean_name(given) == NAMES[given]


def test_a_name_with_a_path_is_kept_as_its_last_part_and_lies_under_none_of_it(bank, analyst, case_id):
    before = stored_files()
    caller = bank.callers["ng"]
    answer = caller.post(
        f"/api/cases/{case_id}/attachments",
        {"name": "../../../../srv/evil-path.txt", "content": base64.b64encode(b"hello there").decode()},
    )
    assert answer.status == 201, answer.body
    assert answer.data["name"] == "evil-path.txt"
    (new,) = stored_files() - before
    assert re.fullmatch("[0-9a-f]{64}", new.name)
    assert not Path("/srv/evil-path.txt").exists()


def test_a_case_holds_fifty_files(bank, analyst):
    case_id, _ = case_from_payment(bank)
    caller = bank.principal("ng")
    for number in range(services.MOST_FILES):
        services.attachment_add(
            caller=caller, case_id=read("cas", case_id), name=f"{number}.txt", content=b"one of many"
        )
    before = stored_files()
    assert "A case holds 50 files at most" in send(analyst, case_id, "more.txt", b"one too many")
    with pytest.raises(Conflict):
        services.attachment_add(caller=caller, case_id=read("cas", case_id), name="x.txt", content=b"no")
    assert stored_files() == before


def test_a_stored_file_that_was_changed_cut_or_exchanged_is_not_handed_out(bank, case_id):
    owner, content = new_id(), b"x" * (store.PIECE_BYTES + 10)
    with store.Writer(owner) as file:
        file.write(content)
    path = next(one for one in stored_files() if one.name == file.stored_as)
    sealed = path.read_bytes()
    assert store.content(owner, file.stored_as) == content
    piece = int.from_bytes(sealed[:4], "big") + 4
    for wrong in (sealed[:-1] + bytes([sealed[-1] ^ 1]), sealed[:piece], sealed[piece:]):
        path.write_bytes(wrong)
        with pytest.raises(Unreadable):
            store.content(owner, file.stored_as)
    path.write_bytes(sealed)
    with pytest.raises(Unreadable):
        store.content(new_id(), file.stored_as)
    store.remove(file.stored_as)


def test_what_a_dead_writer_left_is_removed_after_a_day():
    left = store.directory() / "aa" / f"{'a' * 64}.part"
    left.parent.mkdir(parents=True, exist_ok=True)
    left.write_bytes(b"half")
    written = left.stat().st_mtime
    assert store.remove_unfinished(written + 3_600) == 0
    assert store.remove_unfinished(written + 90_000) == 1
    assert not left.exists()


def test_files_through_the_api_are_listed_read_and_refused_alike(bank, case_id):
    caller = bank.callers["ng"]
    address = f"/api/cases/{case_id}/attachments"
    added = caller.post(address, {"name": "report.pdf", "content": base64.b64encode(PDF).decode()})
    assert added.status == 201, added.body
    assert added.data["sha256"] == hashlib.sha256(PDF).hexdigest()
    listed = caller.get(address).data
    assert added.data["id"] in {one["id"] for one in listed}
    whole = caller.get(f"/api/attachments/{added.data['id']}").data
    assert base64.b64decode(whole["content"]) == PDF
    refused = caller.post(address, {"name": "x.pdf", "content": base64.b64encode(b"#!/bin/sh").decode()})
    assert (refused.status, refused.error["code"]) == (400, "file_refused")
    assert caller.post(address, {"name": "x.pdf", "content": "not base64!"}).status == 400
    too_large = caller.post(address, {"name": "x.txt", "content": base64.b64encode(b"a" * 11 * MB).decode()})
    assert too_large.status == 413
    rival = make_bank("Rival File Bank", "ng").callers["ng"]
    assert rival.get(f"/api/attachments/{added.data['id']}").status == 404
    assert rival.get(address).status == 404


def test_an_auditor_reads_files_and_adds_none(bank, analyst, case_id):
    send(analyst, case_id, "for-the-auditor.txt", b"evidence")
    auditor = seat(bank, "auditor", "ng")
    assert "for-the-auditor.txt" in words_of(auditor.get("case", case_id))
    file = io.BytesIO(b"no")
    assert auditor.post("case-file-add", case_id, file=file).status_code == 403


def test_a_hundred_megabytes_are_refused_before_they_are_read(live_server_process, bank, analyst, case_id):
    """A real server says 413 with the reason after the headers and a first piece; the rest is never sent."""
    place = urlsplit(live_server_process)
    before = (rows(bank), stored_files())
    for path, more in (
        (analyst.url("case-file-add", case_id), {"Content-Type": "multipart/form-data; boundary=b"}),
        (
            f"/api/cases/{case_id}/attachments",
            {"Content-Type": "application/json", "X-API-Key": bank.callers["ng"].key or ""},
        ),
    ):
        connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=20)
        connection.putrequest("POST", path)
        session = analyst.client.cookies["sessionid"].value
        headers = {"Content-Length": str(100 * MB), "Cookie": f"sessionid={session}", **more}
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        connection.send(b"a" * 64 * 1024)
        answer = connection.getresponse()
        assert answer.status == 413
        assert re.search(rb"A form may have 17 MB at most|At most \d+ bytes are read here", answer.read())
        connection.close()
    assert (rows(bank), stored_files()) == before
