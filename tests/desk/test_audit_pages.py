"""The audit log at the desk: read with filters, verified link by link, taken along, and changed by nobody."""

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import call_command

from ratel.identifiers import show
from ratel.tenancy import tenant
from teams import audit
from teams.audit import browse, chain, walk
from teams.models import AuditEntry, AuditLink
from tests.audit.test_chain import link_everything
from tests.cast import Bank, make_bank
from tests.desk.people import Seat, seat
from tests.evaluate.lists import load_demo_list
from tests.evaluate.owner import act_for

Owner = psycopg.Connection


@pytest.fixture(scope="module", autouse=True)
def lists(django_db_setup: None) -> None:
    load_demo_list()


@pytest.fixture(scope="module")
def acme() -> Bank:
    """A bank of two teams with some entries in each."""
    bank = make_bank("Acme Bank", "us", "ng", people=True)
    for number in range(5):
        bank.callers["us"].evaluate(externalId=str(number))
    bank.callers["ng"].evaluate(externalId="elsewhere")
    write(bank, "rule.changed", ("rule", "rul_1"), before={"points": 20, "name": "Old"}, after={"points": 40})
    write(bank, "report.drafted", ("report", "rep_1"))
    write(bank, "case.updated", ("case", "cas_1"), after={"report": "rep_1"})
    return bank


@pytest.fixture
def auditor(acme: Bank) -> Seat:
    return seat(acme, "auditor", "us")


def write(bank: Bank, action: str, subject: tuple[str, str], pack: str = "us", **entry: Any) -> None:
    """One entry of the officer's."""
    with bank.seeing(pack):
        audit.record(
            organisation_id=bank.id,
            team_id=bank.teams[pack].id,
            actor=audit.person(bank.people["officer"].id, "10.9.8.7"),
            action=action,
            subject=subject,
            **entry,
        )


def linked(bank: Bank) -> int:
    """Links what waits, however long other processes hold the linker back; the height."""
    link_everything(bank)
    with tenant(bank.id):
        return walk.chain_height(bank.id)


def text(answer: Any) -> str:
    return str(answer.content.decode())


def actions(answer: Any) -> set[str]:
    return {row.entry.action for row in answer.context["rows"]}


def test_an_entry_says_who_by_name_from_where_and_what_became_of_what(acme: Bank, auditor: Seat):
    page = auditor.get("audit", action="rule.changed")
    (row,) = page.context["rows"]
    assert row.who == acme.people["officer"].name
    assert {(one.field, one.before, one.after) for one in row.differences} == {
        ("points", "20", "40"),
        ("name", "Old", ""),
    }
    assert "10.9.8.7" in text(page)
    assert "<del>20</del>" in text(page)
    assert "<ins>40</ins>" in text(page)


def test_filters_narrow_by_who_what_about_what_and_from_where(acme: Bank, auditor: Seat):
    officer = str(acme.people["officer"].id)
    assert actions(auditor.get("audit", who=officer, address="10.9.8.7")) == {
        "rule.changed",
        "report.drafted",
        "case.updated",
    }
    assert actions(auditor.get("audit", subject="rul_1")) == {"rule.changed"}
    assert actions(auditor.get("audit", subject="rule", action="rule.")) == {"rule.changed"}
    assert "evaluation.decided" in actions(auditor.get("audit", who="key"))
    assert actions(auditor.get("audit", **{"from": "2020-01-01", "to": "2020-01-02"})) == set()
    assert "rule.changed" in actions(auditor.get("audit", **{"from": "2020-01-01"}))
    assert auditor.get("audit", who="nobody").status_code == 400


def test_pages_follow_each_other_without_a_gap(auditor: Seat):
    first = auditor.get("audit", limit="3", who="key")
    second = auditor.get("audit", limit="100", who="key", cursor=first.context["next_cursor"])
    whole = auditor.get("audit", limit="200", who="key")
    ids = [row.id for page in (first, second) for row in page.context["rows"]]
    assert ids == [row.id for row in whole.context["rows"]]


