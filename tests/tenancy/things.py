"""What each part of the system plants in a team, and where somebody else's could be named: one module per part.

A part is a module with BY_ID, LISTS, MODELS and the functions below; add yours to PARTS.
"""

from collections.abc import Iterator
from types import ModuleType
from typing import Any

from tests.cast import Bank
from tests.tenancy import (
    batch_things,
    case_things,
    desk_things,
    key_things,
    list_things,
    people_things,
    report_things,
    rule_things,
    screening_things,
    waiting_things,
    webhook_things,
)

PARTS: tuple[ModuleType, ...] = (
    webhook_things,
    screening_things,
    waiting_things,
    list_things,
    key_things,
    batch_things,
    case_things,
    desk_things,
    report_things,
    rule_things,
    people_things,
)
BY_ID: dict[str, list[tuple[str, Any]]] = {
    route: calls for part in PARTS for route, calls in part.BY_ID.items()
}
LISTS: dict[str, tuple[str, ...]] = {route: names for part in PARTS for route, names in part.LISTS.items()}
MODELS: dict[str, Any] = {name: model for part in PARTS for name, model in part.MODELS.items()}


def _part_with(parameter: str) -> ModuleType:
    return next(part for part in PARTS if parameter in part.MODELS)


def plant(bank: Bank, pack: str) -> None:
    for part in PARTS:
        part.plant(bank, pack)


def parameter_in(route: str) -> str | None:
    return next((name for name in MODELS if f":{name}>" in route), None)


def ids_of(bank: Bank, pack: str, parameter: str) -> list[str]:
    found: list[str] = _part_with(parameter).ids_of(bank, pack, parameter)
    return found


def own_id(bank: Bank, pack: str, parameter: str) -> str:
    return str(_part_with(parameter).own_id(bank, pack, parameter))


def all_ids_of(bank: Bank, pack: str) -> Iterator[str]:
    for part in PARTS:
        yield from part.all_ids_of(bank, pack)


def unknown(parameter: str) -> str:
    return str(_part_with(parameter).unknown(parameter))


def rows_of_the_tenant() -> list[dict[str, Any]]:
    return [row for part in PARTS for row in part.rows_of_the_tenant()]


def role_for(route: str) -> str:
    if route.endswith("/callback-secret"):
        return "admin"
    parameter = parameter_in(route)
    return str(_part_with(parameter).role_for(route)) if parameter else "officer"
