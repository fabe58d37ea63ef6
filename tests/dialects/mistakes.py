"""Of each dialect a body that is valid, and for every field of it the mistakes that can be made there, each with the path
that has to be named: a wrong type or length, and a value of the right type that the field cannot have."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from ratel.problem import Refusal
from screening.dialects import bank, entity, framl, native, stream
from screening.payload_schema import TARGETS, PayloadSchema, schema_of
from teams.principal import TeamFacts

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
TEAM = TeamFacts(UUID(int=1), UUID(int=2), "us", "USD", is_sandbox=False)
MISSING = object()
LATER = "2999-01-01T00:00:00+00:00"
# Lower case makes it twice as long.
WIDE = "\u0130" * 64
DEEP: Any = [[[[[[[[["deep"]]]]]]]]]
# A path: the mistakes, each a place in the body and a value.
Mistakes = Mapping[str, list[tuple[str, Any]]]


def at(path: str, *values: Any) -> dict[str, list[tuple[str, Any]]]:
    """Mistakes that are named by the place where they are made."""
    return {path: [(path, value) for value in values]}


@dataclass(frozen=True, eq=False)
class Dialect:
    name: str
    valid: dict[str, Any]
    mistakes: Mistakes
    parse: Callable[[Any], Any]

    def paths(self, body: Any) -> list[str]:
        """What is named when the body is refused; nothing when it is taken."""
        try:
            self.parse(body)
        except Refusal as refusal:
            return [problem.path for problem in refusal.errors]
        return []

    def one_each(self) -> tuple[list[str], dict[str, Any]]:
        """A body with a mistake in every field, of the one kind and the other in turn, and the paths to be named."""
        paths = [path for path in self.mistakes if not self.is_whole(path)]
        chosen = {}
        for position, path in enumerate(paths):
            mistakes = self.mistakes[path]
            chosen[path] = mistakes[position % len(mistakes)]
        return paths, self.broken(chosen)

    def is_whole(self, path: str) -> bool:
        """True for a part with fields of its own: a mistake there leaves nothing to look at in them."""
        return any(other.startswith(f"{path}.") for other in self.mistakes)

    def broken(self, chosen: Mapping[str, tuple[str, Any]]) -> dict[str, Any]:
        body = _copied(self.valid)
        for place, value in chosen.values():
            _put(body, place, value)
        return body


def _copied(value: dict[str, Any]) -> dict[str, Any]:
    return {key: _copied(inner) if isinstance(inner, dict) else inner for key, inner in value.items()}


def _put(body: dict[str, Any], place: str, value: Any) -> None:
    first, dot, rest = place.partition(".")
    if dot:
        _put(body.setdefault(first, {}), rest, value)
    elif value is MISSING:
        del body[first]
    else:
        body[first] = value


def below(prefix: str, mistakes: Mistakes) -> dict[str, list[tuple[str, Any]]]:
    return {
        f"{prefix}.{path}": [(f"{prefix}.{place}", value) for place, value in found]
        for path, found in mistakes.items()
    }


NATIVE = Dialect(
    "native",
    {
        "customerId": "c-1", "direction": "debit", "channel": "transfer", "amount": "250.50", "currency": "USD",
        "externalId": "x-1", "occurredAt": "2026-03-10T11:00:00Z", "kycStatus": "verified", "country": "GB",
        "attributes": {"branch": "012"},
    },
    {
        **at("customerId", MISSING, "", 1, "x" * 129, "a\x00"),
        **at("direction", MISSING, "in", 1),
        **at("channel", MISSING, WIDE, "", 5),
        **at("amount", "1e3", MISSING, "-1", -1, 1.5, "0.123456789"),
        **at("currency", "XXZ", "usdollar", 5),
        **at("counterpartyName", "x" * 501, "a\x00"),
        **at("counterpartyNik", "123"),
        **at("counterpartyAccount", "a\x00", "x" * 65),
        **at("isCrossBorder", "yes"),
        **at("city", "x" * 201, "a\x00"),
        **at("country", "ZZ", "GBR"),
        **at("externalId", "", "a\x00"),
        **at("occurredAt", LATER, 1, "2026-03-10T11:00:00", "soon"),
        **at("persist", "false"),
        **at("customerName", "a\x00", 1),
        **at("customerSince", 1, "2999-01-01", "soon"),
        **at("deviceId", "a\x00", 1),
        **at("ipAddress", "1" * 46, "300.1.1.1"),
        **at("kycStatus", "maybe", 3),
        **at("kycTier", "x" * 17, "gold"),
        **at("narration", "a\x00", 3),
        **at("type", "", WIDE),
        **at("attributes.deep", DEEP),
        **at("attributes.null", "a\x00", ["a\x00"], {"a\x00": 1}),
        **at("surprise", 1),
        **at("attributes", [], 5, {"x" * 65: 1}),
    },
    lambda body: native.parse(body, TEAM, NOW),
)  # fmt: skip

BANK = Dialect(
    "bank",
    {
        "externalId": "b-1", "type": "TRANSFER", "channel": "MOBILE_APP", "amount": 2500.5,
        "senderAccountNumber": "01", "receiverAccountNumber": "02", "senderBvn": "22",
        "metadata": {"entityType": "INDIVIDUAL"},
    },
    {
        **at("externalId", MISSING, "", 1, "a\x00"),
        **at("type", "GIFT", MISSING, ""),
        **at("channel", 5, "PIGEON", MISSING),
        **at("amount", "1e3", MISSING, -1, True, 123456789012345.67, 0.123456789),
        **at("senderAccountNumber", MISSING, "", "a\x00"),
        **at("receiverAccountNumber", "a\x00", MISSING),
        **at("currency", "XXQ", "naira"),
        **at("senderName", 1, "a\x00"),
        **at("senderBvn", "a\x00", 1),
        **at("senderBankCode", 1, "a\x00"),
        **at("senderKycStatus", "MAYBE", 1),
        **at("senderKycTier", 1, "TIER_9"),
        **at("senderKybStatus", "MAYBE", 1),
        **at("receiverName", "x" * 501),
        **at("receiverBankCode", "x" * 33),
        **at("receiverCountry", "QQ", "NGA"),
        **at("narration", "x" * 2001, "a\x00"),
        **at("timestamp", LATER, 1, "yesterday"),
        **at("deviceId", 1),
        **at("ipAddress", "999.1.1.1", 1),
        **at("metadata.entityType", "ROBOT", 5),
        **at("metadata.senderRcNumber", 5, "a\x00"),
        "attributes.deep": [("deep", DEEP), ("metadata.deep", DEEP)],
        "x" * 64: [("x" * 65, 1), ("metadata." + "x" * 70, 1)],
        **at("metadata", [], 5),
    },
    lambda body: bank.parse(body, TEAM, NOW),
)  # fmt: skip

ENTITY = Dialect(
    "entity",
    {
        "transaction_id": "t-1", "amount": 9850.25, "currency": "USD", "timestamp": "2025-09-03T14:23:45Z",
        "sender": {"entity_id": "s", "account_id": "a"}, "receiver": {"entity_id": "r"},
        "metadata": {"channel": "mobile"},
    },
    {
        **at("transaction_id", MISSING, "", 1, "a\x00"),
        **at("amount", "1e3", MISSING, -1, True, 123456789012345.67, 0.123456789),
        **at("currency", "XXQ", "usdollar"),
        **at("timestamp", LATER, 1, "yesterday"),
        **at("sender.entity_id", MISSING, "", "a\x00"),
        **at("sender.account_id", "x" * 65, "a\x00"),
        **at("sender.name", "a\x00", 1),
        **at("receiver.entity_id", "a\x00", MISSING),
        **at("receiver.account_id", 1),
        **at("receiver.name", "a\x00", "x" * 501),
        **at("metadata.channel", WIDE, 1),
        **at("metadata.type", 1, WIDE),
        **at("metadata.ip_address", "999.1.1.1", 1),
        **at("metadata.device_id", "x" * 257, "a\x00"),
        "attributes.deep": [("deep", DEEP), ("metadata.deep", DEEP)],
        **at("sender", MISSING, None, 5, []),
        **at("receiver", MISSING, "r"),
        **at("metadata", [], 5),
    },
    lambda body: entity.parse(body, TEAM, NOW),
)  # fmt: skip

# A key for each field that there is, and one of each type that is mapped to none.
FIELDS = [
    *[
        {
            "key": f"k_{target}",
            "type": {"amount": "Float", "isCrossBorder": "Boolean", "customerSince": "DateTime"}.get(
                target, "String"
            ),
            "mapsTo": target,
        }
        for target in TARGETS
    ],
    {"key": "text", "type": "String"},
    {"key": "count", "type": "Integer"},
    {"key": "ratio", "type": "Float"},
    {"key": "flag", "type": "Boolean"},
    {"key": "seen", "type": "DateTime"},
]


def schema() -> PayloadSchema:
    problems: list[Any] = []
    found = schema_of({"fields": FIELDS}, 1, problems)
    assert problems == []
    return found


SCHEMA = schema()
_NO_DATA = {"String": "", "Integer": 0, "Float": 0, "Boolean": False, "DateTime": ""}
_PAYLOAD = {
    "txn_id": "t-1",
    "customer_id": "c-1",
    "date_time": "2026-03-10T11:00:00+00:00",
    **{field["key"]: _NO_DATA[field["type"]] for field in FIELDS},
    "k_amount": 100.5,
    "k_direction": "debit",
}
_OF_PAYLOAD: dict[str, list[tuple[str, Any]]] = {
    **at("txn_id", MISSING, "", 1, "x" * 129, None, "a\x00"),
    **at("customer_id", "x" * 129, MISSING, ""),
    **at("date_time", LATER, MISSING, "", "yesterday", 1),
    **at("k_amount", -5, "100", MISSING, 1e18, 123456789012345.67, 0.123456789, None),
    **at("k_currency", 1, "XXQ"),
    **at("k_direction", "sideways", None),
    **at("k_type", 1, WIDE),
    **at("k_channel", WIDE, MISSING),
    **at("k_isCrossBorder", "no", 0),
    **at("k_country", "ZZ", None),
    **at("k_city", MISSING, "x" * 201),
    **at("k_deviceId", "x" * 257, "a\x00"),
    **at("k_ipAddress", 1, "999.1.1.1"),
    **at("k_narration", "x" * 2001),
    **at("k_customerName", "x" * 501, 1),
    **at("k_customerAccount", True, "x" * 65),
    **at("k_customerNik", "x" * 65, MISSING),
    **at("k_customerSince", "soon", LATER),
    **at("k_kycStatus", "maybe", 1),
    **at("k_kycTier", 1, "gold"),
    **at("k_entityType", "robot", 1),
    **at("k_counterpartyName", 1, "x" * 501),
    **at("k_counterpartyAccount", "x" * 65, 1),
    **at("k_counterpartyNik", 1, "x" * 65),
    **at("k_counterpartyBankCode", "x" * 33, 1),
    **at("text", 1, "a\x00"),
    **at("count", 1.5, True),
    **at("ratio", "1.5"),
    **at("flag", 1),
    **at("seen", "yesterday"),
    **at("surprise", 1, "text"),
}
STREAM = Dialect(
    "stream",
    {"data": _PAYLOAD},
    {
        **{path: [(f"data.{place}", value) for place, value in found] for path, found in _OF_PAYLOAD.items()},
        **at("more", 1),
    },
    lambda body: stream.parse(body, SCHEMA, TEAM, NOW),
)
_ENVELOPE: dict[str, list[tuple[str, Any]]] = {
    **at("format", "xml", 5),
    **at("version", 1, ""),
    **at("topicId", "", 5),
    **at("more", 1),
}
_NATIVE_NAMES = {
    path.replace("externalId", "transactionKey"): [
        (place.replace("externalId", "transactionKey"), value) for place, value in found
    ]
    for path, found in NATIVE.mistakes.items()
}
_NATIVE_PAYLOAD = {name.replace("externalId", "transactionKey"): one for name, one in NATIVE.valid.items()}
FRAML = Dialect(
    "framl",
    {"payload": _NATIVE_PAYLOAD, "format": "tt_json", "version": "1"},
    {**_ENVELOPE, **below("payload", _NATIVE_NAMES), **at("payload.externalId", "x")},
    lambda body: framl.parse(body, SCHEMA, TEAM, NOW),
)
# Without its txn_id a payload is read as one in the native dialect's names.
_OWN_KEYS = {
    path: [(place, value) for place, value in found if value is not MISSING or place != "txn_id"]
    for path, found in _OF_PAYLOAD.items()
}
FRAML_OWN_KEYS = Dialect(
    "framl with the team's keys",
    {"payload": _PAYLOAD, "format": "tt_json", "version": "1"},
    {**_ENVELOPE, **below("payload", _OWN_KEYS)},
    lambda body: framl.parse(body, SCHEMA, TEAM, NOW),
)
ALL = (NATIVE, BANK, ENTITY, STREAM, FRAML, FRAML_OWN_KEYS)
