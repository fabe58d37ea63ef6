"""Identifiers: 128 bits that sort by time, kept as UUID in the database and shown as `alt_01HXY...`.

The text after the prefix is the ULID form (26 characters of Crockford's base 32) of the same 128 bits.
"""

import os
import threading
import time
from datetime import datetime
from typing import Final
from uuid import UUID

_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS: Final = tuple(a + b for a in _ALPHABET for b in _ALPHABET)
_VALUES: Final = {letter: value for value, letter in enumerate(_ALPHABET)}
_LENGTH: Final = 26
_RANDOM_BITS: Final = 80
_OVERTAKEN_MILLISECONDS: Final = 1_000
_STEP_MASK: Final = (1 << 40) - 1


class _Sequence:
    """The identifiers of one process: within a millisecond each is larger than the one before, by a random step."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._newest = 0

    def next(self) -> int:
        number = (time.time_ns() // 1_000_000 << _RANDOM_BITS) | int.from_bytes(os.urandom(10), "big")
        with self._lock:
            # Another thread may have looked at the clock later and come first; a clock that was set back is followed.
            if 0 <= (self._newest >> _RANDOM_BITS) - (number >> _RANDOM_BITS) < _OVERTAKEN_MILLISECONDS:
                number = self._newest + 1 + (number & _STEP_MASK)
            self._newest = number
        return number


_sequence: Final = _Sequence()


def new_id() -> UUID:
    """A new identifier: 48 bits of milliseconds since 1970, then 80 random bits. What one process makes sorts in the
    order in which it was made."""
    return UUID(int=_sequence.next())


def first_id_of(moment: datetime) -> UUID:
    """The smallest identifier that could have been made at that moment: identifiers begin with their milliseconds."""
    return UUID(int=int(moment.timestamp() * 1000) << _RANDOM_BITS)


def show(prefix: str, identifier: UUID) -> str:
    """`show("alt", id)` gives `alt_` and 26 characters."""
    number = identifier.int
    pairs = _PAIRS
    return f"{prefix}_" + "".join(
        [pairs[(number >> shift) & 1023] for shift in (120, 110, 100, 90, 80, 70, 60, 50, 40, 30, 20, 10, 0)]
    )


def read(prefix: str, text: str) -> UUID | None:
    """The identifier that `text` shows, or None where it is not one of that prefix."""
    head, _, body = text.partition("_")
    if head != prefix or len(body) != _LENGTH:
        return None
    number = 0
    for letter in body:
        value = _VALUES.get(letter)
        if value is None:
            return None
        number = number * 32 + value
    return UUID(int=number) if number < 1 << 128 else None
