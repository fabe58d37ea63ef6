"""Gives each test process a database, a Redis database and a state directory of its own.

pytest loads it before Django reads its settings (the launcher names it in PYTEST_PLUGINS), so that settings
and every process that a test starts see the right addresses by themselves. It must never name a database
that anybody but this run uses.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

# Worker processes inherit the already changed environment of the first: the originals are kept beside it.
KEPT = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "RATEL_STATE_DIRECTORY")
# The first two numbered databases of Redis belong to whoever runs Ratel on it.
FIRST_REDIS_DATABASE = 2
LONGEST_DEADLINE_MS = "10000"


def original(name: str, environment: Mapping[str, str] = os.environ) -> str:
    """The address as it was before this process got its own; an empty string when there was none."""
    return environment.get(f"BEFORE_TESTS_{name}", environment.get(name, ""))


def worker(environment: Mapping[str, str] = os.environ) -> str:
    """`main`, or the name that pytest-xdist gave this process: gw0, gw1, ..."""
    return environment.get("PYTEST_XDIST_WORKER", "main")


def database_name(environment: Mapping[str, str] = os.environ) -> str:
    """Different for each run and each process of it."""
    run = environment.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    return f"ratel_test_{run[:8]}_{worker(environment)}"


def with_database(url: str, name: str) -> str:
    """The same URL with another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def own_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """What this process must change in its environment; nothing when no services are there."""
    if not original("DATABASE_URL", environment) or not original("REDIS_URL", environment):
        return {}
    name = database_name(environment)
    owner = original("DATABASE_OWNER_URL", environment) or original("DATABASE_URL", environment)
    position = worker(environment).removeprefix("gw")
    number = FIRST_REDIS_DATABASE + (int(position) + 1 if position.isdecimal() else 0)
    return {
        **{f"BEFORE_TESTS_{each}": original(each, environment) for each in KEPT},
        "DATABASE_URL": with_database(original("DATABASE_URL", environment), name),
        "DATABASE_OWNER_URL": with_database(owner, name),
        "REDIS_URL": with_database(original("REDIS_URL", environment), str(number)),
        "RATEL_STATE_DIRECTORY": str(Path(original("RATEL_STATE_DIRECTORY", environment)) / "pytest" / name),
        "RATEL_ENVIRONMENT": "test",
        # On a machine that is busy with tests a layer may be kept from running for longer than a payment would wait.
        "RATEL_EVALUATION_DEADLINE_MS": LONGEST_DEADLINE_MS,
    }


os.environ.update(own_environment(os.environ))
