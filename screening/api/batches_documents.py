"""What the OpenAPI document says of batches in the background."""

from typing import Any, Final

from ratel import problem
from ratel.schema import (
    PAGING,
    Operation,
    closed,
    define,
    documented,
    header,
    listing,
    location,
    nullable,
    path_parameter,
    query,
)
from screening.api.dialect_documents import ENTITY_BODY, LEVEL, REFUSED, SCORE, TAG
from screening.api.documents import MOMENT, NOT_SIMULATED, identifier
from screening.batch_jobs.accept import MOST_ITEMS
from screening.batch_jobs.once import HEADER, PATTERN
from webhooks.egress.targets import LONGEST_URL

STATUSES: Final = ("PROCESSING", "COMPLETED", "CANCELLED", "FAILED")
_STATUS: Final = {"enum": list(STATUSES)}
_BATCH_ID: Final = identifier("batch")
_COUNT: Final = {"type": "integer", "minimum": 0}
_ITEM_ID: Final = {"transaction_id": nullable({"type": "string", "maxLength": 128})}
_DECIDED: Final = define(
    "BatchItemDecided",
    closed(
        {
            **_ITEM_ID,
            "risk_score": SCORE,
            "risk_level": LEVEL,
            "decision": {"enum": ["APPROVE", "REVIEW", "DECLINE"]},
            "explanation": closed({"primary_factors": {"type": "array", "items": {"type": "string"}}}),
            "case_id": nullable(identifier("cas")),
        }
    ),
)
_ITEM_REFUSED: Final = define(
    "BatchItemRefused",
    closed(
        {
            **_ITEM_ID,
            "error": {"type": "string", "description": "What programs test"},
            "message": {"type": "string"},
            "details": {
                "type": "array",
                "items": closed({"path": {"type": "string"}, "message": {"type": "string"}}),
            },
        }
    ),
)
_PROGRESS: Final[dict[str, Any]] = {
    "batch_id": _BATCH_ID,
    "status": _STATUS,
    "total": {"type": "integer", "minimum": 1, "maximum": MOST_ITEMS},
    "processed": {**_COUNT, "description": "Items that have a result of their own"},
    "failed": {**_COUNT, "description": "Items whose result is an error"},
    "accepted_at": MOMENT,
    "finished_at": nullable(MOMENT),
    "estimated_completion": MOMENT,
}
BATCH: Final = define(
    "Batch",
    closed(
        {
            **_PROGRESS,
            "results": {
                "type": "array",
                "description": "In the order of the items, once the batch has ended",
                "items": {"anyOf": [_DECIDED, _ITEM_REFUSED]},
            },
        },
        optional=["results"],
    ),
)
SUMMARY: Final = define(
    "BatchSummary",
    closed(
        {
            "id": _BATCH_ID,
            "status": _STATUS,
            "total": _COUNT,
            "processed": _COUNT,
            "failed": _COUNT,
            "hasCallback": {"type": "boolean"},
            "acceptedAt": MOMENT,
            "startedAt": nullable(MOMENT),
            "finishedAt": nullable(MOMENT),
        }
    ),
)
_EXAMPLE: Final = {
    "transactions": [
        {
            "transaction_id": "txn_abc123",
            "amount": 9850.00,
            "currency": "USD",
            "timestamp": "2025-09-03T14:23:45Z",
            "sender": {"entity_id": "ent_sender_456", "account_id": "acc_789"},
            "receiver": {"entity_id": "ent_receiver_321", "account_id": "acc_654"},
        }
    ],
}
_IDEMPOTENCY_KEY: Final = header(
    HEADER,
    {"type": "string", "pattern": PATTERN},
    "The same key and body within 24 hours: the same batch again, with the header Idempotent-Replayed; with another "
    "body 422",
)
_REPLAYED: Final = {
    "Idempotent-Replayed": {
        "description": "`true` where an earlier call with this Idempotency-Key had handed the batch over",
        "schema": {"const": "true"},
    }
}
_BATCH_PARAMETER: Final = path_parameter("batch_id", "batch", "The batch")
start_batch = documented(
    Operation(
        id="startEntityBatch",
        summary=f"Takes in 1 to {MOST_ITEMS} payments between entities, decided in the background",
        tag=TAG,
        scope="evaluate",
        body=closed(
            {
                "transactions": {
                    "type": "array",
                    "description": "What is not a valid transaction has its problems as its result",
                    "items": {"anyOf": [ENTITY_BODY, {}]},
                    "minItems": 1,
                    "maxItems": MOST_ITEMS,
                },
                "callback_url": nullable(
                    {
                        "type": "string",
                        "maxLength": LONGEST_URL,
                        "description": "Gets one signed POST with all results when the batch has ended",
                    }
                ),
            },
            optional=["callback_url"],
        ),
        body_examples={"one": _EXAMPLE},
        parameters=[_IDEMPOTENCY_KEY, NOT_SIMULATED],
        status=202,
        headers={202: location("/v1/batches/") | _REPLAYED},
        answer=closed({"batch_id": _BATCH_ID, "status": _STATUS, "estimated_completion": MOMENT}),
        errors=(problem.Unprocessable,),
        refusal=REFUSED,
    )
)
show_batch = documented(
    Operation(
        id="showEntityBatch",
        summary="How far a batch is, and its results once it has ended",
        tag=TAG,
        scope="evaluate",
        parameters=[
            _BATCH_PARAMETER,
            query("results", {"enum": ["true", "false"]}, "Whether the results are wanted; default: true"),
        ],
        answer=BATCH,
        errors=(problem.NotFound, problem.Invalid),
        refusal=REFUSED,
    )
)
cancel_batch = documented(
    Operation(
        id="cancelEntityBatch",
        summary="Cancels a batch: what nobody has begun is not decided any more",
        tag=TAG,
        scope="evaluate",
        parameters=[_BATCH_PARAMETER],
        body=closed({}),
        body_is_required=False,
        status=202,
        answer=closed(_PROGRESS),
        errors=(problem.NotFound, problem.Conflict),
        refusal=REFUSED,
    )
)
list_batches = documented(
    Operation(
        id="listBatches",
        summary="The team's batches, the newest first",
        tag=TAG,
        scope="read",
        parameters=[query("status", _STATUS, "Only these"), *PAGING],
        answer=listing(SUMMARY),
        errors=(problem.Invalid,),
    )
)
