"""How alike two tokens are, and by which rule. Pure functions of two strings; rarity and order are not
their business.
"""

import re
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from jellyfish import jaro_winkler_similarity, metaphone
from rapidfuzz.distance import OSA

from screening.names.vocabulary import LEGAL_FORM_PHRASES, LEGAL_FORMS

EXACT = "exact"
INITIAL = "initial"
EDIT = "edit"
SPELLING = "spelling"
SOUND = "sound"
JOINED = "joined"
LEGAL_FORM = "legal form"

Likeness = tuple[str, float]
"""Rule and similarity, 0 to 1."""

UNLIKE: Likeness = ("", 0.0)

CLOSE_ENOUGH = 0.8
"""Jaro-Winkler that equal sound or equal consonants need as well; without it sound gave most of the false
alerts.
"""

CLOSE_WITH_MANY_CONSONANTS = 0.75
"""Enough when three consonants or more agree."""

SOUND_SIMILARITY = 0.82

MEANINGLESS_LENGTH = 3
"""Words up to this length have rules of their own."""


FAR_APART = 0.55
"""Words whose letters as written are less alike (Jaro-Winkler) are not even respellings of each other."""

AN_EDIT = 0.035
AN_EDIT_OF_ONE_LETTER = 0.42
"""What an edit costs in any word, and what it would cost more in a word of one letter."""

SHORT_WORD = 8
SEVERAL_EDITS_OF_A_SHORT_WORD = 0.02
ANOTHER_START = 0.02

UNVOWELLED_SIMILARITY = 0.87
"""Of a word as Arabic and Hebrew write it, without vowels, to a word with the same three consonants or more."""

_VOWEL = re.compile("[aeiou]")
_VOWELS = "aeiouy"
_ONE_VOWEL = str.maketrans(dict.fromkeys(_VOWELS, "a"))
_WITH_H = (
    ("sch", "s"), ("tch", "k"), ("sh", "s"), ("ch", "k"), ("kh", "k"), ("gh", "g"), ("dh", "d"), ("th", "t"),
    ("zh", "j"), ("ph", "f"),
)  # fmt: skip
_DIGRAPHS = (("dj", "j"), ("ck", "k"), ("ts", "s"), ("tz", "s"), ("dz", "s"), ("ks", "s"))
_FOLDED = str.maketrans({"q": "k", "c": "k", "w": "v", "z": "s", "x": "s", "y": "i"})
_BONES = str.maketrans(dict.fromkeys(_VOWELS))
_REPEATED = re.compile(r"(.)\1+")


@lru_cache(maxsize=65536)
def folded(token: str) -> str:
    """The token with the letters that transliterations disagree on made one: `qazi`, `kazy` and `ghazzi`
    come close.
    """
    if "h" in token:
        for written, single in _WITH_H:
            token = token.replace(written, single)
    for written, single in _DIGRAPHS:
        if written in token:
            token = token.replace(written, single)
    if _REPEATED.search(token):
        token = _REPEATED.sub(_once, token)
    return (token[:1] + token[1:].replace("h", "")).translate(_FOLDED)


def _once(repeated: re.Match[str]) -> str:
    return repeated[0][0]


@lru_cache(maxsize=65536)
def skeleton(token: str) -> str:
    """The consonants as most transliterations would agree on them: `muhammad`, `mohamed` and `mhmd` are all
    `mmd`.
    """
    return folded(token).translate(_BONES)


@lru_cache(maxsize=32768)
def likeness(one: str, other: str) -> Likeness:
    """Rule and similarity of two tokens; the same whichever comes first."""
    if one == other:
        return EXACT, 1.0
    if (one in LEGAL_FORMS and _is_written_as(one, other)) or (
        other in LEGAL_FORMS and _is_written_as(other, one)
    ):
        return LEGAL_FORM, 1.0
    shorter, longer = (one, other) if len(one) <= len(other) else (other, one)
    if len(shorter) < 3 or not one.isalpha() or not other.isalpha():
        return _initial(shorter, longer)
    if len(longer) == 3:
        return _of_three_letters(shorter, longer)
    edited = by_edits(shorter, longer)
    if not edited[1] and jaro_winkler_similarity(one, other) < FAR_APART:
        return UNLIKE
    spelled = _by_spelling(shorter, longer, edited[1])
    return spelled if spelled[1] > edited[1] else edited


