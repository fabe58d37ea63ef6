"""Where a stream can be stopped: anywhere, or between the messages of PostgreSQL's protocol.

A splitter sees the bytes of one direction of one connection and gives them back in pieces, none lost and none changed.
"""

import struct
from collections.abc import Iterator
from typing import Final, Protocol

LENGTH: Final = struct.Struct("!I")
# "Do you speak TLS?" and "Do you speak GSS?", and what can be answered to that. No session begins with such a letter.
ENCRYPTION_QUESTIONS: Final = (LENGTH.pack(80_877_103), LENGTH.pack(80_877_104))
ENCRYPTION_ANSWERS: Final = (b"N", b"S", b"G")


class Splitter(Protocol):
    def split(self, chunk: bytes) -> Iterator[bytes]: ...


class Whole:
    """Chunks as they come."""

    def __init__(self, direction: str) -> None:
        pass

    def split(self, chunk: bytes) -> Iterator[bytes]:
        yield chunk


class SingleBytes:
    """Every byte by itself: for stopping an answer half-way."""

    def __init__(self, direction: str) -> None:
        pass

    def split(self, chunk: bytes) -> Iterator[bytes]:
        for position in range(len(chunk)):
            yield chunk[position : position + 1]


class PostgresMessages:
    """One message at a time; the caller's first has no type. Encryption must not be agreed on.

    Before a session begins a caller may ask whether it could be encrypted; the answer to that is a single letter.
    """

    def __init__(self, direction: str) -> None:
        self._waiting = b""
        self._is_from_server = direction == "to_client"
        self._has_begun = False

    def split(self, chunk: bytes) -> Iterator[bytes]:
        self._waiting += chunk
        while message := self._next():
            yield message

    def _next(self) -> bytes:
        if self._is_from_server and not self._has_begun and self._waiting[:1] in ENCRYPTION_ANSWERS:
            return self._cut(1)
        type_bytes = 1 if self._has_begun or self._is_from_server else 0
        if len(self._waiting) < type_bytes + LENGTH.size:
            return b""
        (length,) = LENGTH.unpack_from(self._waiting, type_bytes)
        whole = type_bytes + length
        if len(self._waiting) < whole:
            return b""
        message = self._cut(whole)
        self._has_begun = message[LENGTH.size :] not in ENCRYPTION_QUESTIONS
        return message

    def _cut(self, length: int) -> bytes:
        message, self._waiting = self._waiting[:length], self._waiting[length:]
        return message
