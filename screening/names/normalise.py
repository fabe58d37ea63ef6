"""One normaliser for list and query: any script to lower-case Latin tokens. It may weaken a word, never
lose the last one.

`normalise("O.O.O. «Romashka»")` is `("llc", "romashka")`.
"""

import re
import unicodedata

from anyascii import anyascii

from screening.names.vocabulary import (
    AMBIGUOUS_LEGAL_FORMS,
    CONTRACTIONS,
    LEADING_LEGAL_FORMS,
    LEGAL_FORM_PHRASES,
    LEGAL_FORM_STARTS,
    LONGEST_LEGAL_FORM,
)

MAXIMUM_CHARACTERS = 512
MAXIMUM_TOKENS = 24
MAXIMUM_TOKEN_CHARACTERS = 48

_APOSTROPHES = "'`"
_CLEAN = {
    code: None if chr(code) in _APOSTROPHES else (chr(code).lower() if chr(code).isalnum() else " ")
    for code in range(128)
}
# What anyascii, which looks at one letter at a time, leaves out or takes for another letter: the long vowels of the
# Arabic and Hebrew alphabets, which are consonants only where a word begins, and the nasal of the Indian ones.
_LETTERS = str.maketrans({
    "ا": "a", "أ": "a", "آ": "a", "ٱ": "a", "ع": "a", "ى": "a", "ة": "a", "إ": "i", "ئ": "i",  # noqa: RUF001
    "ي": "i", "ی": "i", "ؤ": "u", "و": "u",
    "א": "a", "ע": "a", "י": "i", "ו": "u",  # noqa: RUF001
    "\u0902": "n", "\u0982": "n", "\u0a02": "n",
})  # fmt: skip
_FIRST_LETTERS = str.maketrans({
    "و": "w", "ي": "y", "ی": "y",
    "ו": "v", "י": "y", "ב": "b", "פ": "p", "כ": "k",  # noqa: RUF001
})  # fmt: skip
_ABJADS = re.compile("[\u0590-\u06ff]+")
_ARTICLE = "ال"

_KEPT_CATEGORIES = frozenset(("L", "M", "N", "P", "Z"))


def normalise(text: str) -> tuple[str, ...]:
    """The name's tokens in order: Latin, lower case, legal forms canonical; empty when nothing of a name is
    in it.
    """
    words = _latin(text[:MAXIMUM_CHARACTERS]).split()[:MAXIMUM_TOKENS]
    words = [word[:MAXIMUM_TOKEN_CHARACTERS] for word in words]
    if not CONTRACTIONS.keys().isdisjoint(words):
        words = [part for word in words for part in CONTRACTIONS.get(word, (word,))][:MAXIMUM_TOKENS]
    if len(words) < 2 or LEGAL_FORM_STARTS.isdisjoint(words):
        return tuple(words)
    return tuple(_with_canonical_legal_forms(words))


def _latin(text: str) -> str:
    if text.isascii():
        return text.translate(_CLEAN)
    composed = unicodedata.normalize("NFKC", text)[:MAXIMUM_CHARACTERS]
    kept = "".join(letter for letter in composed if letter.isascii() or _belongs_to_a_name(letter))
    return anyascii(_ABJADS.sub(_spoken, kept).translate(_LETTERS)).translate(_CLEAN)[
        : 4 * MAXIMUM_CHARACTERS
    ]


def _spoken(word: re.Match[str]) -> str:
    """A word of an alphabet without short vowels: its article apart, and its first letter a consonant."""
    text = word[0]
    article, stem = ("al ", text[2:]) if text.startswith(_ARTICLE) and len(text) > 4 else ("", text)
    return article + stem[:1].translate(_FIRST_LETTERS) + stem[1:]


def _belongs_to_a_name(letter: str) -> bool:
    """Letters, marks, digits, punctuation and spaces stay; emoji, direction marks and lone surrogates go."""
    return unicodedata.category(letter)[0] in _KEPT_CATEGORIES


def _with_canonical_legal_forms(words: list[str]) -> list[str]:
    result: list[str] = []
    position = 0
    while position < len(words):
        length = _legal_form_length(words, position)
        result.append(
            LEGAL_FORM_PHRASES[tuple(words[position : position + length])] if length else words[position]
        )
        position += max(length, 1)
    return result


def _legal_form_length(words: list[str], position: int) -> int:
    """How many words from here on are one legal form; 0 when none, longest form first."""
    if words[position] not in LEGAL_FORM_STARTS:
        return 0
    for length in range(min(LONGEST_LEGAL_FORM, len(words) - position), 0, -1):
        phrase = tuple(words[position : position + length])
        if phrase in LEGAL_FORM_PHRASES and not _is_a_name_instead(phrase, position, len(words)):
            return length
    return 0


def _is_a_name_instead(phrase: tuple[str, ...], position: int, word_count: int) -> bool:
    """Initials and short surnames in the middle of a name are not legal forms ("Maria Sa Pereira", "J A
    Smith").
    """
    at_the_end = position + len(phrase) == word_count
    if len(phrase) == word_count:
        return True
    if all(len(word) == 1 for word in phrase):
        return not at_the_end and (position > 0 or len(phrase) < 3)
    starts = position == 0 and phrase[0] in LEADING_LEGAL_FORMS
    return len(phrase) == 1 and phrase[0] in AMBIGUOUS_LEGAL_FORMS and not at_the_end and not starts
