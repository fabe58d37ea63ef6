"""A team's own payload: which keys it has, of which types, and which field of the canonical transaction each one is.

Pure values and functions. "No data" is sent as the default of the key's type and means unknown, never the number zero.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from typing import Any, Final, Literal

from ratel.problem import Problem

FieldType = Literal["String", "Integer", "Float", "Boolean", "DateTime"]
TYPES: Final[tuple[FieldType, ...]] = ("String", "Integer", "Float", "Boolean", "DateTime")
DEFAULTS: Final[dict[FieldType, Any]] = {
    "String": "",
    "Integer": 0,
    "Float": 0,
    "Boolean": False,
    "DateTime": "",
}
# In every payload, never null and never without a value.
MANDATORY: Final[dict[str, FieldType]] = {
    "txn_id": "String",
    "customer_id": "String",
    "date_time": "DateTime",
}
MOST_FIELDS: Final = 200
LONGEST_KEY: Final = 64
LONGEST_TEXT: Final = 2_000
LARGEST_INTEGER: Final = 2**63
_KEY: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_TEXT: Final = frozenset({"String"})
_NUMBER: Final = frozenset({"Float", "Integer", "String"})
_FLAG: Final = frozenset({"Boolean"})
# What a key may be mapped to: the field's name in rules, and the types that can say it.
TARGETS: Final[dict[str, frozenset[str]]] = {
    "amount": _NUMBER,
    "currency": _TEXT,
    "direction": _TEXT,
    "type": _TEXT,
    "channel": _TEXT,
    "isCrossBorder": _FLAG,
    "country": _TEXT,
    "city": _TEXT,
    "deviceId": _TEXT,
    "ipAddress": _TEXT,
    "narration": _TEXT,
    "customerName": _TEXT,
    "customerAccount": _TEXT,
    "customerNik": _TEXT,
    "customerSince": frozenset({"String", "DateTime"}),
    "kycStatus": _TEXT,
    "kycTier": _TEXT,
    "entityType": _TEXT,
    "counterpartyName": _TEXT,
    "counterpartyAccount": _TEXT,
    "counterpartyNik": _TEXT,
    "counterpartyBankCode": _TEXT,
}
_OTHER_NAMES: Final = {
    "customerNationalId": "customerNik",
    "counterpartyNationalId": "counterpartyNik",
    "counterpartyCountry": "country",
}


@dataclass(frozen=True)
class PayloadField:
    """`maps_to` is a name of TARGETS; without one the key is an attribute that rules may read."""

    key: str
    type: FieldType
    maps_to: str | None = None

    @property
    def read_as(self) -> str:
        """What rules call it."""
        return self.maps_to or f"attributes.{self.key}"


@dataclass(frozen=True)
class PayloadSchema:
    """A version of a team's schema; `fields` are those beside the mandatory three."""

    version: int
    fields: tuple[PayloadField, ...]

    @property
    def types(self) -> dict[str, FieldType]:
        """Every key's type, the mandatory ones first."""
        return MANDATORY | {field.key: field.type for field in self.fields}


@dataclass(frozen=True)
class Mismatch:
    """A key of a payload that is not as its schema says."""

    key: str
    expected: str
    received: str


def schema_of(document: Any, version: int, problems: list[Problem]) -> PayloadSchema:
    """The schema that `{"fields": [{"key", "type", "mapsTo"?}]}` describes; adds what is wrong with it."""
    listed = document.get("fields") if isinstance(document, Mapping) else None
    if not isinstance(listed, list) or not 1 <= len(listed) <= MOST_FIELDS:
        problems.append(Problem("fields", f"must be a list of 1 to {MOST_FIELDS} fields"))
        return PayloadSchema(version, ())
    fields = [_field(one, f"fields[{position}]", problems) for position, one in enumerate(listed)]
    found = [field for field in fields if field is not None]
    for name, names in (
        ("key", [field.key for field in found]),
        ("mapsTo", [field.maps_to for field in found if field.maps_to]),
    ):
        repeated = sorted({one for one in names if names.count(one) > 1})
        problems.extend(Problem("fields", f"has the {name} {one} more than once") for one in repeated)
    return PayloadSchema(version, tuple(field for field in found if field.key not in MANDATORY))


