"""A whole Ratel of its own for tools that look at pages: services, demo bank, server, in a folder that is thrown away.

For `make screenshots` and `make bench-pages`; tests have their own server (tests/server.py).
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ratel.embedded.redis import free_port
from screening.demo import document as demo_document
from screening.demo.document import Document

PROJECT = Path(__file__).resolve().parents[2]
READY_SECONDS = 300
STOP_SECONDS = 30


@dataclass(frozen=True)
class Served:
    """Where it is served, and what the demo bank is entered with."""

    base_url: str
    document: Document
    environment: dict[str, str]

    def manage(self, *arguments: str) -> None:
        """A command beside the running server."""
        subprocess.run(
            [sys.executable, "manage.py", *arguments], cwd=PROJECT, env=self.environment, check=True
        )


@contextmanager
def demo_served() -> Iterator[Served]:
    """`make run` in an empty folder, until the block ends."""
    with tempfile.TemporaryDirectory(prefix="ratel-pages-") as folder:
        state, port = Path(folder), free_port()
        kept = {name: value for name, value in os.environ.items() if name not in _named_services()}
        environment = {**kept, "RATEL_STATE_DIRECTORY": folder, "RATEL_LOG_LEVEL": "WARNING"}
        with (state / "run.log").open("wb") as log:
            running = _start(port, environment, log)
            try:
                _wait_until_ready(running, port, state / "run.log")
                document = demo_document.read(demo_document.path_in(state))
                assert document is not None, "the launcher wrote no demo.json"
                yield Served(f"http://127.0.0.1:{port}", document, environment)
            finally:
                running.send_signal(signal.SIGTERM)
                running.wait(STOP_SECONDS)


def already_running(state_directory: Path) -> Served:
    """An instance that somebody started with `make run`; its own folder says where it is served."""
    document = demo_document.read(demo_document.path_in(state_directory))
    assert document is not None, f"there is no demo.json in {state_directory}"
    environment = {**os.environ, "RATEL_STATE_DIRECTORY": str(state_directory)}
    return Served(document.base_url, document, environment)


def _named_services() -> set[str]:
    """What would make it use somebody else's services."""
    from ratel.launcher.services import WRITTEN_NAMES

    return set(WRITTEN_NAMES)


def _start(port: int, environment: dict[str, str], log: IO[bytes]) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "ratel.launch", "run", "--port", str(port)]
    return subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=log, stderr=subprocess.STDOUT)


def _wait_until_ready(running: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        assert running.poll() is None, f"it ended while starting:\n{_tail(log)}"
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    raise AssertionError(f"it did not become ready:\n{_tail(log)}")


def _tail(log: Path) -> str:
    return re.sub(r"rk_(live|test)_\w+", "rk_...", log.read_text(errors="replace"))[-3_000:]
