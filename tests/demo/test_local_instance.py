"""`manage.py` beside an instance that `make run` started, beside a stopped one, and with variables of its own."""

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from ratel.environment import LAUNCHER_PROCESS, LOCAL_INSTANCE
from ratel.launcher import keys, services
from screening.replay.client import EVALUATE_PATH, Client, Destination
from tests.cast import make_bank
from tests.promised import at_most

PROJECT = Path(__file__).resolve().parents[2]
NAMES = services.WRITTEN_NAMES
PATIENCE_SECONDS = 120.0


def manage(*arguments, state_directory, **environment):
    """Runs manage.py as in a second terminal: none of Ratel's variables is set but those given."""
    kept = {name: value for name, value in os.environ.items() if name not in NAMES}
    return subprocess.run(
        [sys.executable, "manage.py", *map(str, arguments)],
        cwd=PROJECT,
        env={**kept, "PYTEST_PLUGINS": "", "RATEL_STATE_DIRECTORY": str(state_directory), **environment},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


def written(state_directory, *, process=None):
    """The state directory of an instance on this test's database, run by `process` (this one)."""
    state_directory.mkdir(exist_ok=True)
    found = {name: os.environ[name] for name in NAMES} | {LAUNCHER_PROCESS: str(process or os.getpid())}
    keys.write_private(state_directory / LOCAL_INSTANCE, json.dumps(found))
    return state_directory


def test_a_command_beside_a_running_instance_works_on_it(tmp_path, database_url):
    answer = manage("showmigrations", "teams", state_directory=written(tmp_path))
    assert "[X] 0001_tables" in answer.stdout, answer.stderr


def test_a_command_beside_a_stopped_instance_says_how_to_start_it(tmp_path):
    answer = manage("verify_audit", state_directory=tmp_path)
    assert answer.returncode == 1
    assert answer.stderr.count("\n") == 1
    assert "make run" in answer.stderr


def test_an_instance_whose_launcher_was_killed_counts_as_stopped(tmp_path, database_url):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    answer = manage("verify_audit", state_directory=written(tmp_path, process=ended.pid))
    assert answer.returncode == 1
    assert "make run" in answer.stderr


def test_what_the_person_set_wins_over_the_instance(tmp_path, database_url):
    answer = manage("verify_audit", state_directory=written(tmp_path), RATEL_LOG_LEVEL="LOUD")
    assert answer.returncode == 1
    assert answer.stderr.startswith("manage.py: RATEL_LOG_LEVEL must be one of")
    elsewhere = "postgresql://nobody@/nothing?host=/nowhere"
    answer = manage("verify_audit", state_directory=written(tmp_path), DATABASE_URL=elsewhere)
    assert "SECRET_KEY must be set" in answer.stderr


def test_the_launcher_writes_the_environment_while_it_runs_for_its_owner_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://somebody@elsewhere/ratel")
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere/0")
    path = tmp_path / LOCAL_INSTANCE
    with services.owned(services.prepare(tmp_path), kind="demo"):
        assert path.stat().st_mode & 0o777 == 0o600
        found = json.loads(path.read_text())
        assert found["DATABASE_URL"] == "postgresql://somebody@elsewhere/ratel"
        assert set(found) == {*NAMES, LAUNCHER_PROCESS}
    assert not path.exists()


@pytest.fixture
def list_file(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text("name,kind,reference\nZebulon Quillfeather Oxtoby,sanctions,own-1\n")
    return path


def test_a_list_loaded_beside_a_running_server_comes_into_effect(
    live_server_process, state_directory, tmp_path, list_file
):
    key = make_bank("Acme Bank", "us").callers["us"].key
    named = {"counterpartyName": "Zebulon Quillfeather Oxtoby", "persist": False}
    written(state_directory)
    answer = manage("load_watchlist", "csv", list_file, "--code", "own", state_directory=state_directory)
    assert answer.returncode == 0, answer.stderr
    loaded_at = time.monotonic()
    while "SANCTIONS_CPTY" not in hits(live_server_process, key, named):
        assert time.monotonic() - loaded_at < at_most(5.0, patience_seconds=PATIENCE_SECONDS)
        time.sleep(0.1)


def hits(base_url, key, fields):
    """The codes of the rules that the running server answers with."""
    body = {"customerId": "c", "direction": "debit", "amount": 10, "channel": "transfer", **fields}
    client = Client(Destination(base_url, key), threading.Event())
    try:
        answer = client.post(EVALUATE_PATH, json.dumps(body).encode())
    finally:
        client.close()
    return [hit["ruleCode"] for hit in json.loads(answer.body)["data"]["hits"]]
