"""The two servers that are compared: the same gunicorn settings, the same number of processes and threads.

Connections are opened until each process holds as many as the other: otherwise the kernel deals them unevenly and
the measurement tells luck from luck.
"""

import http.client
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ratel.embedded import process
from ratel.embedded.redis import HOST, free_port
from screening.bench.databases import BenchFailed
from screening.bench.options import PROJECT, Options

START_TIMEOUT_SECONDS: Final = 60
MOST_ATTEMPTS: Final = 400
SEND_BUFFER_BYTES: Final = 1024 * 1024


@dataclass(frozen=True)
class Server:
    port: int
    pid: int

    def worker_pids(self) -> list[int]:
        """The serving processes, the children of the one that listens."""
        listed = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return [int(pid) for pid in listed]

    def connect(self, count: int) -> list[socket.socket]:
        """`count` open connections, dealt evenly to the serving processes where the system lets us see it."""
        workers = self.worker_pids() if sys.platform == "linux" else []
        most = -(-count // len(workers)) if workers else count
        held: Counter[int] = Counter()
        kept: list[socket.socket] = []
        for _ in range(MOST_ATTEMPTS):
            connection = self._connection()
            holder = _holder(connection, self.port, workers) or 0
            if workers and held[holder] >= most:
                connection.close()
                continue
            held[holder] += 1
            kept.append(connection)
            if len(kept) == count:
                return kept
        raise BenchFailed(f"the server's processes took {dict(held)} of {count} connections")

    def connection_of(self, worker: int) -> socket.socket:
        """A connection that this process serves."""
        for _ in range(MOST_ATTEMPTS):
            connection = self._connection()
            if _holder(connection, self.port, [worker]) == worker:
                return connection
            connection.close()
        raise BenchFailed("a serving process takes no connection")

    def _connection(self) -> socket.socket:
        """Open and answered once, so that a process has accepted it."""
        connection = socket.create_connection((HOST, self.port), timeout=60)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        connection.sendall(f"GET /healthz HTTP/1.1\r\nHost: {HOST}\r\nX-API-Key: none\r\n\r\n".encode())
        response = http.client.HTTPResponse(connection)
        response.begin()
        response.read()
        return connection


def _holder(connection: socket.socket, server_port: int, workers: list[int]) -> int | None:
    """Which of the processes has the other end: the kernel's table gives its inode, the processes' files show it."""
    ours = f"{connection.getsockname()[1]:04X}"
    table = Path("/proc/net/tcp").read_text() if workers else ""
    for line in table.splitlines():
        fields = line.split()
        if len(fields) > 9 and fields[1].endswith(f":{server_port:04X}") and fields[2].endswith(f":{ours}"):
            wanted = f"socket:[{fields[9]}]"
            return next((worker for worker in workers if wanted in _open_files(worker)), None)
    return None


def _open_files(pid: int) -> set[str]:
    found = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found.add(str(entry.readlink()))
        except OSError:
            continue
    return found


@contextmanager
def running(application: str, options: Options, variables: Mapping[str, str], log: Path) -> Iterator[Server]:
    """gunicorn with the project's settings, until the block ends."""
    port = free_port()
    arguments = [
        *(
            sys.executable,
            "-m",
            "gunicorn",
            application,
            "-c",
            str(options.server_settings),
            "--no-control-socket",
        ),
        *("--workers", str(options.workers), "--threads", str(options.threads), "--bind", f"{HOST}:{port}"),
    ]
    with log.open("wb") as output:
        started = process.start(arguments, log=output, environment=variables, directory=PROJECT)
    try:
        server = Server(port, started.pid)
        _wait(started, server, options, log)
        yield server
    finally:
        process.stop(started, [(signal.SIGTERM, 4.0), (signal.SIGQUIT, 2.0)])


def _wait(started: subprocess.Popen[bytes], server: Server, options: Options, log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        if started.poll() is not None:
            break
        try:
            server._connection().close()
            if len(server.worker_pids()) == options.workers:
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise BenchFailed(f"a server did not start:\n{process.tail(log, 40)}")
