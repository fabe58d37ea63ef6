"""The embedded PostgreSQL keeps what it was given, listens to nobody else and leaves nothing behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from ratel.embedded import postgres, process
from ratel.embedded.process import ServiceError

Start = Callable[[Path], postgres.Postgres]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts servers that are stopped when the test is over, whatever became of it."""
    running: list[postgres.Postgres] = []

    def start_one(directory: Path) -> postgres.Postgres:
        running.append(postgres.start(directory, log=tmp_path / "postgres.log"))
        return running[-1]

    yield start_one
    for server in running:
        if server.server.poll() is None:
            server.stop()


def test_the_application_role_can_neither_own_nor_see_through_row_level_security(
    start: Start, tmp_path: Path
) -> None:
    server = start(tmp_path / "postgres")
    with psycopg.connect(server.application_url) as connection:
        found = connection.execute(
            "SELECT rolname, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole"
            " FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        owner = connection.execute(
            "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()"
        ).fetchone()
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TABLE public.of_my_own (number integer)")
    assert found == ("ratel_app", False, False, False, False)
    assert owner == ("ratel_owner",)


def test_the_owner_is_no_superuser_but_may_create_databases(start: Start, tmp_path: Path) -> None:
    server = start(tmp_path / "postgres")
    with psycopg.connect(server.owner_url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE ratel_another")
        assert connection.execute(
            "SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
        ).fetchone() == (False, False)


def test_it_listens_on_a_private_socket_only_and_commits_durably(start: Start, tmp_path: Path) -> None:
    server = start(tmp_path / "postgres")
    with psycopg.connect(server.application_url) as connection:
        found = {
            name: connection.execute("SELECT current_setting(%s)", [name]).fetchone()[0]
            for name in ("listen_addresses", "fsync", "synchronous_commit", "max_connections", "TimeZone")
        }
    assert found == {
        "listen_addresses": "",
        "fsync": "on",
        "synchronous_commit": "on",
        "max_connections": "100",
        "TimeZone": "UTC",
    }
    assert server.socket_directory.stat().st_mode & 0o077 == 0


def test_what_was_committed_survives_a_restart_and_a_kill(start: Start, tmp_path: Path) -> None:
    first = start(tmp_path / "postgres")
    with psycopg.connect(first.owner_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS number")
    first.stop()
    second = start(tmp_path / "postgres")
    with psycopg.connect(second.owner_url, autocommit=True) as connection:
        connection.execute("INSERT INTO kept VALUES (2)")
    second.server.kill()
    second.server.wait()
    third = start(tmp_path / "postgres")
    with psycopg.connect(third.owner_url) as connection:
        assert connection.execute("SELECT number FROM kept ORDER BY number").fetchall() == [(1,), (2,)]


def test_a_server_left_by_a_killed_run_is_stopped_before_the_next_start(start: Start, tmp_path: Path) -> None:
    left_over = start(tmp_path / "postgres")
    current = start(tmp_path / "postgres")
    assert left_over.server.wait(60) == 0
    with psycopg.connect(current.application_url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_stranger_who_got_the_number_of_a_dead_server_is_left_alone(start: Start, tmp_path: Path) -> None:
    server = start(tmp_path / "postgres")
    server.stop()
    with subprocess.Popen(["sleep", "60"]) as stranger:
        (tmp_path / "postgres" / "data" / "postmaster.pid").write_text(f"{stranger.pid}\n")
        again = start(tmp_path / "postgres")
        assert stranger.poll() is None
        assert again.server.poll() is None
        stranger.kill()


def test_a_folder_whose_path_is_too_long_for_a_socket_still_works(start: Start, tmp_path: Path) -> None:
    server = start(tmp_path / ("long-" * 20) / "postgres")
    with psycopg.connect(server.application_url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert len(os.fsencode(server.socket_directory)) < 90
    server.stop()
    assert not server.socket_directory.exists()


def test_a_cluster_of_another_version_is_refused_in_words(start: Start, tmp_path: Path) -> None:
    cluster = tmp_path / "postgres" / "data"
    cluster.mkdir(parents=True)
    (cluster / "PG_VERSION").write_text("15\n")
    with pytest.raises(ServiceError, match=r"made by PostgreSQL 15, this is 18"):
        start(tmp_path / "postgres")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
def test_it_ends_when_its_launcher_is_killed_without_a_word(tmp_path: Path) -> None:
    code = (
        "import pathlib, sys, time; from ratel.embedded import postgres; place = pathlib.Path(sys.argv[1]);"
        "print(postgres.start(place / 'postgres', log=place / 'log').server.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, tmp_path], stdout=subprocess.PIPE, text=True
    ) as launcher:
        assert launcher.stdout is not None
        server = int(launcher.stdout.readline())
        launcher.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 60
    while process.is_alive(server) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not process.is_alive(server)
    postgres.stop_leftover(tmp_path / "postgres")
