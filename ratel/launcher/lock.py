"""File locks that the kernel releases when their holder dies.

A lock must never need cleaning up by hand: the file stays, only the kernel's lock on it counts.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class LockTakenError(Exception):
    """Somebody else holds the lock; `holder` is what they wrote into it, usually their process id."""

    def __init__(self, holder: str) -> None:
        super().__init__(holder)
        self.holder = holder


@contextmanager
def exclusive(path: Path, *, wait: bool = False) -> Iterator[None]:
    """Hold the lock alone. Raises LockTakenError instead of waiting, unless told to wait."""
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            file.seek(0)
            raise LockTakenError(file.read().strip()) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


@contextmanager
def shared(path: Path) -> Iterator[None]:
    """Hold the lock together with others who share it, waiting for an exclusive holder to finish."""
    with path.open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        yield
