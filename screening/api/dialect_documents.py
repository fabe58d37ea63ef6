"""What the OpenAPI document says of the dialects beside the native one."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from ratel import problem
from ratel.pages import LARGEST_PAGE
from ratel.schema import (
    MOMENT_FILTER,
    TEXT_FILTER,
    Operation,
    closed,
    define,
    documented,
    envelope,
    nullable,
    path_parameter,
    query,
)
from screening.api.documents import IDEMPOTENT_REPLAYED, MOMENT, SIMULATE, any_case, identifier
from screening.codes import KYC_STATUSES, KYC_TIERS
from screening.decide import LEVELS
from screening.dialects import bank, entity, framl, stream
from screening.dialects.fields import LONGEST_ATTRIBUTE_KEY, MOST_ATTRIBUTES
from screening.payload_schema import MOST_FIELDS, TYPES
from screening.policy import LAYER_NAMES

TAG: Final = "dialects"
LEVEL: Final = {"enum": [level.upper() for level in LEVELS]}
SCORE: Final = {"type": "number", "minimum": 0, "maximum": 100}
OUTCOME: Final = {"enum": list(bank.OUTCOMES.values())}
AMOUNT: Final = {
    "anyOf": [
        {"type": "number", "minimum": 0, "exclusiveMaximum": 10**15, "multipleOf": 0.01},
        {"type": "string", "pattern": r"^[0-9]{1,18}(\.[0-9]{1,8})?$"},
    ]
}
NUMBER: Final = {"type": "number", "minimum": 0}
REFUSED: Final = define(
    "DialectRefusal",
    {
        "type": "object",
        "properties": {
            "error": {"type": "string", "description": "What programs test"},
            "message": {"type": "string"},
            "details": {
                "type": "array",
                "items": closed({"path": {"type": "string"}, "message": {"type": "string"}}),
            },
            "requestId": {"type": "string"},
        },
        "required": ["error", "message", "details", "requestId"],
    },
)


def struct_schema(struct: Any, name: str, replaced: Mapping[str, Any]) -> dict[str, Any]:
    """The struct's own schema with what the dialect checks beyond it; other fields become attributes."""
    components: dict[str, dict[str, Any]]
    _, components = msgspec.json.schema_components([struct], ref_template="#/components/schemas/{name}")
    for other, schema in components.items():
        if other != name:
            define(other, schema)
    schema = components[name]
    schema["properties"] |= replaced
    schema["propertyNames"] = {"minLength": 1, "maxLength": LONGEST_ATTRIBUTE_KEY}
    schema["maxProperties"] = MOST_ATTRIBUTES
    schema.pop("title", None)
    return schema


