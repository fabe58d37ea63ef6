"""What the OpenAPI document says of the evaluate endpoints: bodies from the structs that decode them."""

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from ratel import problem
from ratel.schema import (
    Operation,
    closed,
    define,
    documented,
    envelope,
    header,
    location,
    nullable,
    query,
    reference,
)
from screening import codes
from screening.dialects.fields import DEEPEST_ATTRIBUTE, MOST_ATTRIBUTES
from screening.dialects.native import NativeBody
from screening.policy import LAYER_NAMES
from screening.rules.compile import STATE_NAMES
from screening.rules.rule import SEVERITIES
from screening.sandbox.simulation import HEADER, LONGEST, LONGEST_LATENCY_MS

TAG: Final = "transactions"
MOST_ITEMS: Final = 1_000
OUTCOMES: Final = ["pass", "review", "escalate", "block"]
MOMENT: Final = {"type": "string", "format": "date-time"}


def identifier(prefix: str) -> dict[str, Any]:
    """An id as it is shown."""
    return {"type": "string", "pattern": f"^{prefix}_[0-9A-HJKMNP-TV-Z]{{26}}$"}


def _body() -> dict[str, Any]:
    """The struct's own schema, with what the dialect checks beyond it."""
    _, components = msgspec.json.schema_components([NativeBody], ref_template="#/components/schemas/{name}")
    schema: dict[str, Any] = components["NativeBody"]
    amount = {
        "anyOf": [
            {"type": "integer", "minimum": 0, "exclusiveMaximum": 10**18},
            {"type": "string", "pattern": r"^[0-9]{1,18}(\.[0-9]{1,8})?$"},
            {"type": "null"},
        ]
    }
    schema["properties"] |= {
        "amount": amount,
        "amountIdr": amount,
        "kycStatus": nullable(any_case(codes.KYC_STATUSES)),
        "kycTier": nullable(any_case(codes.KYC_TIERS)),
        "occurredAt": nullable({**MOMENT, "description": "At most 5 minutes ahead; default: now"}),
        "customerSince": nullable({"type": "string", "description": "An ISO 8601 date or time"}),
        "ipAddress": nullable(
            {"anyOf": [{"type": "string", "format": name} for name in ("ipv4", "ipv6")] + [{"const": ""}]}
        ),
    }
    for name, standard in (("currency", "ISO 4217"), ("country", "ISO 3166-1 alpha-2")):
        schema["properties"][name]["description"] = f"{standard}, in any case"
    schema["properties"]["attributes"] |= {"maxProperties": MOST_ATTRIBUTES}
    schema["properties"]["attributes"]["description"] = f"Nested at most {DEEPEST_ATTRIBUTE} deep"
    schema["oneOf"] = [_only("amount", "amountIdr"), _only("amountIdr", "amount")]
    schema["description"] = "Exactly one of amount and amountIdr. Any optional field may be absent or null."
    schema.pop("title", None)
    return schema


def any_case(words: Iterable[str]) -> dict[str, Any]:
    """One of these words, in any case."""
    letters = [
        "".join(f"[{letter.upper()}{letter}]" if letter.isalpha() else letter for letter in word)
        for word in sorted(words)
    ]
    description = f"In any case: {', '.join(sorted(words))}"
    return {"type": "string", "pattern": f"^({'|'.join(letters)})$", "description": description}


def _only(given: str, absent: str) -> dict[str, Any]:
    return {
        "required": [given],
        "properties": {given: {"not": {"type": "null"}}, absent: {"type": "null"}},
    }


