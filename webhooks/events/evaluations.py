"""Events of evaluations and batches."""

from typing import Any, Final

from webhooks.events.event import (
    ABOUT,
    COUNT,
    DECISION,
    EXAMPLE_ABOUT,
    SCORE,
    TEXT,
    Event,
    data_of,
    identifier,
    list_of,
    or_null,
    shown,
)

_EVALUATION: Final = identifier("evl")
_PARTIAL: Final = data_of(
    {
        "evaluationId": _EVALUATION,
        "missingLayers": list_of(TEXT),
        "failedRules": {**list_of(TEXT), "description": "Codes of the rules that raised an error"},
        **ABOUT,
    }
)
_RESCREENED: Final = data_of(
    {
        "evaluationId": {**_EVALUATION, "description": "The full evaluation"},
        "originalEvaluationId": {**_EVALUATION, "description": "The partial one, which stays as it was"},
        **ABOUT,
        "decision": DECISION,
        "previousDecision": DECISION,
        "riskScore": SCORE,
        "previousRiskScore": SCORE,
        "isMoreSevere": {"type": "boolean"},
        "alertId": or_null(identifier("alt")),
    },
    optional=["previousRiskScore", "isMoreSevere", "alertId"],
)
_RESCREENED_EXAMPLE: Final[dict[str, Any]] = {
    "evaluationId": shown("evl", "2"),
    "originalEvaluationId": shown("evl", "1"),
    **EXAMPLE_ABOUT,
    "decision": "escalate",
    "previousDecision": "pass",
    "riskScore": 100,
    "previousRiskScore": 20,
    "isMoreSevere": True,
    "alertId": shown("alt", "1"),
}
_BATCH: Final = data_of(
    {
        "batchId": TEXT,
        "status": {"enum": ["COMPLETED", "CANCELLED", "FAILED"]},
        "total": COUNT,
        "processed": COUNT,
        "failed": COUNT,
    },
    optional=["failed"],
)
EVENTS: Final = (
    Event(
        "evaluation.partial",
        "A layer did not answer in time or a rule failed; the decision was made without and will be made again",
        _PARTIAL,
        {
            "evaluationId": shown("evl", "1"),
            "missingLayers": ["behavioral"],
            "failedRules": [],
            **EXAMPLE_ABOUT,
        },
    ),
    Event(
        "evaluation.rescreened",
        "A partial evaluation was decided again with every layer",
        _RESCREENED,
        _RESCREENED_EXAMPLE,
    ),
    Event(
        "batch.completed",
        "A batch has ended",
        _BATCH,
        {
            "batchId": "batch_2026_11_001",
            "status": "COMPLETED",
            "total": 1000,
            "processed": 1000,
            "failed": 0,
        },
    ),
)
