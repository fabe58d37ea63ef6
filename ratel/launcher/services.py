"""PostgreSQL and Redis for one state directory, and the environment in which Ratel's programs find them.

Addresses given in the environment are used as they are and nothing is started for them. One launcher owns
the embedded services of a state directory; a second one that only wants to run a command borrows them. It
must never stop services that another launcher owns.
"""

import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from ratel.embedded import postgres, redis
from ratel.environment import LAUNCHER_PROCESS, LOCAL_INSTANCE
from ratel.launcher import keys, lock
from ratel.launcher.keeping import Kept
from ratel.launcher.progress import say, step

PROJECT = Path(__file__).resolve().parent.parent.parent
BORROW_TIMEOUT_SECONDS = 120.0
ADDRESS_NAMES = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL")
# What a command beside a running instance needs to be part of it (ratel/environment.py reads it).
WRITTEN_NAMES = (*ADDRESS_NAMES, *keys.SECRET_BYTES, "RATEL_ENVIRONMENT", "RATEL_STATE_DIRECTORY")


@dataclass(frozen=True, slots=True)
class State:
    """The files of one state directory."""

    directory: Path

    @property
    def logs(self) -> Path:
        return self.directory / "log"

    @property
    def launcher_lock(self) -> Path:
        return self.directory / "launcher.lock"

    @property
    def borrowers_lock(self) -> Path:
        return self.directory / "borrowers.lock"

    @property
    def environment(self) -> Path:
        return self.directory / LOCAL_INSTANCE


def state_directory() -> State:
    """`var/` of the project, unless RATEL_STATE_DIRECTORY names another; made when missing."""
    directory = Path(os.environ.get("RATEL_STATE_DIRECTORY") or PROJECT / "var").absolute()
    return prepare(directory)


def prepare(directory: Path) -> State:
    """Make the folders that everything else expects."""
    state = State(directory)
    state.logs.mkdir(parents=True, exist_ok=True)
    # Collected files go there; the web server looks for it at each start.
    (directory / "static").mkdir(exist_ok=True)
    return state


@contextmanager
def owned(state: State, *, kind: str, kept: list[Kept] | None = None) -> Iterator[dict[str, str]]:
    """Start what the environment does not name, and stop it at the end. Yields the environment for children.

    What was started is appended to `kept`, for a caller who looks after it as long as it runs.
    Raises LockTakenError when another launcher owns this state directory.
    """
    with lock.exclusive(state.launcher_lock), ExitStack() as running:
        started = kept if kept is not None else []
        addresses = {**_database(state, running, started), **_broker(state, running, started)}
        found = {**_base_environment(state, kind), **addresses}
        written = {name: found[name] for name in WRITTEN_NAMES} | {LAUNCHER_PROCESS: str(os.getpid())}
        keys.write_private(state.environment, json.dumps(written, indent=2))
        running.callback(state.environment.unlink, missing_ok=True)
        yield found


@contextmanager
def owned_or_borrowed(state: State, *, kind: str) -> Iterator[dict[str, str]]:
    """Own the services, or use those of the launcher that does; an owner waits for its borrowers."""
    deadline = time.monotonic() + BORROW_TIMEOUT_SECONDS
    while True:
        try:
            with owned(state, kind=kind) as environment:
                yield environment
                _wait_for_borrowers(state)
                return
        except lock.LockTakenError as taken:
            if time.monotonic() > deadline:
                raise
            holder = taken.holder
        with lock.shared(state.borrowers_lock):
            addresses = _read_addresses(state)
            if addresses is not None:
                say(f"Using the services of process {holder}.")
                yield {**_base_environment(state, kind), **addresses}
                return
        time.sleep(0.2)


def _base_environment(state: State, kind: str) -> dict[str, str]:
    """What the person set wins over what is made here; programs of this Python come first in the path."""
    programs = str(Path(sys.executable).parent)
    defaults = {
        **keys.load_or_create(state.directory / "secrets.json"),
        "RATEL_ENVIRONMENT": kind,
        "DJANGO_SETTINGS_MODULE": "ratel.settings",
        "PYTHONUNBUFFERED": "1",
    }
    given = {name: value for name, value in os.environ.items() if value or name not in defaults}
    return {
        **defaults,
        **given,
        "PATH": os.pathsep.join([programs, os.environ.get("PATH", os.defpath)]),
        "PYTHONPATH": os.pathsep.join([str(PROJECT), *filter(None, [os.environ.get("PYTHONPATH")])]),
        "PYTEST_PLUGINS": "tests.isolation",
        "RATEL_STATE_DIRECTORY": str(state.directory),
    }


def _database(state: State, running: ExitStack, kept: list[Kept]) -> Mapping[str, str]:
    given = os.environ.get("DATABASE_URL")
    if given:
        say("PostgreSQL: as DATABASE_URL says")
        return {"DATABASE_URL": given, "DATABASE_OWNER_URL": os.environ.get("DATABASE_OWNER_URL") or given}
    with step("PostgreSQL"):
        server = _started_database(state)
    kept.append(Kept("PostgreSQL", server, lambda: _started_database(state)))
    running.callback(kept[-1].stop)
    for folder in server.opened_folders:
        say(f"  {folder} can now be traversed by other users: PostgreSQL refuses to run as root")
    return {"DATABASE_URL": server.application_url, "DATABASE_OWNER_URL": server.owner_url}


def _started_database(state: State) -> postgres.Postgres:
    return postgres.start(state.directory / "postgres", log=state.logs / "postgres.log")


def _broker(state: State, running: ExitStack, kept: list[Kept]) -> Mapping[str, str]:
    given = os.environ.get("REDIS_URL")
    if given:
        say("Redis: as REDIS_URL says")
        return {"REDIS_URL": given}
    with step("Redis"):
        server = redis.start(state.directory / "redis", log=state.logs / "redis.log")
    kept.append(Kept("Redis", server, lambda: redis.start_again(server, log=state.logs / "redis.log")))
    running.callback(kept[-1].stop)
    return {"REDIS_URL": server.url}


def _read_addresses(state: State) -> dict[str, str] | None:
    """The owner's addresses, or nothing while it is still starting or already stopping."""
    try:
        written: dict[str, str] = json.loads(state.environment.read_text())
    except FileNotFoundError:
        return None
    found = {name: written[name] for name in ADDRESS_NAMES}
    given = {name: os.environ[name] for name in ADDRESS_NAMES if os.environ.get(name)}
    if "DATABASE_URL" in given:
        given.setdefault("DATABASE_OWNER_URL", given["DATABASE_URL"])
    return {**found, **given}


def _wait_for_borrowers(state: State) -> None:
    """From here on nobody can borrow any more: the addresses are gone before the lock is."""
    try:
        with lock.exclusive(state.borrowers_lock):
            state.environment.unlink(missing_ok=True)
    except lock.LockTakenError:
        say("Waiting for another command that uses these services ...")
        with lock.exclusive(state.borrowers_lock, wait=True):
            state.environment.unlink(missing_ok=True)
