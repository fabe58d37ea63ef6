"""Names of people and companies that look real and belong to nobody, the same in every run.

Tokens are made of syllables and drawn as real names are: a few are common, most are rare. Where RATEL_DATA names a
folder with `names/people_*.txt.gz`, real persons' names are drawn from there instead.
"""

import csv
import gzip
import itertools
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from screening.bench.options import PROJECT

_ONSETS: Final = (
    *("", "b", "ch", "d", "f", "g", "h", "j", "k", "kw", "l", "m", "n", "ny", "p", "r", "s", "sh", "t", "th"),
    *("v", "w", "y", "z", "br", "dr", "gr", "kr", "st", "tr"),
)
_VOWELS: Final = ("a", "e", "i", "o", "u", "ai", "ia", "ou")
_CODAS: Final = ("", "", "", "n", "r", "l", "s", "m", "k", "nd")
_COUNTRIES: Final = ("NG", "GH", "KE", "RU", "IR", "SY", "CN", "MX", "CO", "UA", "BY", "LB")
_COMPANY_ENDS: Final = ("Trading Ltd", "Holdings", "Shipping Co", "International LLC", "Petroleum Ltd")
GIVEN: Final = 3_000
FAMILY: Final = 60_000
DEMO_LIST: Final = PROJECT / "screening" / "watchlists" / "demo.csv"
COLUMNS: Final = (
    *("name", "aliases", "weak_aliases", "entity_type", "birth_date"),
    *("countries", "identifiers", "reference", "kind", "remarks"),
)


def seeded(text: str) -> random.Random:
    return random.Random(text)  # noqa: S311 - a reproducible stream of test data, nothing secret


class Names:
    """An endless stream of different names; streams of different seeds may share some, as people do."""

    def __init__(self, seed: str) -> None:
        self._draw = seeded(seed)
        self._given = _tokens("given", GIVEN)
        self._family = _tokens("family", FAMILY)
        self._seen: set[str] = set()
        self._real = _real_names(seed)

    def person(self) -> str:
        """A name that this stream has not given before."""
        while True:
            name = next(self._real, None) or self._made_up()
            if name not in self._seen:
                self._seen.add(name)
                return name

    def company(self) -> str:
        family = self._family[self._draw.randrange(FAMILY)]
        return f"{family} {self._draw.choice(_COMPANY_ENDS)}"

    def _made_up(self) -> str:
        # Powers of a uniform number: the first tokens are common, the last ones rare.
        given = self._given[int(GIVEN * self._draw.random() ** 2.5)]
        family = self._family[int(FAMILY * self._draw.random() ** 2)]
        if self._draw.random() < 0.35:
            return f"{given} {self._given[self._draw.randrange(GIVEN)]} {family}"
        return f"{given} {family}"


def _tokens(kind: str, count: int) -> list[str]:
    draw = seeded(f"tokens {kind}")
    found: dict[str, None] = {}
    while len(found) < count:
        syllables = draw.choice((2, 2, 3))
        token = "".join(
            draw.choice(_ONSETS) + draw.choice(_VOWELS) + draw.choice(_CODAS) for _ in range(syllables)
        )
        if len(token) > 3:
            found.setdefault(token.capitalize())
    return list(found)


def _real_names(seed: str) -> Iterator[str]:
    """Every stream takes its own third of the folder's names; nothing where there is no folder."""
    folder = real_names_folder()
    if folder is None:
        return iter(())
    files = sorted(folder.glob("people_*.txt.gz"))
    lines = list(dict.fromkeys(itertools.chain.from_iterable(_lines(path) for path in files)))
    seeded("real names").shuffle(lines)
    third = {"list": 0, "customers": 1}.get(seed, 2)
    return iter(lines[third::3])


def real_names_folder() -> Path | None:
    folder = os.environ.get("RATEL_DATA")
    return (
        Path(folder) / "names" if folder and any((Path(folder) / "names").glob("people_*.txt.gz")) else None
    )


def _lines(path: Path) -> Iterator[str]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from filter(None, (line.strip() for line in file))


def write_list(path: Path, count: int) -> None:
    """A watchlist of `count` names in the `csv` format: the demo list, then generated persons and companies."""
    with DEMO_LIST.open(newline="", encoding="utf-8") as demo:
        rows = list(csv.DictReader(demo))
    known = sum(1 + _aliases(row) for row in rows)
    rows += itertools.islice(_entries(), max(count - known, 0))
    kept, names = [], 0
    for row in rows:
        if names >= count:
            break
        kept.append(row)
        names += 1 + _aliases(row)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="")
        writer.writeheader()
        writer.writerows(kept)


def _aliases(row: dict[str, str]) -> int:
    return sum(
        len(list(filter(None, row.get(column, "").split(";")))) for column in ("aliases", "weak_aliases")
    )


def _entries() -> Iterator[dict[str, str]]:
    """Two thirds on sanctions lists, a third politically exposed; one in eight a company, one in three has an alias."""
    names, draw = Names("list"), seeded("list entries")
    for number in itertools.count():
        is_company = number % 8 == 7
        yield {
            "name": names.company() if is_company else names.person(),
            "aliases": names.person() if number % 3 == 0 and not is_company else "",
            "entity_type": "company" if is_company else "person",
            "birth_date": "" if is_company else str(draw.randrange(1940, 1995)),
            "countries": draw.choice(_COUNTRIES),
            "reference": f"bench-{number}",
            "kind": "pep" if number % 3 == 1 and not is_company else "sanctions",
        }