def _is_written_as(form: str, word: str) -> bool:
    """Whether a word that was taken for part of a name, because of where it stood, is this legal form."""
    return LEGAL_FORM_PHRASES.get((word,)) == form


def _of_three_letters(one: str, other: str) -> Likeness:
    """A word of three letters may only change its vowel, or a letter that transliterations disagree on."""
    if folded(one) == folded(other):
        return SPELLING, 0.85
    same_but_vowels = one.translate(_ONE_VOWEL) == other.translate(_ONE_VOWEL)
    return (SPELLING, 0.82) if same_but_vowels and OSA.distance(one, other) == 1 else UNLIKE


def _initial(shorter: str, longer: str) -> Likeness:
    if len(shorter) == 1 and shorter.isalpha() and longer.isalpha() and longer[0] == shorter:
        return INITIAL, 0.85
    return UNLIKE


def edit_budget(length: int) -> int:
    """How many single-letter edits a token of this length may carry and still be the same word."""
    return 0 if length < 4 else 1 if length < 5 else 2 if length < 11 else 3


def by_edits(one: str, other: str) -> Likeness:
    """Two words of four letters and more, or of three and four, by how many letters differ."""
    length = max(len(one), len(other))
    budget = edit_budget(length)
    if abs(len(one) - len(other)) > budget:
        return UNLIKE
    edits = OSA.distance(one, other, score_cutoff=budget)
    if edits > budget:
        return UNLIKE
    return EDIT, _edit_similarity(edits, length, one[0] == other[0])


def _edit_similarity(edits: int, length: int, same_start: bool) -> float:
    """An edit of a short word says more than one of a long word; a changed first letter more than a later
    one.
    """
    several = SEVERAL_EDITS_OF_A_SHORT_WORD if edits > 1 and length < SHORT_WORD else 0.0
    start = 0.0 if same_start else ANOTHER_START
    return 1.0 - edits * (AN_EDIT + AN_EDIT_OF_ONE_LETTER / length) - several - start


def edit_similarities(
    edits: npt.NDArray[Any], longer: npt.NDArray[Any], same_start: npt.NDArray[np.bool_]
) -> npt.NDArray[np.float64]:
    """The same for many pairs of words: their edits, the longer one's lengths, whether they start alike."""
    several = SEVERAL_EDITS_OF_A_SHORT_WORD * ((edits > 1) & (longer < SHORT_WORD))
    similarities: npt.NDArray[np.float64] = (
        1.0 - edits * (AN_EDIT + AN_EDIT_OF_ONE_LETTER / longer) - several - ANOTHER_START * ~same_start
    )
    return similarities


def _by_spelling(shorter: str, longer: str, least: float) -> Likeness:
    """Same consonants or same sound, and close as letters go; only what says more than `least` is sought."""
    bones = skeleton(shorter)
    same_bones = len(bones) > 1 and bones == skeleton(longer)
    if not same_bones and (least >= SOUND_SIMILARITY or len(shorter) < 4):
        return UNLIKE
    return by_closeness(shorter, longer, len(bones) if same_bones else 0)


def by_closeness(one: str, other: str, same_bones: int) -> Likeness:
    """The same for two words that have so many consonants, and all of them the same; 0 for other words."""
    plain_one, plain_other = folded(one), folded(other)
    closeness = jaro_winkler_similarity(plain_one, plain_other)
    if same_bones > 2 and is_unvowelled(one) != is_unvowelled(other):
        return SPELLING, max(UNVOWELLED_SIMILARITY, 0.3 + 0.65 * closeness)
    if same_bones and closeness >= (CLOSE_WITH_MANY_CONSONANTS if same_bones > 2 else CLOSE_ENOUGH):
        letters_more = abs(len(plain_one) - len(plain_other))
        return SPELLING, min(0.92, 0.3 + 0.65 * closeness) - 0.025 * letters_more
    if closeness >= CLOSE_ENOUGH and min(len(one), len(other)) > 3 and sound(one) == sound(other):
        return SOUND, SOUND_SIMILARITY
    return UNLIKE


def is_unvowelled(token: str) -> bool:
    return _VOWEL.search(token) is None


@lru_cache(maxsize=65536)
def sound(token: str) -> str:
    """The metaphone code of a token."""
    return str(metaphone(token))
