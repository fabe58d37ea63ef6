"""Every address of the desk, read from the project's URL configuration: what it is for and which right it needs."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

PREFIX = "t/<uuid:team_id>/"


@dataclass(frozen=True)
class Address:
    name: str
    route: str
    parts: tuple[str, ...]
    view: Any

    @property
    def method(self) -> str:
        return str(self.view.method)

    @property
    def needs(self) -> str:
        return str(self.view.needs)


def addresses() -> list[Address]:
    return sorted(_walk(get_resolver().url_patterns), key=lambda one: one.route)


def _walk(patterns: list[Any], inside: bool = False) -> Iterator[Address]:
    for pattern in patterns:
        route = str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, inside or route == PREFIX)
        elif inside and isinstance(pattern, URLPattern):
            parts = tuple(
                f"{name}:{type(converter).__name__}" for name, converter in pattern.pattern.converters.items()
            )
            yield Address(pattern.name or "", route, parts, pattern.callback)
