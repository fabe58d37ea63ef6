"""Makes the test database of one process: a copy of one migrated template, made in a fraction of a second.

Only databases called ratel_test_... are ever created or dropped.
"""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from ratel.embedded.postgres import APPLICATION_ROLE
from tests.isolation import database_name, original, with_database

PROJECT = Path(__file__).resolve().parent.parent
TEMPLATE = "ratel_test_template"
# Held while the template is made or copied: one process makes it, the others wait.
TEMPLATE_LOCK = 7_239_411
PACKAGES = ("ratel", "teams", "webhooks", "screening", "cases")


@contextmanager
def test_database() -> Iterator[str]:
    """Yields the owner's URL of a fresh copy, and drops the copy at the end."""
    name = database_name()
    # This connection stays open all the while: its name tells other runs that the copy is in use.
    with psycopg.connect(_owner_url(), autocommit=True, application_name=name) as connection:
        _copy_template(connection, name)
        try:
            yield with_database(_owner_url(), name)
        finally:
            _drop(connection, name)


def fingerprint() -> str:
    """Changes with any file that a migration could possibly read."""
    digest = hashlib.sha256()
    for package in PACKAGES:
        for path in sorted((PROJECT / package).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(str(path.relative_to(PROJECT)).encode() + path.read_bytes())
    return digest.hexdigest()


def _owner_url() -> str:
    return original("DATABASE_OWNER_URL") or original("DATABASE_URL")


def _copy_template(connection: psycopg.Connection, name: str) -> None:
    connection.execute("SELECT pg_advisory_lock(%s)", [TEMPLATE_LOCK])
    try:
        _drop_what_killed_runs_left(connection)
        _bring_template_up_to_date(connection)
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(TEMPLATE))
        )
    finally:
        connection.execute("SELECT pg_advisory_unlock(%s)", [TEMPLATE_LOCK])


def _drop_what_killed_runs_left(connection: psycopg.Connection) -> None:
    left_over = connection.execute(
        "SELECT datname FROM pg_database WHERE datname LIKE 'ratel\\_test\\_%%' AND datname <> %s"
        " AND datname NOT IN (SELECT application_name FROM pg_stat_activity)",
        [TEMPLATE],
    )
    for (name,) in left_over.fetchall():
        _drop(connection, name)


def _drop(connection: psycopg.Connection, name: str) -> None:
    """WITH (FORCE) would fail on an autovacuum worker, which a plain DROP ends by itself."""
    connection.execute(
        "SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity"
        " WHERE datname = %s AND usename IN (current_user, %s)",
        [name, APPLICATION_ROLE],
    )
    connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))


def _bring_template_up_to_date(connection: psycopg.Connection) -> None:
    """The template carries the fingerprint of the code that made it; another one means to make it again."""
    wanted = fingerprint()
    found = connection.execute(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [TEMPLATE]
    ).fetchone()
    if found and found[0] == wanted:
        return
    template = sql.Identifier(TEMPLATE)
    _drop(connection, TEMPLATE)
    connection.execute(sql.SQL("CREATE DATABASE {}").format(template))
    _migrate(with_database(_owner_url(), TEMPLATE))
    connection.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(template, sql.Literal(wanted)))


def _migrate(owner_url: str) -> None:
    environment = {
        **os.environ,
        "RATEL_DATABASE_ROLE": "owner",
        "DATABASE_OWNER_URL": owner_url,
        "DATABASE_URL": with_database(original("DATABASE_URL"), TEMPLATE),
    }
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--noinput", "--skip-checks", "--verbosity", "0"],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"migrate failed:\n{done.stdout[-3000:]}\n{done.stderr[-6000:]}"
