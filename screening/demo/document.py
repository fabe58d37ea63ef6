"""`demo.json`: where the demo bank is served and what it is entered with, readable by its owner only.

Its text is passwords and keys in the clear: it must never be logged, and exists nowhere else.
"""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from ratel.launcher.keys import write_private


class Login(msgspec.Struct, frozen=True):
    email: str
    password: str


class TeamKeys(msgspec.Struct, frozen=True):
    """A team's id, the key of the team itself and the key of its sandbox."""

    id: str
    live_key: str
    test_key: str


class Document(msgspec.Struct, frozen=True):
    """The whole file: people by role, teams by pack."""

    base_url: str
    users: Mapping[str, Login]
    teams: Mapping[str, TeamKeys]


def path_in(state_directory: Path) -> Path:
    return Path(state_directory) / "demo.json"


def read(path: Path) -> Document | None:
    """The document, or None where there is none that can be read."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Document)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def write(path: Path, document: Document) -> None:
    """Replaces the file in one step."""
    write_private(path, msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n")
