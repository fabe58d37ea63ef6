"""Addresses that will go away: which, since when, until when, and what takes their place.

Every answer of such an address says so: `Deprecation` (RFC 9745), `Sunset` (RFC 8594) and links. It lives at least twelve
months after it began to say so; that it goes is a change of the code, never of the clock. This module knows no address
but those of its table, and must never refuse a call.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any, Final

LIVES_AT_LEAST: Final = timedelta(days=365)
_NOTHING: Final[dict[str, str]] = {}


@dataclass(frozen=True)
class Deprecation:
    """`successor` is the address to use instead, `told_at` the page that says what to change."""

    deprecated_at: datetime
    sunset_at: datetime
    successor: str
    told_at: str = "/api/docs"

    def __post_init__(self) -> None:
        if self.sunset_at - self.deprecated_at < LIVES_AT_LEAST:
            raise ValueError("an address lives at least twelve months after it says that it goes")

    @property
    def headers(self) -> dict[str, str]:
        links = {"successor-version": self.successor, "deprecation": self.told_at, "sunset": self.told_at}
        return {
            "Deprecation": f"@{int(self.deprecated_at.timestamp())}",
            "Sunset": format_datetime(self.sunset_at, usegmt=True),
            "Link": ", ".join([f'<{address}>; rel="{kind}"' for kind, address in links.items()]),
        }


# An address and all below it. Nothing is going away today.
DEPRECATED: Final[dict[str, Deprecation]] = {}


def deprecation_of(path: str) -> Deprecation | None:
    """What is said of the address, or of the nearest one above it."""
    if not DEPRECATED:
        return None
    found = [one for one in DEPRECATED if path == one or path.startswith(one + "/")]
    return DEPRECATED[max(found, key=len)] if found else None


def headers_of(path: str) -> dict[str, str]:
    deprecation = deprecation_of(path)
    return deprecation.headers if deprecation else _NOTHING


def mark_deprecated(paths: dict[str, Any]) -> None:
    """In the OpenAPI document, whose addresses these are with their operations."""
    for address, operations in paths.items():
        deprecation = deprecation_of(address)
        if deprecation is None:
            continue
        for operation in operations.values():
            operation["deprecated"] = True
            operation["description"] += f" Answers until {deprecation.sunset_at:%Y-%m-%d} at least."
