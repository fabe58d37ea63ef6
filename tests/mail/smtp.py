"""A mail server for tests: takes mail over a real connection, keeps it, and refuses what it is told to refuse."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass
class MailServer:
    """`refuses` are addresses that are turned down; `dies_after_data` closes instead of saying "accepted"."""

    port: int = 0
    received: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    connections: int = 0
    refuses: set[str] = field(default_factory=set)
    dies_after_data: bool = False


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        state: MailServer = self.server.state  # type: ignore[attr-defined]
        state.connections += 1
        self._say("220 here")
        recipients: list[str] = []
        while line := self.rfile.readline().decode().strip():
            verb = line.split(" ")[0].upper()
            if verb == "RCPT":
                address = line.partition("<")[2].rstrip(">")
                if address in state.refuses:
                    self._say("550 not here")
                else:
                    recipients.append(address)
                    self._say("250 fine")
            elif verb == "DATA":
                self._say("354 go on")
                state.received.append(message_from_bytes(self._body(), policy=policy.default))
                state.recipients += recipients
                recipients = []
                if state.dies_after_data:
                    return
                self._say("250 accepted")
            elif verb == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 fine")

    def _body(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line[1:] if line.startswith(b"..") else line)
        return b"".join(lines)

    def _say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")


@contextmanager
def mail_server() -> Iterator[MailServer]:
    state = MailServer()
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Handler) as server:
        server.daemon_threads = True
        server.state = state  # type: ignore[attr-defined]
        state.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield state
        finally:
            server.shutdown()
            thread.join()
