"""How alike two tokens are, and by which rule. Pure functions of two strings; rarity and order are not
their business.
"""

import re
from functools import lru_cache
from operator import itemgetter

from jellyfish import jaro_winkler_similarity, metaphone
from rapidfuzz.distance import OSA

EXACT = "exact"
INITIAL = "initial"
EDIT = "edit"
SPELLING = "spelling"
SOUND = "sound"
JOINED = "joined"

Likeness = tuple[str, float]
"""Rule and similarity, 0 to 1."""

UNLIKE: Likeness = ("", 0.0)

CLOSE_ENOUGH = 0.8
"""Jaro-Winkler that equal sound or equal consonants need as well; without it sound gave most of the false
alerts.
"""

CLOSE_WITH_MANY_CONSONANTS = 0.75
"""Enough when three consonants or more agree."""

_VOWELS = "aeiouy"
_ONE_VOWEL = str.maketrans(dict.fromkeys(_VOWELS, "a"))
_DIGRAPHS = (
    ("sch", "s"), ("tch", "k"), ("sh", "s"), ("ch", "k"), ("kh", "k"), ("gh", "g"), ("dh", "d"), ("th", "t"),
    ("zh", "j"), ("dj", "j"), ("ph", "f"), ("ck", "k"), ("ts", "s"), ("tz", "s"), ("dz", "s"), ("ks", "s"),
)  # fmt: skip
_FOLDED = str.maketrans({"q": "k", "c": "k", "w": "v", "z": "s", "x": "s", "y": "i"})
_BONES = str.maketrans(dict.fromkeys(_VOWELS))
_REPEATED = re.compile(r"(.)\1+")


@lru_cache(maxsize=65536)
def folded(token: str) -> str:
    """The token with the letters that transliterations disagree on made one: `qazi`, `kazy` and `ghazzi`
    come close.
    """
    for written, single in _DIGRAPHS:
        if written in token:
            token = token.replace(written, single)
    single = _REPEATED.sub(r"\1", token)
    return (single[:1] + single[1:].replace("h", "")).translate(_FOLDED)


def skeleton(token: str) -> str:
    """The consonants as most transliterations would agree on them: `muhammad`, `mohamed` and `mhmd` are all
    `mmd`.
    """
    return folded(token).translate(_BONES)


def likeness(one: str, other: str) -> Likeness:
    """Rule and similarity of two tokens; the same whichever comes first."""
    if one == other:
        return EXACT, 1.0
    shorter, longer = (one, other) if len(one) <= len(other) else (other, one)
    if len(shorter) < 3 or not one.isalpha() or not other.isalpha():
        return _initial(shorter, longer)
    if len(longer) == 3:
        return _by_one_vowel(shorter, longer)
    return max(_by_edits(shorter, longer), _by_spelling(shorter, longer), key=itemgetter(1))


def _by_one_vowel(one: str, other: str) -> Likeness:
    """A word of three letters may only change its vowel."""
    same_but_vowels = one.translate(_ONE_VOWEL) == other.translate(_ONE_VOWEL)
    return (SPELLING, 0.82) if same_but_vowels and OSA.distance(one, other) == 1 else UNLIKE


def _initial(shorter: str, longer: str) -> Likeness:
    if len(shorter) == 1 and shorter.isalpha() and longer.isalpha() and longer[0] == shorter:
        return INITIAL, 0.85
    return UNLIKE


def edit_budget(length: int) -> int:
    """How many single-letter edits a token of this length may carry and still be the same word."""
    return 0 if length < 4 else 1 if length < 6 else 2 if length < 11 else 3


def _by_edits(shorter: str, longer: str) -> Likeness:
    budget = edit_budget(len(longer))
    if len(longer) - len(shorter) > budget:
        return UNLIKE
    edits = OSA.distance(shorter, longer, score_cutoff=budget)
    if edits > budget:
        return UNLIKE
    return EDIT, _edit_similarity(edits, shorter, longer)


def _edit_similarity(edits: int, shorter: str, longer: str) -> float:
    """An edit of a short word says more than one of a long word; a changed first letter more than a later
    one.
    """
    similarity = 1.0 - edits * (0.04 + 0.45 / len(longer)) - (0.04 if edits > 1 and len(longer) < 8 else 0.0)
    return similarity if shorter[0] == longer[0] else similarity - 0.04


def _by_spelling(shorter: str, longer: str) -> Likeness:
    """Same consonants or same sound, and close as letters go."""
    plain_shorter, plain_longer = folded(shorter), folded(longer)
    closeness = jaro_winkler_similarity(plain_shorter, plain_longer)
    if closeness < CLOSE_WITH_MANY_CONSONANTS:
        return UNLIKE
    bones = plain_shorter.translate(_BONES)
    enough_bones = len(bones) >= 3 or (len(bones) == 2 and closeness >= CLOSE_ENOUGH)
    if enough_bones and bones == plain_longer.translate(_BONES):
        letters_more = abs(len(plain_longer) - len(plain_shorter))
        return SPELLING, min(0.92, 0.3 + 0.65 * closeness) - 0.025 * letters_more
    if closeness >= CLOSE_ENOUGH and len(shorter) > 3 and sound(shorter) == sound(longer):
        return SOUND, 0.82
    return UNLIKE


@lru_cache(maxsize=65536)
def sound(token: str) -> str:
    """The metaphone code of a token."""
    return str(metaphone(token))
