"""Names that nobody bears but anybody could: drawn from the ranks of the `names-dataset` package, the same in every run.

A country is drawn, then given and family names by their rank there, so that a few are very common and most are rare,
in the scripts and spellings in which people of that country write themselves. Nothing here is measured.
"""

import random
from bisect import bisect
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import accumulate
from typing import Any, Final

from screening.names.entity import EntityType, ListedEntity, ListedName

LIST_CODE: Final = "drawn"
FEWEST_NAMES_OF_A_COUNTRY: Final = 1_000
_TWO_FAMILY_NAMES: Final = "AR BO CL CO CR CU EC ES GT HN MX PA PE PR SV UY VE"
TWO_FAMILY_NAMES: Final = frozenset(_TWO_FAMILY_NAMES.split())
SHARE_OF_COMPANIES: Final = 0.08
SHARE_OF_VESSELS: Final = 0.01
SHARE_WITH_ALIAS: Final = 0.16
_TRADES: Final = (
    *("Trading", "Shipping", "Holding", "Industries", "Group", "Petroleum", "Logistics", "Engineering"),
    *("Investment", "General Trading", "Import Export", "Technology", "Construction", "Mining", "Aviation"),
)
_FORMS: Final = (
    "Ltd",
    "LLC",
    "GmbH",
    "S.A.",
    "OOO",
    "Co., Ltd.",
    "SARL",
    "Sdn Bhd",
    "FZE",
    "JSC",
    "Inc.",
    "AG",
)

Ranked = tuple[list[str], list[float]]


class Draw:
    """An endless, seeded stream of entities."""

    def __init__(self, seed: str, given: Mapping[str, Any], family: Mapping[str, Any]) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - a reproducible stream of names, nothing secret
        self._given = _by_country(given)
        self._family = _by_country(family)
        self._countries = sorted(self._given.keys() & self._family.keys())

    def entities(self) -> Iterator[ListedEntity]:
        number = 0
        while True:
            yield self._entity(number)
            number += 1

    def _entity(self, number: int) -> ListedEntity:
        chance = self._chance
        country = chance.choice(self._countries)
        entity_type, name = self._name(country)
        names = [ListedName(name)]
        if chance.random() < SHARE_WITH_ALIAS:
            names.append(ListedName(self._name(country)[1], "alias"))
        is_person = entity_type == "person"
        return ListedEntity(
            entry_id=f"{LIST_CODE}:{number}",
            list_code=LIST_CODE,
            kind="pep",
            reference=str(number),
            names=tuple(names),
            entity_type=entity_type,
            birth_dates=(str(chance.randrange(1930, 2000)),) if is_person and chance.random() < 0.7 else (),
            countries=(country,) if chance.random() < 0.9 else (),
        )

    def _name(self, country: str) -> tuple[EntityType, str]:
        chance = self._chance
        kind = chance.random()
        family = self._pick(self._family[country])
        if kind < SHARE_OF_COMPANIES:
            return "company", f"{family} {chance.choice(_TRADES)} {chance.choice(_FORMS)}"
        given = self._pick(self._given[country])
        if kind < SHARE_OF_COMPANIES + SHARE_OF_VESSELS:
            return "vessel", f"{given} {chance.randrange(1, 30)}"
        if chance.random() < 0.35:
            given = f"{given} {self._pick(self._given[country])}"
        if country in TWO_FAMILY_NAMES and chance.random() < 0.6:
            family = f"{family} {self._pick(self._family[country])}"
        return "person", f"{given} {family}"

    def _pick(self, ranked: Ranked) -> str:
        names, sums = ranked
        return names[bisect(sums, self._chance.random() * sums[-1])]


def _by_country(names: Mapping[str, Any]) -> dict[str, Ranked]:
    """Country -> its names and the running sums of their weights: half as likely at twice the rank."""
    ranked: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for name, known in names.items():
        for country, rank in known["rank"].items():
            ranked[country].append((rank, name))
    return {
        country: ([name for _, name in found], list(accumulate(1.0 / (rank + 10) for rank, _ in found)))
        for country, found in ((country, sorted(found)) for country, found in ranked.items())
        if len(found) >= FEWEST_NAMES_OF_A_COUNTRY
    }
