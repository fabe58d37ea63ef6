"""Where a demo team's payments happen: names, amounts and countries, read from one file per pack."""

from datetime import timedelta, timezone
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Final

import msgspec

FOLDER: Final = Path(__file__).parent
Names = Annotated[tuple[str, ...], msgspec.Meta(min_length=3)]
Range = tuple[int, int]
Party = tuple[str, str, str]


class Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`salary` and `spending` are the lowest and highest usual amounts, in multiples of `step`; `exposed`,
    `abroad` and `high_risk` are country, city and name of a counterparty there."""

    utc_offset_hours: int
    home_country: str
    cash_limit: int
    decimals: int
    salary: Range
    spending: Range
    step: int
    account_digits: int
    cities: Names
    customers: Names
    employers: Names
    shops: Names
    relatives: Names
    utilities: Names
    sanctioned: str
    exposed: Party
    abroad: tuple[Party, ...]
    high_risk: Party

    @property
    def zone(self) -> timezone:
        return timezone(timedelta(hours=self.utc_offset_hours))


@lru_cache(maxsize=8)
def load_place(pack: str) -> Place:
    return msgspec.toml.decode((FOLDER / f"{pack}.toml").read_bytes(), type=Place)
