"""A server between the client and Ratel that passes every request on and drops every other answer."""

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit


class Dropping(ThreadingHTTPServer):
    """`passed` counts what reached Ratel; `answers` what is said instead, one after the other, while there are any."""

    daemon_threads = True

    def __init__(self, target: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler, bind_and_activate=False)
        # Until it is opened, its address is its own and refuses connections.
        self.server_bind()
        self.target = urlsplit(target)
        self.passed = 0
        self.answers: list[tuple[int, dict[str, str], bytes]] = []
        self.drops_every_other = False
        self.lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def open(self) -> None:
        self.server_activate()
        self._thread = threading.Thread(target=self.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        if self._thread is not None:
            self.shutdown()
            self._thread.join()
        self.server_close()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Dropping

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        with self.server.lock:
            planned = self.server.answers.pop(0) if self.server.answers else None
        if planned is not None:
            self._answer(*planned)
            return
        status, headers, answer = self._pass_on(body)
        with self.server.lock:
            self.server.passed += 1
            dropped = self.server.drops_every_other and self.server.passed % 2 == 1
        if dropped:
            self.close_connection = True
            self.connection.close()
        else:
            self._answer(status, headers, answer)

    do_GET = do_POST  # noqa: N815

    def _pass_on(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        target = self.server.target
        connection = http.client.HTTPConnection(target.hostname or "", target.port, timeout=30)
        kept = {name: value for name, value in self.headers.items() if name.lower() != "host"}
        connection.request(self.command, self.path, body or None, kept)
        response = connection.getresponse()
        try:
            return response.status, dict(response.getheaders()), response.read()
        finally:
            connection.close()

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in {"content-length", "connection", "transfer-encoding", "server", "date"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def dropping(target: str, *, is_open: bool = True) -> Iterator[Dropping]:
    server = Dropping(target)
    try:
        if is_open:
            server.open()
        yield server
    finally:
        server.close()
