"""Who reports: what the authority calls the institution, who answers for its reports, and the codes it wants to see.

One sealed document per team. No Django here.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from cases.reports.fields import COUNTRY_WANTED, is_country

VERSIONS: Final = ("4.0", "5.0.2")
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,8}")


class Entity(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Empty text is what nobody has said yet."""

    entity_id: str = ""
    branch: str = ""
    institution_name: str = ""
    institution_code: str = ""
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    phone: str = ""
    occupation: str = ""
    address: str = ""
    city: str = ""
    country: str = ""
    schema_version: str = ""
    funds_cash: str = "K"
    funds_other: str = "B"
    conduct_cash: str = "A"
    conduct_other: str = "C"


@dataclass(frozen=True)
class EntityField:
    """`required` is what no report can go without."""

    name: str
    label: str
    longest: int
    required: bool = True
    hint: str = ""


FIELDS: Final = (
    EntityField(
        "entity_id", "Reporting entity id", 9, hint="the number that the authority gave the institution"
    ),
    EntityField("branch", "Branch", 255, hint="where the reports come from"),
    EntityField("institution_name", "Name of the institution", 255),
    EntityField("institution_code", "Code of the institution", 50, hint="bank code or BIC"),
    EntityField("first_name", "First names of the reporting person", 100),
    EntityField("last_name", "Last name of the reporting person", 100),
    EntityField("email", "E-mail of the reporting person", 255),
    EntityField("phone", "Phone of the reporting person", 50, required=False),
    EntityField("occupation", "Position of the reporting person", 255, required=False),
    EntityField("address", "Address of the institution", 100),
    EntityField("city", "City", 255),
    EntityField("country", "Country", 2, hint="two letters, such as NG"),
    EntityField("schema_version", "Version of the XML schema", 5, required=False, hint="4.0 or 5.0.2"),
    EntityField("funds_cash", "Funds code of cash", 10, required=False),
    EntityField("funds_other", "Funds code of transfers", 10, required=False),
    EntityField("conduct_cash", "Conduct code over the counter", 10, required=False),
    EntityField("conduct_other", "Conduct code of electronic payments", 10, required=False),
)


def problem_with(field: EntityField, value: str) -> str | None:
    """Why the value does not fit, or None; empty fits until a report needs it."""
    if not value:
        return None
    if len(value) > field.longest or "\x00" in value:
        return f"must have at most {field.longest} characters, none of them null"
    fits, wanted = _FORMS.get(field.name, (None, ""))
    return wanted if fits is not None and not fits(value) else None


_FORMS: Final[Mapping[str, tuple[Callable[[str], object], str]]] = {
    "entity_id": (_NUMBER.fullmatch, "must be a whole number, as the authority gave it"),
    "email": (_EMAIL.fullmatch, "must be an e-mail address"),
    "country": (is_country, COUNTRY_WANTED),
    "schema_version": (VERSIONS.__contains__, f"must be one of {', '.join(VERSIONS)}"),
}


def missing(entity: Entity) -> list[EntityField]:
    return [field for field in FIELDS if field.required and not getattr(entity, field.name)]
