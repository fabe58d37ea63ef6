"""A loader that is killed at whatever moment leaves nothing half-loaded: the old list answers and the next load works."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from screening.models import Watchlist, WatchlistEntry
from tests.cast import changed
from tests.watchlists.public import found, in_force, load, name_of, new_code, references, write

PROJECT = Path(__file__).resolve().parents[2]
STEPS = ["reading", "storing", "building", "trying"]
ENTRIES = 3_000


@pytest.fixture(autouse=True)
def database(django_db_setup: None) -> None:
    """The loader's process works on the same database."""


def start_load(path: Path, code: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [
            *(sys.executable, "-u", "manage.py", "load_watchlist", "csv", str(path)),
            *("--code", code, "--kind", "sanctions"),
        ],
        cwd=PROJECT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def kill_at(process: "subprocess.Popen[str]", step: str, after_seconds: float) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(step):
            time.sleep(after_seconds)
            process.send_signal(signal.SIGKILL)
            break
    else:
        pytest.fail(f"the load ended before {step}")
    assert process.wait() == -signal.SIGKILL


@contextmanager
def nobody_publishes() -> Iterator[None]:
    """Holds what the last transaction of a load changes: on a fast machine it would come before the kill."""
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as holder:
        holder.execute("LOCK TABLE screening_watchlist IN SHARE MODE")
        yield


@pytest.mark.parametrize("step", STEPS)
def test_a_killed_loader_leaves_the_old_list_whole(tmp_path: Path, step: str) -> None:
    code = new_code()
    load(write(tmp_path / "old.csv", code, range(50)), code)
    before = (in_force().name, Watchlist.objects.filter(code=code).values().get())
    path = write(tmp_path / "new.csv", code, range(10, ENTRIES))
    with nobody_publishes():
        kill_at(start_load(path, code), step, after_seconds=0.05)
    changed()
    assert (in_force().name, Watchlist.objects.filter(code=code).values().get()) == before
    assert references(code) == {f"r{number}" for number in range(50)}
    assert f"{code}:r7" in found(name_of(code, 7))

    loaded = load(path, code, minimum_share_of_previous=0.5)
    assert (loaded.added, loaded.changed, loaded.removed) == (ENTRIES - 50, 0, 10)
    assert references(code) == {f"r{number}" for number in range(10, ENTRIES)}
    assert WatchlistEntry.objects.filter(watchlist__code=code).count() == ENTRIES
    assert f"{code}:r{ENTRIES - 1}" in found(name_of(code, ENTRIES - 1))


def test_a_load_that_was_not_killed_goes_through_the_same_steps(tmp_path: Path) -> None:
    """Otherwise the kills above would prove nothing."""
    code = new_code()
    process = start_load(write(tmp_path / "list.csv", code, range(5)), code)
    output, _ = process.communicate(timeout=300)
    assert process.returncode == 0, output
    assert [line.split()[0] for line in output.splitlines()][:4] == STEPS
    assert references(code) == {f"r{number}" for number in range(5)}
