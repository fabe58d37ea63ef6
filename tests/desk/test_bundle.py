"""Examination bundles: made at the desk, verified by the script inside in a process of its own, broken by one byte."""

import hashlib
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from cases.bundle import services, tasks
from cases.models import Bundle, Case, Report
from ratel.identifiers import read, show
from teams.models import AuditEntry
from tests.audit.test_chain import link_everything
from tests.cast import Bank, make_bank
from tests.desk.case_bank import act, case_from_payment, words_of
from tests.desk.made_files import PDF
from tests.desk.people import Seat, seat
from tests.evaluate.lists import load_demo_list


@pytest.fixture(scope="module")
def bank() -> Bank:
    load_demo_list()
    return make_bank("Bundle Bank", "ng", people=True)


@pytest.fixture(scope="module")
def officer(bank: Bank) -> Seat:
    return seat(bank, "officer", "ng")


@pytest.fixture(scope="module")
def case_id(bank: Bank, officer: Seat) -> str:
    """A case with a note, a file and a report."""
    case_id, _ = case_from_payment(bank)
    act(officer, "case-note", case_id, text="Called the branch")
    officer.do("case-file-add", case_id, file=SimpleUploadedFile("invoice.pdf", PDF))
    with bank.seeing("ng"):
        case = Case.objects.get(id=read("cas", case_id))
        Report.objects.create(
            organisation_id=case.organisation_id,
            team_id=case.team_id,
            customer_id=case.customer_id,
            type="SAR",
            case_id=case.id,
            reason="planted",
            created_at=timezone.now(),
        )
    return case_id


def bundle_of(at: Seat, name: str, *arguments: str) -> zipfile.ZipFile:
    answer = at.do(name, *arguments)
    assert answer["Content-Type"] == "application/zip", words_of(answer)
    return zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))


def verify(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False
    )