BANK_BODY: Final = define(
    "BankTransaction",
    struct_schema(
        bank.BankBody,
        "BankBody",
        {
            "type": any_case([one.lower() for one in bank.TYPES]),
            "channel": any_case([one.lower() for one in bank.CHANNELS]),
            "amount": AMOUNT,
            "senderKycStatus": nullable(any_case(KYC_STATUSES)),
            "senderKycTier": nullable(any_case(KYC_TIERS)),
            "senderKybStatus": nullable(any_case(bank.KYB_STATUSES)),
            "timestamp": nullable({**MOMENT, "description": "At most 5 minutes ahead; default: now"}),
        },
    ),
)
ENTITY_BODY: Final = define(
    "EntityTransaction",
    struct_schema(
        entity.EntityBody,
        "EntityBody",
        {
            "amount": AMOUNT,
            "timestamp": nullable({**MOMENT, "description": "At most 5 minutes ahead; default: now"}),
        },
    ),
)
ENGINE: Final = define(
    "Engine",
    closed(
        {
            "name": {"enum": list(LAYER_NAMES)},
            "score": nullable(SCORE),
            "weight": {"type": "number", "minimum": 0, "maximum": 100},
            "outcome": nullable(OUTCOME),
            "reasons": {"type": "array", "items": {"type": "string"}},
            "durationMs": NUMBER,
        }
    ),
)
TRIGGERED: Final = closed(
    {
        "ruleCode": {"type": "string"},
        "ruleName": {"type": "string"},
        "severity": LEVEL,
        "score": NUMBER,
        "reason": {"type": "string"},
    }
)
_VERDICT: Final[dict[str, Any]] = {
    "transactionId": identifier("txn"),
    "externalId": nullable({"type": "string"}),
    "outcome": OUTCOME,
    "riskScore": SCORE,
    "riskLevel": LEVEL,
    "engines": {"type": "array", "items": ENGINE, "minItems": 6, "maxItems": 6},
    "triggeredRules": {"type": "array", "items": TRIGGERED},
    "recommendedActions": {"type": "array", "items": {"type": "string"}},
    "alertId": nullable(identifier("alt")),
    "caseId": nullable(identifier("cas")),
    "partial": {"type": "boolean"},
    "missingEngines": {"type": "array", "items": {"enum": list(LAYER_NAMES)}},
    "processingTimeMs": NUMBER,
}
VERDICT: Final = define("BankVerdict", closed(_VERDICT | {"cached": {"const": True}}, optional=["cached"]))
SUMMARY: Final = define(
    "BankTransactionSummary",
    closed(
        {
            "transactionId": identifier("txn"),
            "externalId": nullable({"type": "string"}),
            "type": nullable({"type": "string"}),
            "channel": nullable({"type": "string"}),
            "amount": nullable(NUMBER),
            "currency": {"type": "string"},
            "outcome": OUTCOME,
            "riskScore": SCORE,
            "riskLevel": LEVEL,
            "alertId": nullable(identifier("alt")),
            "caseId": nullable(identifier("cas")),
            "timestamp": MOMENT,
            "screenedAt": MOMENT,
        }
    ),
)
DETAIL: Final = define(
    "BankTransactionDetail",
    closed(_VERDICT | {"transaction": {"type": "object"}, "receivedAt": MOMENT}),
)
_PAGE: Final = {"type": "integer", "minimum": 1, "maximum": 10_000, "default": 1}
_LIMIT: Final = {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": 50}
_BANK_EXAMPLE: Final = {
    "externalId": "bank-2026-000017",
    "type": "TRANSFER",
    "channel": "MOBILE_APP",
    "amount": 250000,
    "senderAccountNumber": "0123456789",
    "senderName": "Adaeze Okafor",
    "senderBvn": "22123456789",
    "senderKycStatus": "VERIFIED",
    "senderKycTier": "TIER_3",
    "receiverAccountNumber": "9876543210",
    "receiverName": "Chinedu Eze",
    "receiverBankCode": "058",
    "narration": "rent",
}
_ENTITY_EXAMPLE: Final = {
    "transaction_id": "txn_abc123",
    "amount": 9850.00,
    "currency": "USD",
    "timestamp": "2025-09-03T14:23:45Z",
    "sender": {"entity_id": "ent_sender_456", "account_id": "acc_789"},
    "receiver": {"entity_id": "ent_receiver_321", "account_id": "acc_654"},
    "metadata": {"channel": "mobile", "ip_address": "192.0.2.1", "device_id": "dev_xyz"},
}
screen_for_bank = documented(
    Operation(
        id="screenBankTransaction",
        summary="Decides one payment of a bank; a replay is answered with 409 and the cached verdict",
        tag=TAG,
        scope="evaluate",
        body=BANK_BODY,
        body_examples={"transfer": _BANK_EXAMPLE},
        answer=VERDICT,
        parameters=[SIMULATE],
        other_answers={409: VERDICT},
        errors=(problem.Unprocessable,),
        refusal=REFUSED,
    )
)
screen_for_entity = documented(
    Operation(
        id="screenEntityTransaction",
        summary="Decides one payment between two entities",
        tag=TAG,
        scope="evaluate",
        body=ENTITY_BODY,
        body_examples={"mobile": _ENTITY_EXAMPLE},
        parameters=[SIMULATE],
        headers={200: IDEMPOTENT_REPLAYED},
        answer=closed(
            {
                "risk_score": SCORE,
                "risk_level": LEVEL,
                "decision": {"enum": ["APPROVE", "REVIEW", "DECLINE"]},
                "explanation": closed({"primary_factors": {"type": "array", "items": {"type": "string"}}}),
                "case_id": nullable(identifier("cas")),
            }
        ),
        errors=(problem.Unprocessable,),
        refusal=REFUSED,
    )
)
list_transactions = documented(
    Operation(
        id="listBankTransactions",
        summary="Screened payments, the newest first",
        tag=TAG,
        scope="read",
        parameters=[
            query("outcome", OUTCOME, "Only these"),
            query("riskLevel", LEVEL, "Only these"),
            query("type", {"enum": list(bank.TYPES)}, "Only these"),
            query("channel", {"enum": list(bank.CHANNELS)}, "Only these"),
            query("externalId", TEXT_FILTER, "The bank's own id"),
            query("customerId", TEXT_FILTER, "BVN or account of the sender"),
            query("from", MOMENT_FILTER, "Screened at or after"),
            query("to", MOMENT_FILTER, "Screened at or before"),
            query("page", _PAGE, "From 1; the first 10,000 payments can be paged through"),
            query("limit", _LIMIT, "How many a page has"),
        ],
        answer=closed(
            {
                "data": {"type": "array", "items": SUMMARY, "maxItems": LARGEST_PAGE},
                "page": _PAGE,
                "limit": _LIMIT,
                "nextPage": nullable({"type": "integer", "minimum": 2}),
            }
        ),
        errors=(problem.Invalid,),
        refusal=REFUSED,
    )
)
show_transaction = documented(
    Operation(
        id="showBankTransaction",
        summary="One screened payment with its full breakdown",
        tag=TAG,
        scope="read",
        parameters=[path_parameter("transaction_id", "txn", "The transactionId of a verdict")],
        answer=DETAIL,
        errors=(problem.NotFound,),
        refusal=REFUSED,
    )
)

STREAM_REFUSED: Final = define(
    "StreamRefusal",
    closed(
        {
            "error": {"type": "string"},
            "details": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        name: {"type": "string"} for name in ("key", "expected", "received", "message")
                    },
                    "additionalProperties": False,
                },
            },
            "requestId": {"type": "string"},
        }
    ),
)
# A payload of a team whose schema has the keys of the example below it, beside the three that every one has.
STREAM_EXAMPLE: Final = {
    "txn_id": "txn_987654",
    "customer_id": "9b74c9897bac770ffc029102a200c5de",
    "date_time": "2026-03-10T12:00:00+00:00",
    "amount": 250.0,
    "direction": "debit",
    "channel": "transfer",
    "crossBorder": False,
}
PAYLOAD_FIELDS_EXAMPLE: Final = [
    {"key": "amount", "type": "Float", "mapsTo": "amount"},
    {"key": "direction", "type": "String", "mapsTo": "direction"},
    {"key": "channel", "type": "String", "mapsTo": "channel"},
    {"key": "crossBorder", "type": "Boolean", "mapsTo": "isCrossBorder"},
]
_STREAM_STATUS: Final = {"enum": [stream.VIOLATED, stream.COMPLIED, stream.FAILED]}
stream_transaction = documented(
    Operation(
        id="streamTransaction",
        summary="Decides one payment in the team's own payload",
        tag=TAG,
        scope="evaluate",
        body=closed({"data": {"type": "object", "description": "As the team's payload schema says"}}),
        body_examples={"a transfer": {"data": STREAM_EXAMPLE}},
        parameters=[SIMULATE],
        headers={200: IDEMPOTENT_REPLAYED},
        answer=closed(
            {
                "txnId": {"type": "string"},
                "teamId": {"type": "string", "format": "uuid"},
                "acknowledgementId": {"type": "string", "pattern": "^[0-9a-f]{24}$"},
                "flagged": {"type": "boolean"},
                "receivedAt": {"type": "integer"},
                "ruleEvaluationMetrics": {
                    "type": "object",
                    "additionalProperties": closed({"status": _STREAM_STATUS, "timetaken": NUMBER}),
                },
            }
        ),
        errors=(problem.Invalid, problem.Unprocessable),
        refusal=STREAM_REFUSED,
    )
)
FRAML_REFUSED: Final = define(
    "FramlRefusal",
    closed({"success": {"const": False}, "message": {"type": "string"}, "code": {"type": "string"}}),
)
framl_token = documented(
    Operation(
        id="createFramlToken",
        summary="A token for `Authorization: Basic`; no key is needed",
        tag=TAG,
        scope="",
        body=None,
        answer=closed(
            {
                "token": {"type": "string", "format": "uuid"},
                "name": {"type": "string"},
                "userId": identifier("per"),
                "roleType": {"const": "Product User"},
                "rolesList": {"type": "array", "items": {"type": "string"}},
                "isPassExpired": {"type": "boolean"},
                "isResetPassNeeded": {"type": "boolean"},
                "authTypeInfo": closed({"authType": {"const": "SQL"}, "authOptions": {"type": "string"}}),
            }
        ),
        refusal=FRAML_REFUSED,
        security="basic",
    )
)
_FRAML_STATE: Final = {"enum": sorted(set(framl.STATES.values()))}
framl_transaction = documented(
    Operation(
        id="decideFramlTransaction",
        summary="Decides one payment of a product",
        tag=TAG,
        scope="evaluate",
        body=closed(
            {
                "payload": {"type": "object"},
                "format": {"const": framl.FORMAT},
                "topicId": nullable({"type": "string", "minLength": 1, "maxLength": framl.LONGEST_WORD}),
                "version": {"type": "string", "minLength": 1, "maxLength": framl.LONGEST_WORD},
            },
            optional=["format", "topicId", "version"],
        ),
        body_examples={
            "a transfer": {
                "payload": {
                    "transactionKey": "TXN293DJHE8RH83",
                    "customerId": "c-1",
                    "direction": "debit",
                    "amount": 250,
                    "channel": "transfer",
                },
                "format": framl.FORMAT,
                "version": "1",
            }
        },
        parameters=[
            {
                "name": "product_id",
                "in": "path",
                "required": True,
                "schema": {"type": "string"},
                "description": "The team's product code",
            },
            SIMULATE,
        ],
        headers={200: IDEMPOTENT_REPLAYED},
        answer=closed(
            {
                "transactionKey": nullable({"type": "string"}),
                "alert": {
                    "type": "object",
                    "additionalProperties": closed({"message": _FRAML_STATE, "details": {"type": "object"}}),
                },
                "version": {"type": "string"},
                "success": {"const": True},
                "message": {"type": "string"},
            }
        ),
        errors=(problem.NotFound, problem.Unprocessable),
        refusal=FRAML_REFUSED,
        security="token",
    )
)
_TEAM: Final = {
    "name": "team_id",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "format": "uuid"},
    "description": "The key's own team",
}
_PAYLOAD_FIELD: Final = closed(
    {
        "key": {"type": "string", "pattern": "^[A-Za-z0-9_.-]{1,64}$"},
        "type": {"enum": list(TYPES)},
        "mapsTo": {"type": "string", "description": "A field of the canonical transaction, as rules call it"},
    },
    optional=["mapsTo"],
)
_PAYLOAD_FIELDS: Final = {"type": "array", "items": _PAYLOAD_FIELD, "maxItems": MOST_FIELDS}
PAYLOAD_SCHEMA: Final = define(
    "PayloadSchema",
    closed(
        {
            "teamId": {"type": "string", "format": "uuid"},
            "version": {"type": "integer", "minimum": 0, "description": "0 where there is none yet"},
            "fields": _PAYLOAD_FIELDS,
            "mandatory": {"type": "array", "items": _PAYLOAD_FIELD},
            "samplePayload": {"type": "object"},
        }
    ),
)
show_payload_schema = documented(
    Operation(
        id="showPayloadSchema",
        summary="The team's payload schema and a sample payload",
        tag=TAG,
        scope="read",
        parameters=[_TEAM],
        answer=envelope(PAYLOAD_SCHEMA),
        errors=(problem.NotFound,),
    )
)
change_payload_schema = documented(
    Operation(
        id="changePayloadSchema",
        summary="A new version of the team's payload schema; rules that read a removed key are named first",
        tag=TAG,
        scope="write",
        parameters=[_TEAM],
        body=closed(
            {
                "fields": {**_PAYLOAD_FIELDS, "minItems": 1},
                "confirm": {"type": "boolean", "description": "Save it although rules read what is gone"},
            },
            optional=["confirm"],
        ),
        body_examples={"usual": {"fields": PAYLOAD_FIELDS_EXAMPLE}},
        answer=envelope(PAYLOAD_SCHEMA),
        errors=(problem.NotFound, problem.Conflict),
    )
)
