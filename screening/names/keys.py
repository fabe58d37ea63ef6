"""Hashes under which a token can be found again although it was misspelled. The same functions serve
builder and search.

A hash only suggests; whoever finds something by it compares the texts, so a collision costs time and never
a wrong match.
"""

from collections.abc import Sequence
from itertools import pairwise
from zlib import crc32

from screening.names.similarity import skeleton, sound

SHORTEST_MISSPELLED = 4
LONGEST_MISSPELLED = 24
SHORTEST_SPLIT = 6
LONGEST_TOKEN = 127
LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz")

_MISSPELLED_SALT = crc32(b"misspelled:")
_SKELETON_SALT = crc32(b"skeleton:")
_SQUASHED_SALT = crc32(b"squashed:")
_IDENTIFIER_SALT = crc32(b"identifier:")


def own_key(token: str) -> int:
    """The key of exactly this token: apart from the others, so that no crowd of misspellings can hide it."""
    return crc32(token.encode())


def misspelling_keys(token: str) -> list[int]:
    """The token and the token with each one letter left out: tokens one edit apart share at least one of
    these.
    """
    if not token.isalpha() or not SHORTEST_MISSPELLED - 1 <= len(token) <= LONGEST_MISSPELLED:
        return []
    text = token.encode()
    whole = [crc32(text, _MISSPELLED_SALT)]
    if len(token) < SHORTEST_MISSPELLED:
        return whole
    return whole + [crc32(text[:place] + text[place + 1 :], _MISSPELLED_SALT) for place in range(len(text))]


def skeleton_key(token: str) -> int | None:
    """One key for all spellings with the same consonants; None where too little is left to mean anything."""
    if len(token) < 3 or not token.isalpha():
        return None
    bones = skeleton(token)
    return crc32(bones.encode(), _SKELETON_SALT) if len(bones) >= 2 else None


def bones_mark(token: str) -> int:
    """The consonants as a number; 1 where they are too few to compare, 0 where the token is no word."""
    if len(token) < 3 or not token.isalpha():
        return 0
    bones = skeleton(token)
    return crc32(bones.encode()) | 2 if len(bones) > 1 else 1


def sound_mark(token: str) -> int:
    """The sound as a number of 16 bits; 0 for what has none."""
    if len(token) < 3 or not token.isalpha():
        return 0
    return crc32(sound(token).encode()) & 0xFFFF


def squashed_key(tokens: Sequence[str]) -> int:
    return crc32("".join(tokens).encode(), _SQUASHED_SALT)


def identifier_key(folded: str) -> int:
    return crc32(folded.encode(), _IDENTIFIER_SALT)


def joins(tokens: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Adjacent tokens written as one, two and three at a time, and what each is made of."""
    parts = [*pairwise(tokens), *zip(tokens, tokens[1:], tokens[2:], strict=False)]
    return {"".join(several): several for several in parts}


def splits(token: str) -> list[tuple[str, str]]:
    """Every way to read one token as two."""
    if not SHORTEST_SPLIT <= len(token) <= LONGEST_MISSPELLED or not token.isalpha():
        return []
    return [(token[:place], token[place:]) for place in range(2, len(token) - 1)]


def letter_mask(tokens: Sequence[str]) -> int:
    """One bit for each letter of a to z that occurs anywhere in the name."""
    mask = 0
    for letter in set("".join(tokens)) & LETTERS:
        mask |= 1 << (ord(letter) - 97)
    return mask
