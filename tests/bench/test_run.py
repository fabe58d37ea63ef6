"""The whole bench on a bank of thirty customers: real servers, every case, every table, and nothing left behind."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from screening.bench import databases

SMALL_BANK = {
    "--customers": 30,
    "--past-transactions": 300,
    "--list-names": 200,
    "--small-rows": 60,
    "--large-rows": 600,
    "--rounds": 1,
    "--seconds": 0.3,
    "--batch-size": 10,
}
# The bench's databases have fixed names: in one process, or two would make and drop each other's.
pytestmark = pytest.mark.xdist_group("bench")
PROJECT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="session")
def finished(django_db_setup):
    arguments = [str(part) for pair in SMALL_BANK.items() for part in pair]
    return subprocess.run(
        [sys.executable, "-m", "screening.bench", *arguments],
        cwd=PROJECT,
        env={name: value for name, value in os.environ.items() if name != "RATEL_DATA"},
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )


def test_it_measures_every_case_and_says_what_is_required(finished):
    assert finished.returncode == 0, finished.stderr[-3000:]
    for expected in (">= 0.55", ">= 0.4", ">= 8", ">= 4", "large / small", "all of them stored"):
        assert expected in finished.stdout


def test_it_leaves_the_numbers_in_a_document(finished):
    directory = Path(os.environ["RATEL_STATE_DIRECTORY"]) / "bench"
    (path,) = directory.glob("*.json")
    document = json.loads(path.read_text())
    assert [row["case"] for row in document["cases"]] == ["floor", "single", "named", "batch", "batch_named"]
    assert document["machine"]["postgresql"]["synchronous_commit"] == "on"
    assert [row["table"] for row in document["enrichment"]["tables"]] == ["small", "small, dense", "large"]
    assert os.environ["RATEL_API_KEY_PEPPER"] not in path.read_text()


def test_the_database_of_the_run_is_dropped_and_the_rest_only_when_asked(finished, owner_connection):
    def existing():
        rows = owner_connection.execute("SELECT datname FROM pg_database WHERE datname LIKE 'ratel\\_bench%'")
        return {name for (name,) in rows.fetchall()}

    assert existing() == set(databases.ALL) - {databases.RUN}
    databases.drop_all()
    assert existing() == set()


def test_another_database_is_never_dropped(owner_connection):
    with pytest.raises(databases.BenchFailed):
        databases._drop(owner_connection, "ratel")


def test_a_database_that_does_not_wait_for_its_disk_is_not_measured(django_db_setup, monkeypatch):
    from django.db import connection

    from screening.bench.report import machine

    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
    try:
        with pytest.raises(databases.BenchFailed):
            machine()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET synchronous_commit")


def test_the_owner_is_asked_for_by_its_own_address():
    assert databases.with_database("postgresql://ratel_app@/ratel?host=%2Ftmp%2Fs", "ratel_bench") == (
        "postgresql://ratel_app@/ratel_bench?host=%2Ftmp%2Fs"
    )
