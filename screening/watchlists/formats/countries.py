"""Country names as publishers write them, to ISO 3166 alpha-2. An unknown name gives None; it never guesses
from likeness.
"""

from functools import cache

import pycountry

_ALSO_WRITTEN = {
    "bosnia": "BA", "bolivia": "BO", "brunei": "BN", "burma": "MM", "cape verde": "CV", "congo": "CG",
    "congo, democratic republic of the": "CD", "congo, republic of the": "CG", "cote d ivoire": "CI",
    "cote d'ivoire": "CI", "ivory coast": "CI", "czech republic": "CZ",
    "democratic republic of the congo": "CD", "drc": "CD", "dprk": "KP", "east timor": "TL",
    "gambia": "GM", "great britain": "GB", "england": "GB", "scotland": "GB", "iran": "IR",
    "islamic republic of iran": "IR", "korea, north": "KP", "korea, south": "KR", "north korea": "KP",
    "south korea": "KR", "republic of korea": "KR", "kosovo": "XK", "laos": "LA", "macau": "MO",
    "macedonia": "MK", "north macedonia, the republic of": "MK", "man, isle of": "IM", "moldova": "MD",
    "palestine": "PS", "palestinian": "PS", "palestinian territories": "PS", "west bank": "PS",
    "region: gaza": "PS", "region: west bank": "PS", "region: crimea": "UA", "russia": "RU",
    "somalia, federal republic of": "SO", "swaziland": "SZ", "syria": "SY", "taiwan": "TW",
    "tanzania": "TZ", "the gambia": "GM", "bahamas, the": "BS", "turkey": "TR", "turkiye": "TR",
    "uae": "AE", "united kingdom": "GB", "uk": "GB", "usa": "US", "united states of america": "US",
    "vatican": "VA", "venezuela": "VE", "vietnam": "VN", "virgin islands, british": "VG",
    "virgin islands, u.s.": "VI", "state of palestine": "PS",
}  # fmt: skip
"""Spellings that ISO does not have."""


def country_code(text: str | None) -> str | None:
    """Alpha-2 code of a country name or code in any case; None when it is not known."""
    folded = " ".join(text.split()).strip(" .").casefold() if text else ""
    return _codes().get(folded)


@cache
def _codes() -> dict[str, str]:
    codes: dict[str, str] = {}
    for country in pycountry.countries:
        spellings = [country.name, country.alpha_2, country.alpha_3]
        spellings += [
            getattr(country, name) for name in ("official_name", "common_name") if hasattr(country, name)
        ]
        codes |= dict.fromkeys((spelling.casefold() for spelling in spellings), country.alpha_2)
    return codes | _ALSO_WRITTEN
