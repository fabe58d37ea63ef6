"""A real web server for tests: gunicorn with two processes of four threads, on a free port."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ratel.embedded import process
from ratel.embedded.redis import free_port

PROJECT = Path(__file__).resolve().parent.parent
START_TIMEOUT_SECONDS = 60


@contextmanager
def running(
    log: Path,
    *,
    application: str = "ratel.wsgi:application",
    health: str = "/healthz",
    processes: int = 2,
    threads: int = 4,
    stop_seconds: float = 3.0,
    **variables: str,
) -> Iterator[str]:
    """Yields the base URL once the server answers; everything it says goes to `log`. `variables` are set for it only.

    At the end it has `stop_seconds` to finish what it does, which is of interest only where a test looks at what it left.
    """
    port = free_port()
    options = [
        "-c",
        "ratel/gunicorn.py",
        "--no-control-socket",
        "--workers",
        str(processes),
        "--threads",
        str(threads),
        "--bind",
        f"127.0.0.1:{port}",
    ]
    with log.open("ab") as output:
        server = process.start(
            [sys.executable, "-m", "gunicorn", application, *options],
            log=output,
            directory=PROJECT,
            environment={**os.environ, **variables},
        )
    try:
        _wait_until_it_answers(server, f"http://127.0.0.1:{port}{health}", log)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.stop(server, [(signal.SIGTERM, stop_seconds), (signal.SIGQUIT, 2.0)])


def _wait_until_it_answers(server: subprocess.Popen[bytes], address: str, log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        assert server.poll() is None, f"the server ended while starting:\n{process.tail(log, 60)}"
        try:
            with urllib.request.urlopen(address, timeout=5):  # noqa: S310 - the address is our own
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise AssertionError(f"the server does not answer at {address}:\n{process.tail(log, 60)}")