def test_a_filter_that_finds_little_looks_through_a_bounded_number_and_says_how_far(
    auditor: Seat, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(browse, "LOOK", 2)
    seen: set[str] = set()
    cursor: dict[str, str] = {}
    for _ in range(100):
        page = auditor.get("audit", subject="rul_1", **cursor)
        seen |= actions(page)
        if page.context["next_cursor"] is None:
            break
        assert "Looked back to" in text(page)
        cursor = {"cursor": page.context["next_cursor"]}
    assert seen == {"rule.changed"}


def test_another_teams_entries_and_what_tells_of_a_report_are_not_for_everybody(acme: Bank, auditor: Seat):
    admin = seat(acme, "admin", "us")
    everything = actions(auditor.get("audit", limit="200"))
    assert {"report.drafted", "case.updated"} <= everything
    assert not {"report.drafted", "case.updated"} & actions(admin.get("audit", limit="200"))
    assert "rep_1" not in text(admin.get("audit", format="csv"))
    with acme.seeing("us"):
        teams = {one.id: one.team_id for one in AuditEntry.objects.all()}
    shown = [row.entry.id for row in auditor.get("audit", limit="200").context["rows"]]
    assert {teams[one] for one in shown} <= {acme.teams["us"].id, None}
    assert acme.teams["ng"].id in teams.values()


def test_the_list_as_csv_has_the_same_entries(auditor: Seat):
    file = text(auditor.get("audit", format="csv", action="rule.changed"))
    assert file.count("rule.changed") == 1
    assert '""points"":20' in file


def test_the_whole_chain_verifies_in_stretches_as_in_one(acme: Bank, auditor: Seat):
    height = linked(acme)
    after, head = 0, chain.GENESIS
    with tenant(acme.id):
        while True:
            stretch = walk.verify_stretch(acme.id, after, head, most=4)
            assert stretch.broken_at is None, stretch.reason
            after, head = stretch.height, stretch.head
            if stretch.is_last:
                break
    assert (after, head) == (height, chain.verify(acme.id).head)
    page = auditor.get("audit-walk")
    assert f"all {height} links fit" in text(page)
    assert head.hex() in text(page)
    with acme.seeing("us"):
        assert AuditEntry.objects.filter(action="audit.verified").exists()


def test_a_walk_that_is_not_done_asks_for_the_next_stretch(
    acme: Bank, auditor: Seat, monkeypatch: pytest.MonkeyPatch
):
    linked(acme)
    real = walk.verify_stretch
    monkeypatch.setattr("teams.web.audit_verify.verify_stretch", lambda *where: real(*where, most=3))
    page = auditor.get("audit-walk")
    stretch = page.context["walked"].stretch
    assert f"?after=3&amp;head={stretch.head.hex()}" in text(page)
    assert 'hx-trigger="load"' in text(page)
    assert auditor.get("audit-walk", after="3", head="nonsense").status_code == 400
    wrong = auditor.get("audit-walk", after="3", head="00" * 32)
    assert "broken at link 4: it does not follow from the link before" in text(wrong)


def test_whatever_is_done_to_the_trail_behind_its_back_is_named(owner_connection: Owner):
    bank = make_bank("Other Bank", "us", people=True)
    write(bank, "rule.changed", ("rule", "rul_1"))
    linked(bank)
    auditor, owner = seat(bank, "auditor", "us"), act_for(owner_connection, bank)
    with tenant(bank.id):
        second, third = AuditLink.objects.order_by("height")[1:3]
    owner.execute(
        "INSERT INTO teams_auditentry (id, organisation_id, at, actor_kind, source_address, action, subject_kind,"
        " subject_id, written_in) SELECT gen_random_uuid(), organisation_id, now(), 'system', '', 'slipped.in', 'x',"
        " 'x', min(written_in) FROM teams_auditentry WHERE organisation_id = %s GROUP BY organisation_id",
        [bank.id],
    )
    assert "an entry stands before it that no link names" in text(auditor.get("audit-walk"))
    owner.execute("UPDATE teams_auditentry SET subject_id = 'rul_9' WHERE id = %s", [third.entry_id])
    page = text(auditor.get("audit-walk"))
    assert "The chain is broken at link 3: its entry was altered" in page
    assert show("aud", third.entry_id) in page
    owner.execute("DELETE FROM teams_auditentry WHERE id = %s", [second.entry_id])
    assert "broken at link 2: its entry is missing" in text(auditor.get("audit-walk"))


def unpacked(answer: Any, folder: Path) -> Path:
    """The list of links in a downloaded part; the script lies beside it."""
    zipfile.ZipFile(io.BytesIO(answer.content)).extractall(folder)
    (file,) = folder.glob("*.jsonl")
    return file


def run_script(script: Path, *arguments: Any) -> tuple[int, str]:
    """By a Python that knows nothing of the project."""
    command = [sys.executable, "-I", "-S", str(script), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def test_what_is_taken_along_verifies_without_the_installation(acme: Bank, auditor: Seat, tmp_path: Path):
    linked(acme)
    answer = auditor.get("audit-export", first="1")
    file = unpacked(answer, tmp_path)
    status, said = run_script(tmp_path / "verify_audit.py", file)
    assert status == 0, said
    assert said.startswith("sound: links 1 to ")
    (tmp_path / "whole.zip").write_bytes(answer.content)
    assert run_script(tmp_path / "verify_audit.py", tmp_path / "whole.zip")[0] == 0
    head = said.split("head ")[1].split()[0]
    assert run_script(tmp_path / "verify_audit.py", file, "--head", head)[0] == 0
    assert run_script(tmp_path / "verify_audit.py", file, "--head", "00" * 32)[0] == 1


def altered(lines: list[str]) -> list[str]:
    link = json.loads(lines[3])
    link["entry"] = link["entry"].replace('"action":"', '"action":"not.')
    return [*lines[:3], json.dumps(link), *lines[4:]]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (altered, "the entry of link 3 was altered: not."),
        (lambda lines: [*lines[:3], *lines[4:]], "link 3 is missing"),
        (lambda lines: [lines[0], *lines[2:]], "link 1 is missing"),
        (lambda lines: lines[:-1], "ends before link"),
        (lambda lines: ["{}", *lines[1:]], "is no exported audit trail"),
    ],
    ids=["altered", "removed", "beginning gone", "cut short", "another file"],
)
def test_a_spoiled_copy_does_not_verify(acme: Bank, auditor: Seat, tmp_path: Path, spoil: Any, said: str):
    linked(acme)
    file = unpacked(auditor.get("audit-export", first="1"), tmp_path)
    file.write_text("\n".join(spoil(file.read_text().splitlines())) + "\n")
    status, told = run_script(tmp_path / "verify_audit.py", file)
    assert status == 1
    assert said in told


def test_what_a_role_may_not_see_is_withheld_and_the_rest_verifies_around_it(acme: Bank, tmp_path: Path):
    linked(acme)
    file = unpacked(seat(acme, "admin", "us").get("audit-export", first="1"), tmp_path)
    assert "rep_1" not in file.read_text()
    status, said = run_script(tmp_path / "verify_audit.py", file)
    assert status == 0, said
    assert "2 entries were withheld" in said


def test_a_part_that_there_is_not_is_not_found(auditor: Seat):
    assert auditor.get("audit-export", first="99999999").status_code == 404
    assert auditor.get("audit-export", first="0").status_code == 400


def test_an_operator_exports_the_whole_chain(acme: Bank, tmp_path: Path):
    height = linked(acme)
    call_command("export_audit", str(acme.id), str(tmp_path / "trail.jsonl"), stdout=io.StringIO())
    status, said = run_script(tmp_path / "verify_audit.py", tmp_path / "trail.jsonl")
    assert (status, said.splitlines()) == (0, [said.strip()])
    assert f"links 1 to {height}," in said
