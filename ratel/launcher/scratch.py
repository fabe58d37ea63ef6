"""State directories of test runs: fresh for each run, gone after it, swept up when a run was killed.

It must never remove a directory that a living run still holds.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ratel.embedded import postgres, redis
from ratel.launcher import lock, services
from ratel.launcher.services import State


@contextmanager
def state(parent: Path) -> Iterator[State]:
    """A new state directory under `parent`, removed at the end."""
    parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as held:
        with lock.exclusive(parent / "sweep.lock", wait=True):
            _sweep(parent)
            fresh = services.prepare(Path(tempfile.mkdtemp(prefix="run-", dir=parent)))
            # Walking through is allowed, as for any folder: PostgreSQL may run as another user than we do.
            fresh.directory.chmod(0o711)
            held.enter_context(lock.exclusive(_living(fresh.directory)))
        try:
            yield fresh
        finally:
            shutil.rmtree(fresh.directory, ignore_errors=True)


def _living(directory: Path) -> Path:
    return directory / "living.lock"


def _sweep(parent: Path) -> None:
    """Remove what killed runs left; whoever still holds the lock is alive and keeps its directory."""
    for directory in parent.glob("run-*"):
        try:
            with lock.exclusive(_living(directory)):
                postgres.stop_leftover(directory / "postgres")
                redis.stop_leftover(directory / "redis")
                shutil.rmtree(directory, ignore_errors=True)
        except lock.LockTakenError:
            continue
