"""Packs: a jurisdiction's defaults, one readable data file each.

Adding a jurisdiction means adding a file here. This module reads the files; it must never decide anything,
and rule documents leave it exactly as they stand in the file.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, cast

from screening.rules.rule import Layer

PACK_DIRECTORY: Final = Path(__file__).parent


class UnknownPackError(LookupError):
    """No pack has this code."""


@dataclass(frozen=True, slots=True)
class ReportType:
    """A report the jurisdiction asks for, under its local name; thresholds in the pack's currency."""

    code: str
    name: str
    threshold: Decimal | None = None
    business_threshold: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Pack:
    """What a new team of the jurisdiction starts with. `rules` are (layer, document) in the file's order."""

    code: str
    name: str
    currency: str
    home_country: str
    policy: Mapping[str, Any]
    rules: tuple[tuple[Layer, Mapping[str, Any]], ...]
    country_lists: Mapping[str, frozenset[str]]
    report_types: Mapping[str, ReportType]


def pack_codes() -> tuple[str, ...]:
    """Every pack there is, in alphabetical order."""
    return tuple(sorted(path.stem for path in PACK_DIRECTORY.glob("*.toml")))


@lru_cache(maxsize=64)
def load_pack(code: str) -> Pack:
    """The pack of this code. Raises UnknownPackError."""
    if code not in pack_codes():
        raise UnknownPackError("there is no such pack")
    content = tomllib.loads((PACK_DIRECTORY / f"{code}.toml").read_text(encoding="utf-8"))
    return Pack(
        code=code,
        name=content["name"],
        currency=content["currency"],
        home_country=content["home_country"],
        policy=MappingProxyType(content["policy"]),
        rules=tuple(_layered(rule) for rule in content["rules"]),
        country_lists=MappingProxyType({name: frozenset(c) for name, c in content["country_lists"].items()}),
        report_types=MappingProxyType(
            {key: _report_type(key, r) for key, r in content["report_types"].items()}
        ),
    )


def _layered(rule: dict[str, Any]) -> tuple[Layer, Mapping[str, Any]]:
    document = {key: value for key, value in rule.items() if key != "layer"}
    return cast(Layer, rule["layer"]), MappingProxyType(document)


def _report_type(code: str, content: Mapping[str, Any]) -> ReportType:
    amounts = {key: Decimal(content[key]) for key in ("threshold", "business_threshold") if key in content}
    return ReportType(code, content["name"], **amounts)
