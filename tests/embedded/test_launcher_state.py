"""One state directory: its secrets are made once, its lock tells two launchers apart, test runs clean up."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ratel.launcher import keys, lock, scratch, services


def test_secrets_are_made_once_and_only_their_owner_may_read_them(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    first = keys.load_or_create(path)
    assert keys.load_or_create(path) == first
    assert set(first) == {"SECRET_KEY", "RATEL_API_KEY_PEPPER", "RATEL_ENCRYPTION_KEY"}
    assert len(set(first.values())) == 3
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_secret_that_a_newer_version_needs_is_added_and_the_others_stay(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    path.write_text('{"SECRET_KEY": "known"}')
    made = keys.load_or_create(path)
    assert made["SECRET_KEY"] == "known"
    assert len(made["RATEL_ENCRYPTION_KEY"]) == 44


def test_a_lock_that_is_held_names_its_holder(tmp_path: Path) -> None:
    with (
        lock.exclusive(tmp_path / "lock"),
        pytest.raises(lock.LockTakenError) as taken,
        lock.exclusive(tmp_path / "lock"),
    ):
        pass
    assert taken.value.holder == str(os.getpid())
    with lock.exclusive(tmp_path / "lock"):
        pass


def test_addresses_from_the_environment_are_used_and_nothing_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://somebody@elsewhere/ratel")
    monkeypatch.delenv("DATABASE_OWNER_URL", raising=False)
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere/0")
    monkeypatch.setenv("SECRET_KEY", "of the person's own")
    with services.owned(services.prepare(tmp_path), kind="demo") as environment:
        assert environment["DATABASE_URL"] == "postgresql://somebody@elsewhere/ratel"
        assert environment["DATABASE_OWNER_URL"] == "postgresql://somebody@elsewhere/ratel"
        assert environment["REDIS_URL"] == "redis://elsewhere/0"
        assert environment["SECRET_KEY"] == "of the person's own"
        assert environment["RATEL_STATE_DIRECTORY"] == str(tmp_path)
    assert not (tmp_path / "postgres").exists()
    assert not (tmp_path / "redis").exists()


def test_the_state_of_a_killed_test_run_is_swept_up_and_that_of_a_living_one_kept(tmp_path: Path) -> None:
    (tmp_path / "run-killed" / "postgres").mkdir(parents=True)
    with scratch.state(tmp_path) as first, scratch.state(tmp_path) as second:
        assert not (tmp_path / "run-killed").exists()
        assert first.directory.exists()
        assert second.directory != first.directory
    assert list(tmp_path.glob("run-*")) == []


def test_a_killed_holder_leaves_no_lock_behind(tmp_path: Path) -> None:
    code = (
        "import sys, time, pathlib; from ratel.launcher import lock\n"
        "with lock.exclusive(pathlib.Path(sys.argv[1])):\n print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, tmp_path / "lock"], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        holder.kill()
    with lock.exclusive(tmp_path / "lock"):
        pass
