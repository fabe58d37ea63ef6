"""What happens to a name between the list and the payment: one function for each kind of edit.

An edit takes the name's tokens and returns what somebody may have typed instead, or None where it cannot be applied.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from screening.names.entity import ListedEntity
from screening.names.normalise import normalise
from screening.names.vocabulary import WEAK_WEIGHTS

Edit = Callable[[list[str], random.Random], list[str] | None]
Change = Callable[[str, random.Random], str]

# As romanisations of Russian, Arabic, Persian, Greek, Chinese and Indian names differ from office to office.
RESPELLINGS: Final = (
    *(("kh", "h"), ("kh", "ch"), ("q", "k"), ("k", "q"), ("zh", "j"), ("sh", "sch"), ("ts", "tz")),
    *(("ks", "x"), ("x", "ks"), ("ou", "u"), ("oo", "u"), ("ee", "i"), ("yu", "iu"), ("ya", "ia")),
    *(("iy", "y"), ("ii", "iy"), ("ei", "ey"), ("ay", "ai"), ("w", "v"), ("v", "w"), ("ph", "f")),
    *(("dh", "d"), ("th", "t"), ("gh", "g"), ("aa", "a"), ("mm", "m"), ("ss", "s"), ("dj", "j")),
    *(("j", "dj"), ("ck", "k"), ("z", "s"), ("y", "i"), ("u", "ou"), ("ah", "a"), ("e", "i"), ("o", "u")),
)


def sample(
    entities: Sequence[ListedEntity], edit: Edit, size: int, seed: str
) -> Iterator[tuple[ListedEntity, list[str]]]:
    """Listed entities in random order, each with its primary name edited; names of one word are left out."""
    chance = random.Random(seed)  # noqa: S311 - a reproducible sample, nothing secret
    found = 0
    for entity in chance.sample(entities, len(entities)):
        tokens = list(normalise(entity.primary_name))
        edited = edit(tokens, chance) if len(_substantive(tokens)) > 1 else None
        if edited is not None and edited != tokens:
            yield entity, edited
            found += 1
        if found == size:
            return


def _substantive(tokens: Sequence[str]) -> list[str]:
    return [token for token in tokens if token not in WEAK_WEIGHTS and len(token) > 1]


def _of_one_word(change: Change) -> Edit:
    """Apply a change to one of the words of four letters or more."""

    def edit(tokens: list[str], chance: random.Random) -> list[str] | None:
        places = [place for place, token in enumerate(tokens) if len(token) > 3 and token.isalpha()]
        if not places:
            return None
        place = chance.choice(places)
        return [*tokens[:place], change(tokens[place], chance), *tokens[place + 1 :]]

    return edit


def _swap(token: str, chance: random.Random) -> str:
    place = chance.randrange(len(token) - 1)
    return token[:place] + token[place + 1] + token[place] + token[place + 2 :]


def _delete(token: str, chance: random.Random) -> str:
    place = chance.randrange(len(token))
    return token[:place] + token[place + 1 :]


def _double(token: str, chance: random.Random) -> str:
    place = chance.randrange(len(token))
    return token[:place] + token[place] + token[place:]


def _other_vowel(token: str, chance: random.Random) -> str:
    places = [place for place, letter in enumerate(token) if letter in "aeiou"]
    if not places:
        return token
    place = chance.choice(places)
    vowel = chance.choice([letter for letter in "aeiou" if letter != token[place]])
    return token[:place] + vowel + token[place + 1 :]


def _reorder(tokens: list[str], chance: random.Random) -> list[str] | None:
    return chance.sample(tokens, len(tokens))


def _respell(tokens: list[str], chance: random.Random) -> list[str] | None:
    """As another office would write it: one rule, once in every word of three letters or more, in two at most."""
    usable = [rule for rule in RESPELLINGS if any(rule[0] in token and len(token) > 2 for token in tokens)]
    if not usable:
        return None
    written, instead = chance.choice(usable)
    places = [place for place, token in enumerate(tokens) if written in token and len(token) > 2][:2]
    return [
        token.replace(written, instead, 1) if place in places else token for place, token in enumerate(tokens)
    ]


def _abbreviate(tokens: list[str], chance: random.Random) -> list[str] | None:
    """One word becomes its first letter; two whole words stay."""
    places = [place for place, token in enumerate(tokens) if token in _substantive(tokens)]
    if len(places) < 3:
        return None
    place = chance.choice(places)
    return [*tokens[:place], tokens[place][0], *tokens[place + 1 :]]


def _drop(tokens: list[str], chance: random.Random) -> list[str] | None:
    """One substantive word of three or more is missing."""
    substantive = _substantive(tokens)
    if len(substantive) < 3:
        return None
    kept = list(tokens)
    kept.remove(chance.choice(substantive))
    return kept


def _join(tokens: list[str], chance: random.Random) -> list[str] | None:
    place = chance.randrange(len(tokens) - 1)
    return [*tokens[:place], tokens[place] + tokens[place + 1], *tokens[place + 2 :]]


def _two_typos(tokens: list[str], chance: random.Random) -> list[str] | None:
    changes = (_swap, _delete, _other_vowel)
    once = _of_one_word(chance.choice(changes))(tokens, chance)
    return _of_one_word(chance.choice(changes))(once, chance) if once else None


EDITS: Final[dict[str, tuple[Edit, float]]] = {
    "another order": (_reorder, 1.0),
    "letters swapped": (_of_one_word(_swap), 0.99),
    "a letter deleted": (_of_one_word(_delete), 0.98),
    "a letter doubled": (_of_one_word(_double), 0.99),
    "another vowel": (_of_one_word(_other_vowel), 0.99),
    "transliterated otherwise": (_respell, 0.99),
    "an initial": (_abbreviate, 0.97),
    "a word dropped": (_drop, 0.96),
    "words joined": (_join, 0.95),
    "two typos": (_two_typos, 0.95),
}
"""Kind of edit -> how it is made, and the share of names that must still be found."""
