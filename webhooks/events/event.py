"""What an event of the catalogue is: a name, a sentence, a closed JSON schema of its data, and one example.

Schemas are closed, so nothing leaves by a field that the catalogue does not name; names of people, national ids,
accounts and narrations have no field at all. The examples are part of the documentation and of the tests.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from webhooks.outbox import CONFIDENTIAL_PREFIX

Schema = dict[str, Any]


@dataclass(frozen=True)
class Event:
    """`data` is the schema of the body's `data`; `example` one value of it."""

    name: str
    description: str
    data: Schema
    example: Mapping[str, Any]

    @property
    def is_confidential(self) -> bool:
        """Whether it tells of a report to the regulator: only endpoints that an officer has marked get it."""
        return self.name.startswith(CONFIDENTIAL_PREFIX)


# Which fields were shortened so that the body fits (webhooks/events/body.py).
TRUNCATED: Final[Schema] = {
    "type": "array",
    "items": {"type": "string"},
    "description": "Fields that were shortened so that the body fits; the API has them whole",
}


def data_of(fields: Mapping[str, Schema], *, optional: Sequence[str] = ()) -> Schema:
    """The data of an event: an object with exactly these fields."""
    return closed_object({**fields, "truncated": TRUNCATED}, optional=[*optional, "truncated"])


def closed_object(fields: Mapping[str, Schema], *, optional: Sequence[str] = ()) -> Schema:
    return {
        "type": "object",
        "properties": dict(fields),
        "required": [name for name in fields if name not in optional],
        "additionalProperties": False,
    }


def identifier(prefix: str) -> Schema:
    return {"type": "string", "pattern": f"^{prefix}_[0-9A-HJKMNP-TV-Z]{{26}}$"}


def or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def list_of(items: Schema) -> Schema:
    return {"type": "array", "items": items}


TEXT: Final[Schema] = {"type": "string"}
COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
SCORE: Final[Schema] = {"type": "number", "minimum": 0}
MOMENT: Final[Schema] = {"type": "string", "format": "date-time"}
SEVERITY: Final[Schema] = {"enum": ["low", "medium", "high", "critical"]}
DECISION: Final[Schema] = {"enum": ["pass", "review", "escalate", "block"]}
LANE: Final[Schema] = {"enum": ["onboarding", "transaction", "ongoing"]}
CUSTOMER: Final[Schema] = {**TEXT, "description": "The bank's own reference of the customer"}
EXTERNAL: Final[Schema] = {**TEXT, "description": "The bank's own id of the transaction"}
# The transaction that something is about; null where there is none.
ABOUT: Final[dict[str, Schema]] = {
    "customerId": CUSTOMER,
    "transactionId": or_null(identifier("txn")),
    "externalId": or_null(EXTERNAL),
}


def shown(prefix: str, last: str = "") -> str:
    """An id as examples have it."""
    return f"{prefix}_01K9W8" + last.rjust(20, "0")


EXAMPLE_ABOUT: Final = {
    "customerId": "customer-4711",
    "transactionId": shown("txn", "1"),
    "externalId": "payment-2026-11-0815",
}
