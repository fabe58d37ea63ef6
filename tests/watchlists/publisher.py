"""A publisher's server for tests: real HTTP on a free port, with validators, redirects and every way to fail."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Publisher:
    """`files` by path; `asked` lists (path, status) of every request."""

    base_url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    statuses: dict[str, int] = field(default_factory=dict)
    cut_off: set[str] = field(default_factory=set)
    asked: list[tuple[str, int]] = field(default_factory=list)


@contextmanager
def publishing() -> Iterator[Publisher]:
    publisher = Publisher()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path
            content = publisher.files.get(path, b"")
            tag = f'"{hash(content)}"'
            if path in publisher.redirects:
                self._answer(302, b"", Location=publisher.redirects[path])
            elif path in publisher.statuses:
                self._answer(publisher.statuses[path], b"sorry")
            elif path not in publisher.files:
                self._answer(404, b"")
            elif self.headers.get("If-None-Match") == tag:
                self._answer(304, b"")
            elif path in publisher.cut_off:
                self._answer(200, content[: len(content) // 2], length=len(content))
            else:
                self._answer(200, content, ETag=tag)

        def _answer(self, status: int, content: bytes, length: int | None = None, **headers: str) -> None:
            publisher.asked.append((self.path, status))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if status != 304:
                self.send_header("Content-Length", str(len(content) if length is None else length))
            self.end_headers()
            self.wfile.write(content)
            self.close_connection = True

        def log_message(self, format: str, *arguments: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    publisher.base_url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield publisher
    finally:
        server.shutdown()
        server.server_close()
