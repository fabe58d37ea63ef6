"""What happens before Ratel itself runs: installing, auditing, and telling test processes apart."""

import json
from pathlib import Path

import pytest

from ratel.launcher import audit, prepare
from tests import isolation

BASE = {
    "DATABASE_URL": "postgresql://ratel_app@/ratel?host=%2Fsome%2Ffolder",
    "DATABASE_OWNER_URL": "postgresql://ratel_owner@/ratel?host=%2Fsome%2Ffolder",
    "REDIS_URL": "redis://:secret@127.0.0.1:7000/0",
    "RATEL_STATE_DIRECTORY": "/state",
    "PYTEST_XDIST_TESTRUNUID": "0123456789abcdef",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "requirements.txt").write_text("one==1\n")
    (tmp_path / "requirements-kafka.txt").write_text("-r requirements.txt\nthree==3\n")
    (tmp_path / "requirements-dev.txt").write_text("-r requirements-kafka.txt\ntwo==2\n")
    return tmp_path


def test_a_changed_pin_means_to_install_again_and_an_unchanged_one_does_not(project: Path) -> None:
    before = {name: prepare.fingerprint(project, name) for name in prepare.INCLUDES}
    assert before == {name: prepare.fingerprint(project, name) for name in prepare.INCLUDES}
    (project / "requirements.txt").write_text("one==1.1\n")
    assert all(prepare.fingerprint(project, name) != before[name] for name in prepare.INCLUDES)


def test_what_only_tests_need_does_not_reinstall_what_runs(project: Path) -> None:
    before = prepare.fingerprint(project, "requirements.txt")
    (project / "requirements-dev.txt").write_text("-r requirements.txt\ntwo==2.1\n")
    assert prepare.fingerprint(project, "requirements.txt") == before


def test_a_half_made_environment_is_not_taken_for_a_whole_one(project: Path) -> None:
    (project / ".venv" / "bin").mkdir(parents=True)
    (project / ".venv" / "bin" / "python").symlink_to("/bin/false")
    assert not prepare.works(project / ".venv")


def test_no_answer_from_the_vulnerability_database_is_not_taken_for_a_clean_bill() -> None:
    skipped = json.dumps({"dependencies": [{"name": "django", "skip_reason": "not found"}], "fixes": []})
    assert audit.read_answer("").answered == 0
    assert audit.read_answer("Traceback ...").answered == 0
    assert audit.read_answer(skipped) == audit.Audit(0, 1, ())


def test_a_vulnerability_is_named_with_the_version_that_mends_it() -> None:
    found = {"name": "old", "version": "1.0", "vulns": [{"id": "CVE-1", "fix_versions": ["1.1"]}]}
    answer = audit.read_answer(
        json.dumps({"dependencies": [found, {"name": "new", "version": "2", "vulns": []}]})
    )
    assert answer == audit.Audit(2, 0, ("old 1.0: CVE-1 (mended in: 1.1)",))


def test_each_test_process_has_its_own_database_redis_and_folder() -> None:
    first = isolation.own_environment({**BASE, "PYTEST_XDIST_WORKER": "gw0"})
    second = isolation.own_environment({**BASE, "PYTEST_XDIST_WORKER": "gw1"})
    assert first["DATABASE_URL"] == "postgresql://ratel_app@/ratel_test_01234567_gw0?host=%2Fsome%2Ffolder"
    assert (
        second["DATABASE_OWNER_URL"]
        == "postgresql://ratel_owner@/ratel_test_01234567_gw1?host=%2Fsome%2Ffolder"
    )
    assert first["REDIS_URL"] == "redis://:secret@127.0.0.1:7000/3"
    assert second["REDIS_URL"] == "redis://:secret@127.0.0.1:7000/4"
    assert first["RATEL_STATE_DIRECTORY"] != second["RATEL_STATE_DIRECTORY"]


def test_a_worker_process_inherits_a_changed_environment_and_still_finds_the_original() -> None:
    main = {**BASE, **isolation.own_environment(BASE)}
    worker = {**main, **isolation.own_environment({**main, "PYTEST_XDIST_WORKER": "gw0"})}
    assert isolation.original("DATABASE_URL", worker) == BASE["DATABASE_URL"]
    assert worker["REDIS_URL"] == "redis://:secret@127.0.0.1:7000/3"


def test_without_services_nothing_is_changed() -> None:
    assert isolation.own_environment({"PATH": "/bin"}) == {}
