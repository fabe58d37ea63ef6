"""Where the bytes of files lie: sealed in pieces, under random names, below the state directory and outside of any web
root. Plain bytes never touch a disk.

A stored file is a row of pieces, each with its length in front; every piece is bound to the file's id, its number and
whether it is the last one, so that pieces cannot be moved, left out or cut off unnoticed.
"""

import contextlib
import hashlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from uuid import UUID

from django.conf import settings

from ratel.sealing import Unreadable, seal, unseal

PIECE_BYTES: Final = 1024 * 1024
_LENGTH_BYTES: Final = 4
_UNFINISHED: Final = ".part"
_UNFINISHED_KEPT_SECONDS: Final = 86_400
_NAME_LETTERS: Final = frozenset("0123456789abcdef")


def directory() -> Path:
    return Path(settings.RATEL_STATE_DIRECTORY) / "files"


class Writer:
    """Takes plain bytes and leaves a sealed file; without a `with` block that ends well, nothing is left.

    `write`, `tell` and `flush` are what an archive that is written from front to back asks for.
    """

    def __init__(self, owner: UUID) -> None:
        self.stored_as = secrets.token_hex(32)
        self.size_bytes = 0
        self._owner, self._hash = owner, hashlib.sha256()
        self._waiting, self._number = bytearray(), 0
        self._path = _path(self.stored_as)
        self._partial = self._path.with_suffix(_UNFINISHED)

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def __enter__(self) -> Self:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        opened = os.open(self._partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._file = os.fdopen(opened, "wb")
        return self

    def write(self, plain: bytes) -> int:
        self._hash.update(plain)
        self.size_bytes += len(plain)
        self._waiting += plain
        # One piece always waits: the last must know that it is.
        while len(self._waiting) > PIECE_BYTES:
            piece = bytes(self._waiting[:PIECE_BYTES])
            del self._waiting[:PIECE_BYTES]
            self._put(piece, is_last=False)
        return len(plain)

    def tell(self) -> int:
        return self.size_bytes

    def flush(self) -> None:
        """Nothing can be flushed before its piece is whole."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._file:
            if kind is None:
                self._put(bytes(self._waiting), is_last=True)
                self._file.flush()
                os.fsync(self._file.fileno())
        if kind is None:
            self._partial.replace(self._path)
        else:
            self._partial.unlink(missing_ok=True)

    def _put(self, piece: bytes, *, is_last: bool) -> None:
        sealed = seal(piece, _context(self._owner, self._number, is_last=is_last))
        self._file.write(len(sealed).to_bytes(_LENGTH_BYTES, "big") + sealed)
        self._number += 1


def pieces(owner: UUID, stored_as: str) -> Iterator[bytes]:
    """The plain bytes of a file; raises Unreadable where the file is gone, was changed, moved or cut off."""
    try:
        file = _path(stored_as).open("rb")
    except OSError:
        raise Unreadable("the stored file is not there") from None
    with file:
        number, sealed = 0, _next(file)
        while sealed is not None:
            following = _next(file)
            yield unseal(sealed, _context(owner, number, is_last=following is None))
            number, sealed = number + 1, following


def content(owner: UUID, stored_as: str) -> bytes:
    return b"".join(pieces(owner, stored_as))


def remove(stored_as: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        _path(stored_as).unlink()


def remove_unfinished(now: float) -> int:
    """Removes what writers that died left behind a day ago or longer; how many."""
    left = [
        one
        for one in directory().glob(f"*/*{_UNFINISHED}")
        if one.stat().st_mtime < now - _UNFINISHED_KEPT_SECONDS
    ]
    for one in left:
        one.unlink(missing_ok=True)
    return len(left)


def _next(file: object) -> bytes | None:
    read = file.read  # type: ignore[attr-defined]
    head = read(_LENGTH_BYTES)
    if not head:
        return None
    sealed: bytes = read(int.from_bytes(head, "big"))
    return sealed


def _context(owner: UUID, number: int, *, is_last: bool) -> bytes:
    return b"file" + owner.bytes + number.to_bytes(4, "big") + (b"last" if is_last else b"more")


def _path(stored_as: str) -> Path:
    """Names are ours and random; anything else would be a fault of ours."""
    if len(stored_as) != 64 or not set(stored_as) <= _NAME_LETTERS:
        raise Unreadable("that is no name of a stored file")
    return directory() / stored_as[:2] / stored_as