def _field(given: Any, path: str, problems: list[Problem]) -> PayloadField | None:
    if not isinstance(given, Mapping):
        problems.append(Problem(path, "must be an object with key and type"))
        return None
    before = len(problems)
    problems.extend(
        Problem(f"{path}.{str(name)[:LONGEST_KEY]}", "is not a property of a field")
        for name in given
        if name not in {"key", "type", "mapsTo"}
    )
    key, kind, target = given.get("key"), given.get("type"), given.get("mapsTo")
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        problems.append(
            Problem(f"{path}.key", "must have 1 to 64 letters, digits, underscores, points or hyphens")
        )
    if not isinstance(kind, str) or kind not in TYPES:
        problems.append(Problem(f"{path}.type", f"must be one of {', '.join(TYPES)}"))
    elif isinstance(key, str) and MANDATORY.get(key, kind) != kind:
        problems.append(Problem(f"{path}.type", f"must be {MANDATORY[key]} for {key}"))
    maps_to = _target(key, kind, target, f"{path}.mapsTo", problems) if target is not None else None
    return PayloadField(key, kind, maps_to) if len(problems) == before else None  # type: ignore[arg-type]  # checked above


def _target(key: Any, kind: Any, target: Any, path: str, problems: list[Problem]) -> str | None:
    name = _canonical(target) if isinstance(target, str) else ""
    if isinstance(key, str) and key in MANDATORY:
        problems.append(Problem(path, f"must be absent: what {key} means is fixed"))
    elif name not in TARGETS:
        problems.append(Problem(path, f"must be one of {', '.join(TARGETS)}"))
    elif kind in TYPES and kind not in TARGETS[name]:
        problems.append(Problem(path, f"{name} needs the type {' or '.join(sorted(TARGETS[name]))}"))
    return name


def _canonical(target: str) -> str:
    """The name that rules use, also for `counterparty.national_id` and the like."""
    first, *rest = re.split(r"[._]", target)
    name = first + "".join(part[:1].upper() + part[1:] for part in rest)
    return _OTHER_NAMES.get(name, name)


def document_of(schema: PayloadSchema) -> list[dict[str, str]]:
    return [
        {
            "key": field.key,
            "type": field.type,
            **({"mapsTo": field.maps_to} if field.maps_to else {}),
        }
        for field in schema.fields
    ]


def mismatches(schema: PayloadSchema, payload: Mapping[str, Any]) -> Iterator[Mismatch]:
    """Every offending key: missing, null, of the wrong type, or not in the schema."""
    for key, kind in schema.types.items():
        if key not in payload:
            yield Mismatch(key, kind, "missing")
        elif not _is_of(kind, payload[key]):
            yield Mismatch(key, kind, type_name(payload[key]))
        elif key in MANDATORY and payload[key] == "":
            yield Mismatch(key, f"{kind}, not empty", "an empty String")
    for key, value in payload.items():
        if key not in schema.types:
            yield Mismatch(key[:LONGEST_KEY], "not in the schema", type_name(value))


def _is_of(kind: FieldType, value: Any) -> bool:
    if kind == "Boolean":
        return isinstance(value, bool)
    if kind == "Integer":
        return isinstance(value, int) and not isinstance(value, bool) and abs(value) < LARGEST_INTEGER
    if kind == "Float":
        return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
    if not isinstance(value, str) or len(value) > LONGEST_TEXT or "\x00" in value:
        return False
    return kind == "String" or value == "" or is_time(value)


def is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def type_name(value: Any) -> str:
    """What a value is, in the schema's words; never the value itself."""
    if value is None:
        return "null"
    for name, kinds in (
        ("Boolean", bool),
        ("Integer", int),
        ("Float", float),
        ("Array", list),
        ("Object", dict),
    ):
        if isinstance(value, kinds):
            return name
    if len(value) > LONGEST_TEXT:
        return f"a String of more than {LONGEST_TEXT} characters"
    return "a String with a null character" if "\x00" in value else "String"


def known_values(schema: PayloadSchema, payload: Mapping[str, Any]) -> dict[str, Any]:
    """What a payload that follows its schema says, by key: a type's default is "no data" and is left out."""
    return {
        field.key: payload[field.key] for field in schema.fields if payload[field.key] != DEFAULTS[field.type]
    }


def sample_payload(fields: Sequence[PayloadField], now: datetime) -> dict[str, Any]:
    """A payload to try the schema with."""
    samples: dict[str, Any] = {
        "String": "text",
        "Integer": 1,
        "Float": 1250.5,
        "Boolean": True,
        "DateTime": now.isoformat(timespec="seconds"),
    }
    of_target = {
        "currency": "USD",
        "direction": "debit",
        "country": "GB",
        "ipAddress": "192.0.2.1",
        "kycStatus": "verified",
        "kycTier": "standard",
        "entityType": "individual",
        "channel": "mobile_app",
        "type": "transfer",
        "customerSince": now.date().replace(month=1, day=1).isoformat(),
    }
    sample = {"txn_id": "txn_987654", "customer_id": "customer-1", "date_time": samples["DateTime"]}
    for field in fields:
        text_amount = field.maps_to == "amount" and field.type == "String"
        value = "1250.50" if text_amount else of_target.get(field.maps_to or "", samples[field.type])
        sample[field.key] = value
    return sample
