"""Remembers how far a replay came, so that it can go on from there.

A position counts only when it and everything before it was answered: going on can send a payment twice, which
the external id makes harmless, but must never leave one out. The file holds no payment and no key.
"""

import hashlib
import threading
from pathlib import Path

import msgspec


class Watermark:
    """How many payments from the beginning are answered without a gap. Used by several threads."""

    def __init__(self, position: int = 0) -> None:
        self._position = position
        self._ahead: set[int] = set()
        self._lock = threading.Lock()

    @property
    def position(self) -> int:
        return self._position

    def acknowledge(self, position: int) -> None:
        """The payment at this position (from 0) was answered."""
        with self._lock:
            self._ahead.add(position)
            while self._position in self._ahead:
                self._ahead.remove(self._position)
                self._position += 1


class ResumeState(msgspec.Struct, frozen=True):
    """What is kept between runs: `position` payments are done."""

    position: int
    file: str


def state_path(folder: Path, *parts: object) -> Path:
    """Where the state of a replay lies: the same file, options, server and key meet the same state."""
    digest = hashlib.sha256("\n".join(map(repr, parts)).encode()).hexdigest()
    return folder / f"{digest[:32]}.json"


def load_position(path: Path) -> int:
    """Where to go on; 0 without a state that can be read."""
    try:
        return max(0, msgspec.json.decode(path.read_bytes(), type=ResumeState).position)
    except (FileNotFoundError, msgspec.DecodeError):
        return 0


def save_position(path: Path, position: int, file: str) -> None:
    """Replaces the state as a whole, so that a run killed here leaves the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".part")
    beside.write_bytes(msgspec.json.encode(ResumeState(position, file)))
    beside.replace(path)
