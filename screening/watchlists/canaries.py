"""A built index is tried before anybody depends on it: names that it must know have to be found.

Those that an operator chose all have to hit their list; of names taken from the list itself nearly all, because a list
may hold a name more often than a search answers with.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from screening.names.entity import NameQuery
from screening.names.index import IndexUnreadableError, NameIndex
from screening.watchlists.formats import ListRefused

FOUND_FROM_SCORE: Final = 85.0
_LEAST_SHARE_OF_SAMPLES: Final = 0.9


def try_index(directory: Path, canaries: Mapping[str, Sequence[str]], samples: Sequence[str]) -> None:
    """Raises ListRefused where the index cannot be opened or does not find what it must.

    `canaries` are names by list code; names are never quoted in the refusal, an operator knows their own by number.
    """
    try:
        index = NameIndex.open(directory)
    except IndexUnreadableError as error:
        raise ListRefused("the index that was built cannot be opened") from error
    for code, names in canaries.items():
        for number, name in enumerate(names, start=1):
            if not _hits(index, name, code):
                raise ListRefused(f"canary name {number} of the list {code} is not found in it")
    found = sum(_hits(index, name) for name in samples)
    if found < _LEAST_SHARE_OF_SAMPLES * len(samples):
        raise ListRefused(f"only {found} of {len(samples)} names taken from the list are found in the index")


def _hits(index: NameIndex, name: str, list_code: str | None = None) -> bool:
    matches = index.search(NameQuery(name)).matches
    return any(match.score >= FOUND_FROM_SCORE and list_code in (None, match.list_code) for match in matches)
