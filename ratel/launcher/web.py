"""How the web server is started: by the launcher for good, or for the length of a `with` on a free port."""

import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ratel.embedded import process
from ratel.embedded.process import ServiceError
from ratel.embedded.redis import free_port
from ratel.launcher.services import PROJECT

HOST = "127.0.0.1"
START_TIMEOUT_SECONDS = 60.0
POLL_SECONDS = 0.1
SERVER = (sys.executable, "-m", "gunicorn", "ratel.wsgi:application", "-c", "ratel/gunicorn.py")


def arguments(port: int) -> list[str]:
    """The command line that serves Ratel on a port of this machine only."""
    return [*SERVER, "--bind", f"{HOST}:{port}"]


def arguments_on(held: socket.socket) -> list[str]:
    """The command line that serves Ratel on a socket that the launcher holds.

    Such a socket outlives any one server: while one is started after another, callers wait in its queue instead of
    being refused, and a successor needs no port of its own.
    """
    return [*SERVER, "--bind", f"fd://{held.fileno()}"]


def held_socket(port: int) -> socket.socket:
    """A socket bound to that port of this machine; it refuses callers until a server listens. Raises OSError."""
    held = socket.socket()
    try:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind((HOST, port))
    except OSError:
        held.close()
        raise
    return held


def readiness(port: int) -> str:
    """Empty when /readyz answers 200, otherwise what it answers instead."""
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}/readyz", timeout=5):
            return ""
    except urllib.error.HTTPError as answer:
        return f"{answer.code} {answer.read(500).decode(errors='replace')}"
    except OSError as problem:
        return type(problem).__name__


@contextmanager
def temporary(log: Path) -> Iterator[str]:
    """The base URL of a ready server in this process's environment; it has ended when the `with` ends."""
    port = free_port()
    with log.open("ab") as output:
        server = process.start(arguments(port), log=output, directory=PROJECT)
    try:
        _wait_until_ready(server, port, log)
        yield f"http://{HOST}:{port}"
    finally:
        process.stop(server, [(signal.SIGTERM, 3.0), (signal.SIGQUIT, 2.0)])


def _wait_until_ready(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while problem := readiness(port):
        if server.poll() is not None:
            raise ServiceError(f"The web server ended while starting:\n{process.tail(log)}")
        if time.monotonic() > deadline:
            raise ServiceError(f"The web server is not ready ({problem}):\n{process.tail(log)}")
        time.sleep(POLL_SECONDS)
