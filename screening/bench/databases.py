"""The bench's databases: made as the owner, kept between runs while what made them is the same, never anybody else's.

A stored one carries the fingerprint of what made it as its comment; a run works on a copy that is dropped afterwards.
"""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from ratel.launcher.progress import step
from screening.bench.options import PROJECT, Options

RUN: Final = "ratel_bench"
BASE: Final = "ratel_bench_base"
TEMPLATE: Final = "ratel_bench_template"
SMALL: Final = "ratel_bench_small"
SMALL_DENSE: Final = "ratel_bench_small_dense"
LARGE: Final = "ratel_bench_large"
ALL: Final = (RUN, TEMPLATE, SMALL, SMALL_DENSE, LARGE, BASE)
# As they were given, before this process turns to the run's copy.
_APPLICATION_URL: Final = os.environ.get("DATABASE_URL", "")
_OWNER_URL: Final = os.environ.get("DATABASE_OWNER_URL") or _APPLICATION_URL
# What decides which rows a customer and a payment become.
_WRITERS: Final = (
    "ratel/sealing.py",
    "screening/enrich.py",
    "screening/persist.py",
    "screening/evaluation.py",
)
_MAKERS: Final = ("bank.py", "history.py", "names.py", "payments.py", "rules.py", "child.py")


class BenchFailed(Exception):
    """The measurement could not be made; the message is for the person who started it."""


def require_services() -> None:
    if not _OWNER_URL or "RATEL_STATE_DIRECTORY" not in os.environ:
        raise BenchFailed("There is no database here: start the measurement with `make bench`.")


def bench_directory() -> Path:
    """`var/bench`: results, logs, and a state directory of its own."""
    directory = Path(os.environ["RATEL_STATE_DIRECTORY"]).resolve() / "bench"
    (directory / "state").mkdir(parents=True, exist_ok=True)
    return directory


def environment(database: str, directory: Path) -> dict[str, str]:
    """The environment in which Ratel's programs find that database and the bench's state directory."""
    addresses = {
        "DATABASE_URL": with_database(_APPLICATION_URL, database),
        "DATABASE_OWNER_URL": with_database(_OWNER_URL, database),
    }
    return {**os.environ, **addresses, "RATEL_STATE_DIRECTORY": str(directory / "state")}


def with_database(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


@contextmanager
def owner() -> Iterator[psycopg.Connection]:
    """A connection that may create and drop databases."""
    with psycopg.connect(_OWNER_URL, autocommit=True) as connection:
        yield connection


def prepare(options: Options, directory: Path) -> None:
    """The run's copy, and the tables of three sizes for the enrichment; makes what is missing or outdated."""
    template = _fingerprint(
        options, f"template {options.past_transactions}", [*_makers(), *_migrations(), *_writers()]
    )
    if not _is_current(TEMPLATE, template, options):
        _make_base(options, directory)
        _fill(TEMPLATE, template, directory, options.past_transactions, options.customers)
    if options.enrichment and not options.profile:
        for name, rows, customers in enrichment_tables(options):
            wanted = _fingerprint(options, f"{name} {rows} {customers}", [*_makers(), *_migrations()])
            if not _is_current(name, wanted, options):
                _require_base(options, directory)
                _fill(name, wanted, directory, rows, customers)
    with step("A fresh copy of the bench's database"):
        _copy(TEMPLATE, RUN)


def enrichment_tables(options: Options) -> list[tuple[str, int, int]]:
    """Database, rows, and over how many customers they are spread. The dense one has as many rows for each customer
    as the large one, so that the size of the table and that of a customer's past can be told apart."""
    of_each = max(options.large_rows // options.customers, 1)
    return [
        (SMALL, options.small_rows, options.customers),
        (SMALL_DENSE, options.small_rows, max(options.small_rows // of_each, 1)),
        (LARGE, options.large_rows, options.customers),
    ]


def drop_all() -> None:
    with owner() as connection:
        for name in ALL:
            _drop(connection, name)


def drop_run() -> None:
    with owner() as connection:
        _drop(connection, RUN)


def _makers() -> list[Path]:
    return [PROJECT / "screening" / "bench" / name for name in _MAKERS]


def _writers() -> list[Path]:
    return [PROJECT / name for name in _WRITERS]


def _migrations() -> list[Path]:
    return sorted(PROJECT.glob("*/migrations/*.py"))


def _fingerprint(options: Options, what: str, sources: Iterable[Path]) -> str:
    """Changes with the code that makes the rows, their number, and the keys that they are sealed with."""
    secrets = "".join(os.environ.get(name, "") for name in ("RATEL_ENCRYPTION_KEY", "RATEL_API_KEY_PEPPER"))
    parts = (what, options.customers, options.list_names, os.environ.get("RATEL_DATA", ""), secrets)
    digest = hashlib.sha256(repr(parts).encode())
    for path in sources:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:32]


def _is_current(name: str, wanted: str, options: Options) -> bool:
    with owner() as connection:
        found = connection.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [name]
        ).fetchone()
    return found is not None and found[0] == wanted and not options.fresh


_made_base: list[str] = []


def _require_base(options: Options, directory: Path) -> None:
    if not _made_base:
        _make_base(options, directory)


def _make_base(options: Options, directory: Path) -> None:
    """A migrated database with the bank, its rules, lists and customers, and no payments."""
    with step("The bench's database: migrations"), owner() as connection:
        _drop(connection, BASE)
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(BASE)))
        manage = [sys.executable, "manage.py", "migrate", "--noinput", "--skip-checks", "--verbosity", "0"]
        _run(manage, {**environment(BASE, directory), "RATEL_DATABASE_ROLE": "owner"})
    with step(f"The bench's bank: {options.customers:,} customers, {options.list_names:,} listed names"):
        sizes = [str(options.customers), str(options.list_names)]
        _run([sys.executable, "-m", "screening.bench.child", "bank", *sizes], environment(BASE, directory))
    _made_base.append(BASE)


def _fill(name: str, fingerprint: str, directory: Path, rows: int, customers: int) -> None:
    """A copy of the base with that many past payments."""
    with step(f"The bench's past: {rows:,} payments of {customers:,} customers"):
        _copy(BASE, name)
        arguments = ["history", str(rows), str(customers), *(["named"] if name == TEMPLATE else [])]
        _run([sys.executable, "-m", "screening.bench.child", *arguments], environment(name, directory))
        with owner() as connection:
            comment = sql.SQL("COMMENT ON DATABASE {} IS {}")
            connection.execute(comment.format(sql.Identifier(name), sql.Literal(fingerprint)))


def _copy(source: str, name: str) -> None:
    with owner() as connection:
        _drop(connection, name)
        _disconnect(connection, source)
        statement = "CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY"
        connection.execute(sql.SQL(statement).format(sql.Identifier(name), sql.Identifier(source)))


def _drop(connection: psycopg.Connection, name: str) -> None:
    if name not in ALL:
        raise BenchFailed(f"{name} is not a database of the bench")
    _disconnect(connection, name)
    connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))


def _disconnect(connection: psycopg.Connection, name: str) -> None:
    """Ends connections that a killed run left; those of autovacuum end by themselves."""
    connection.execute(
        "SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity WHERE datname = %s"
        " AND backend_type = 'client backend' AND pid <> pg_backend_pid()",
        [name],
    )


def _run(arguments: list[str], variables: dict[str, str]) -> None:
    done = subprocess.run(arguments, cwd=PROJECT, env=variables, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BenchFailed(f"{' '.join(arguments[1:4])} failed:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