@pytest.fixture(scope="module")
def unpacked(bank: Bank, officer: Seat, case_id: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once everything so far is linked: what is not cannot give a forgery away."""
    link_everything(bank)
    folder = tmp_path_factory.mktemp("bundle")
    bundle_of(officer, "case-bundle", case_id).extractall(folder)
    return folder


def test_it_holds_everything_about_the_case(unpacked, case_id):
    names = {one["path"] for one in json.loads((unpacked / "MANIFEST.json").read_bytes())["files"]}
    case = json.loads((unpacked / "cases" / case_id / "case.json").read_bytes())
    assert case["notes"][0]["text"] == "Called the branch"
    assert {"created", "noted", "file_added"} <= {one["action"] for one in case["timeline"]}
    (path,) = [name for name in names if name.endswith("-invoice.pdf")]
    assert (unpacked / path).read_bytes() == PDF
    assert {
        "alerts/0001.jsonl",
        "customers/0001.jsonl",
        "evaluations/0001.jsonl",
        "reports/0001.jsonl",
    } <= names
    evaluation = json.loads((unpacked / "evaluations" / "0001.jsonl").read_text().splitlines()[0])
    assert evaluation["transaction"]["counterparty"]["name"] == "Bello Ventures"


def test_the_script_inside_finds_it_sound_in_a_process_of_its_own(unpacked):
    done = verify(unpacked / "verify.py")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "files as the manifest names them" in done.stdout
    assert "sound: 1 decisions are the ones that the audit trail recorded" in done.stdout


@pytest.mark.parametrize(
    "pattern", ["cases/*/case.json", "cases/*/files/*", "evaluations/*", "audit/*", "README.txt"]
)
def test_one_changed_byte_is_found_and_the_file_is_named(unpacked, pattern):
    (path,) = unpacked.glob(pattern)
    before = path.read_bytes()
    middle = len(before) // 2
    path.write_bytes(before[:middle] + bytes([before[middle] ^ 1]) + before[middle + 1 :])
    done = verify(unpacked / "verify.py")
    path.write_bytes(before)
    assert done.returncode == 1
    assert f"NOT SOUND  {path.relative_to(unpacked).as_posix()}" in done.stdout


def test_what_is_missing_or_added_is_found(unpacked):
    (unpacked / "cases" / "extra.json").write_text("{}")
    (path,) = unpacked.glob("cases/*/files/*")
    kept = path.rename(unpacked.parent / "aside")
    done = verify(unpacked / "verify.py")
    kept.rename(path)
    (unpacked / "cases" / "extra.json").unlink()
    assert done.returncode == 1
    assert "cases/extra.json: is not in the manifest" in done.stdout
    assert "invoice.pdf: is missing" in done.stdout


def test_an_entry_that_was_rewritten_does_not_fit_its_link_even_with_a_new_manifest(unpacked):
    """Whoever forges a file can forge the manifest; the links give it away."""
    (path,) = unpacked.glob("audit/*")
    manifest = unpacked / "MANIFEST.json"
    before = path.read_bytes(), manifest.read_bytes()
    forged = before[0].replace(b"file_added", b"file_taken")
    path.write_bytes(forged)
    listed = json.loads(before[1])
    for one in listed["files"]:
        if one["path"] == path.relative_to(unpacked).as_posix():
            one["sha256"] = hashlib.sha256(forged).hexdigest()
    manifest.write_text(json.dumps(listed))
    done = verify(unpacked / "verify.py")
    path.write_bytes(before[0])
    manifest.write_bytes(before[1])
    assert done.returncode == 1
    assert "does not fit its link" in done.stdout


def test_without_the_right_nothing_in_it_tells_of_a_report(bank, case_id, tmp_path):
    archive = bundle_of(seat(bank, "admin", "ng"), "case-bundle", case_id)
    archive.extractall(tmp_path)
    assert verify(tmp_path / "verify.py").returncode == 0
    for name in archive.namelist():
        if name not in {"README.txt", "verify.py"}:
            content = archive.read(name)
            assert b"SAR" not in content, name
            assert b"rep_" not in content, name


def test_a_bundle_with_reports_is_not_handed_to_those_without_the_right(bank, officer, case_id):
    bundle_of(officer, "case-bundle", case_id)
    with bank.seeing("ng"):
        bundle = Bundle.objects.filter(with_reports=True).latest("id")
    admin = seat(bank, "admin", "ng")
    assert admin.get("bundle", show("bnd", bundle.id)).status_code == 404
    assert bundle.sha256 not in words_of(admin.get("bundles"))
    assert bundle.sha256 in words_of(officer.get("bundles"))


def test_one_about_a_customer_and_an_archive_that_is_not_unpacked(bank, officer, case_id, tmp_path):
    with bank.seeing("ng"):
        customer = show("cus", Case.objects.get(id=read("cas", case_id)).customer_id)
    answer = officer.do("customer-bundle", customer)
    path = tmp_path / "bundle.zip"
    path.write_bytes(b"".join(answer.streaming_content))
    with zipfile.ZipFile(path) as archive:
        archive.extract("verify.py", tmp_path)
        assert f"cases/{case_id}/case.json" in archive.namelist()
    assert verify(tmp_path / "verify.py", path).returncode == 0


def test_a_period_is_made_in_the_background_and_recorded(bank, officer, tmp_path):
    today = f"{timezone.now():%Y-%m-%d}"
    text = words_of(officer.do("bundle-make", **{"from": today, "to": today}))
    assert "being made" in text
    assert tasks.make_bundles() >= 1
    with bank.seeing("ng"):
        bundle = Bundle.objects.filter(scope="period").latest("asked_at")
        actions = set(
            AuditEntry.objects.filter(subject_id=show("bnd", bundle.id)).values_list("action", flat=True)
        )
    assert actions == {"bundle.asked", "bundle.made"}
    answer = officer.get("bundle", show("bnd", bundle.id))
    archive = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    archive.extractall(tmp_path)
    done = verify(tmp_path / "verify.py")
    assert done.returncode == 0, done.stdout


def test_a_bundle_whose_maker_died_is_made_by_the_next_and_old_ones_are_removed(bank, officer):
    about = services.About("period", start=timezone.now(), end=timezone.now())
    bundle = services.bundle_ask(caller=bank.principal("ng"), about=about)
    with bank.seeing("ng"):
        Bundle.objects.filter(id=bundle.id).update(leased_until=timezone.now() + services.LEASE)
    assert not services.make(bundle)
    with bank.seeing("ng"):
        Bundle.objects.filter(id=bundle.id).update(leased_until=timezone.now())
    assert services.make(bundle)
    later = timezone.now() + services.KEPT_FOR * 2
    assert services.purge(later, bank.id, (bank.teams["ng"].id,)) >= 1
    assert "is removed" in words_of(officer.get("bundle", show("bnd", bundle.id)))


def test_one_whose_makers_died_too_often_is_given_up(bank):
    about = services.About("period", start=timezone.now(), end=timezone.now())
    bundle = services.bundle_ask(caller=bank.principal("ng"), about=about)
    with bank.seeing("ng"):
        Bundle.objects.filter(id=bundle.id).update(
            attempts=services.MOST_ATTEMPTS, leased_until=timezone.now()
        )
    assert not services.make(bundle)
    services.purge(timezone.now(), bank.id, (bank.teams["ng"].id,))
    with bank.seeing("ng"):
        assert Bundle.objects.get(id=bundle.id).state == Bundle.State.FAILED


def test_a_period_that_ends_before_it_begins_is_refused(officer):
    text = words_of(
        officer.do(
            "bundle-make", **{"from": "2026-02-01", "to": "2026-01-01", "back": officer.url("bundles")}
        )
    )
    assert "must be within 366 days" in text


@pytest.mark.parametrize("role", ["analyst", "developer"])
def test_only_those_who_may_read_the_trail_ask_for_bundles(bank, case_id, role):
    assert seat(bank, role, "ng").post("case-bundle", case_id).status_code == 403


def test_the_list_as_csv_names_what_each_is_about(officer, unpacked, case_id):
    answer = officer.get("bundles", format="csv")
    assert answer["Content-Type"].startswith("text/csv")
    head, *rows = answer.content.decode("utf-8-sig").splitlines()
    assert head.startswith("bundle_id,asked_at,scope,about")
    assert any(f",case,{case_id}," in row for row in rows)