BODY: Final = define("Transaction", _body())
HIT_FIELDS: Final[dict[str, Any]] = {
    "ruleId": identifier("rul"),
    "ruleCode": {"type": "string"},
    "ruleName": {"type": "string"},
    "severity": {"enum": list(SEVERITIES)},
    "scoreContribution": {"type": "integer", "minimum": 0, "maximum": 1000},
}
HIT: Final = define("Hit", closed(HIT_FIELDS))
LAYER: Final = define(
    "Layer",
    closed(
        {
            "name": {"enum": list(LAYER_NAMES)},
            "score": nullable({"type": "number", "minimum": 0, "maximum": 100}),
            "weight": {"type": "number", "minimum": 0, "maximum": 100},
            "outcome": nullable({"enum": OUTCOMES}),
            "reasons": {"type": "array", "items": {"type": "string"}},
            "durationMs": {"type": "number", "minimum": 0},
            "answered": {"type": "boolean"},
            "failure": {"type": "string", "description": "Why the layer did not answer"},
        },
        optional=["failure"],
    ),
)
_ALWAYS: Final[dict[str, Any]] = {
    "decision": {"enum": ["pass", "review", "escalate"]},
    "riskScore": {"type": "number", "minimum": 0},
    "hits": {"type": "array", "items": HIT},
}
_SOMETIMES: Final[dict[str, Any]] = {
    "alertId": nullable(identifier("alt")),
    "blocked": {"const": True, "description": "The decision is a block"},
}
_INCLUDED: Final[dict[str, Any]] = {
    "evaluationId": identifier("evl"),
    "transactionId": identifier("txn"),
    "riskLevel": {"enum": list(SEVERITIES)},
    "layers": {"type": "array", "items": LAYER, "minItems": 6, "maxItems": 6},
    "ruleStates": {
        "type": "array",
        "items": closed(
            {
                "ruleId": identifier("rul"),
                "ruleCode": {"type": "string"},
                "state": {"enum": sorted(STATE_NAMES.values())},
            }
        ),
    },
    "policyVersion": {"type": "integer", "minimum": 1},
    "partial": {"type": "boolean"},
    "missingLayers": {"type": "array", "items": {"enum": list(LAYER_NAMES)}},
    "explanation": {"type": "array", "items": {"type": "string"}},
}
DECISION_FIELDS: Final = _ALWAYS | _SOMETIMES | _INCLUDED
DECISION: Final = define(
    "Decision",
    {
        **closed(_ALWAYS | _SOMETIMES | _INCLUDED, optional=[*_SOMETIMES, *_INCLUDED]),
        "description": "alertId where the decision is not pass (null in a dry run); the rest with include=layers",
    },
)
EVALUATED: Final = define(
    "Evaluated",
    envelope(
        DECISION, optional={"idempotent": {"const": True, "description": "A replay of the first answer"}}
    ),
)
_INCLUDE: Final = query(
    "include", {"enum": ["layers"]}, "Adds the layers, every rule's state and the explanation"
)
_ASKED: Final = {
    "customerId": "cust-1042",
    "direction": "debit",
    "amountIdr": 500_000_000,
    "channel": "transfer",
    "isCrossBorder": True,
    "kycTier": "basic",
    "customerSince": "2026-11-11",
    "externalId": "pay-2026-000017",
}
_ANSWERED: Final = {
    "ok": True,
    "data": {
        "decision": "review",
        "riskScore": 65,
        "alertId": "alt_01HXY3V9K2M4N6P8Q0R2S4T6V8",
        "hits": [
            {
                "ruleId": f"rul_01HXY3V9K2M4N6P8Q0R2S4T6V{number}",
                "ruleCode": code,
                "ruleName": name,
                "severity": severity,
                "scoreContribution": points,
            }
            for number, (code, name, severity, points) in enumerate(
                (
                    ("HIGH_AMT_IDR", "High Transaction Amount", "high", 35),
                    ("CROSS_BORDER", "Cross-border transfer", "medium", 20),
                    ("NEW_CUSTOMER", "New customer", "low", 10),
                )
            )
        ],
    },
}
_PREFER: Final = {
    "name": "Prefer",
    "in": "header",
    "required": False,
    "schema": {"enum": ["respond-async"]},
    "description": "With the scope evaluate.async: queued and answered 202 at once (a dry run never is)",
}
_SIMULATED: Final = f"latency=(1?[0-9]{{1,3}}|{LONGEST_LATENCY_MS})|fail=({'|'.join(LAYER_NAMES)})"
_QUEUED: Final = define(
    "QueuedEvaluation",
    envelope(closed({"evaluationId": identifier("evl"), "status": {"const": "pending"}})),
)
SIMULATE: Final = header(
    HEADER,
    {
        "type": "string",
        "maxLength": LONGEST,
        "pattern": f"^ *({_SIMULATED}) *(, *({_SIMULATED}) *)*$",
    },
    "Trouble on demand, for test keys only: `latency=250` waits so many milliseconds, at most "
    f"{LONGEST_LATENCY_MS}; `fail=` a layer leaves it out. Refused with 400 for live keys and with any other value",
)
NOT_SIMULATED: Final = header(
    HEADER,
    {"type": "string"},
    "Refused with 400, whatever it says: payments that are decided later are not simulated",
)
IDEMPOTENT_REPLAYED: Final = {
    "Idempotent-Replayed": {
        "description": "`true` where the payment had been decided before and this is the first answer again",
        "schema": {"const": "true"},
    }
}
_BATCH: Final = define(
    "TransactionBatch",
    closed({"batch": {"type": "array", "items": BODY, "minItems": 1, "maxItems": MOST_ITEMS}}),
)
_BATCH_EVALUATED: Final = define(
    "BatchEvaluated",
    envelope(
        {
            "type": "array",
            "items": {"anyOf": [EVALUATED, reference("Refusal")]},
            "minItems": 1,
            "maxItems": MOST_ITEMS,
        }
    ),
)
evaluate = documented(
    Operation(
        id="evaluateTransaction",
        summary=f"Decides one transaction, or up to {MOST_ITEMS:,} in order",
        tag=TAG,
        scope="evaluate",
        body={"anyOf": [BODY, _BATCH]},
        body_examples={
            "indonesia": _ASKED,
            "dryRun": {**_ASKED, "persist": False},
            "batch": {"batch": [_ASKED]},
        },
        parameters=[_INCLUDE, _PREFER, SIMULATE],
        answer={"anyOf": [EVALUATED, _BATCH_EVALUATED]},
        answer_examples={"review": _ANSWERED, "batch": {"ok": True, "data": [_ANSWERED]}},
        other_answers={202: _QUEUED},
        headers={
            202: location("/api/evaluations/")
            | {"Preference-Applied": {"required": True, "schema": {"const": "respond-async"}}}
        },
        errors=(problem.Unprocessable,),
    )
)
evaluate_batch = documented(
    Operation(
        id="evaluateTransactionBatch",
        summary=f"Decides up to {MOST_ITEMS:,} transactions in order; an invalid one does not fail the others",
        tag=TAG,
        scope="evaluate",
        body=_BATCH,
        body_examples={"one": {"batch": [_ASKED]}},
        parameters=[_INCLUDE, SIMULATE],
        answer=_BATCH_EVALUATED,
        answer_examples={"one": {"ok": True, "data": [_ANSWERED]}},
    )
)
