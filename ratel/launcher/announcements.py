"""How a program that is starting says that it serves: a datagram to NOTIFY_SOCKET, as under systemd.

gunicorn brings the sending half (`ratel/gunicorn.py` says when). What is announced is believed only because nobody but
this user can reach the socket.
"""

import select
import socket
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SERVING: Final = "STATUS=serving"
LONGEST_BYTES: Final = 4096


@dataclass(frozen=True, slots=True)
class Announcements:
    """The receiving half; `environment` tells a child where to."""

    receiving: socket.socket
    environment: Mapping[str, str]

    def has_come(self, wanted: str, *, within_seconds: float) -> bool:
        """Whether the announcement comes in that time; others are passed over."""
        while select.select([self.receiving], [], [], within_seconds)[0]:
            if wanted in self.receiving.recv(LONGEST_BYTES).decode(errors="replace").splitlines():
                return True
        return False


@contextmanager
def announcements() -> Iterator[Announcements]:
    """A socket for one child, gone at the end."""
    with (
        tempfile.TemporaryDirectory(prefix="ratel-") as place,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiving,
    ):
        path = str(Path(place) / "notify")
        receiving.bind(path)
        yield Announcements(receiving, {"NOTIFY_SOCKET": path})
