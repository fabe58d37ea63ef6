"""What the launcher tells the person at the terminal: one line a step, with the time it took."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


def say(text: str) -> None:
    """One line to standard output, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def complain(text: str) -> None:
    """One line to standard error, at once."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


@contextmanager
def step(name: str) -> Iterator[None]:
    """Say what begins, and when it is done how long it took."""
    started = time.monotonic()
    say(f"{name} ...")
    yield
    say(f"{name}: {time.monotonic() - started:.1f} s")
