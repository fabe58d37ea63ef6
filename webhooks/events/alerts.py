"""Events of alerts."""

from typing import Any, Final

from webhooks.events.event import (
    ABOUT,
    COUNT,
    CUSTOMER,
    DECISION,
    EXAMPLE_ABOUT,
    LANE,
    SCORE,
    SEVERITY,
    Event,
    data_of,
    identifier,
    or_null,
    shown,
)

TRIGGERS: Final = ["rule_fire", "screening_match", "layer", "manual", "retroactive"]
_DATA: Final = data_of(
    {
        "alertId": identifier("alt"),
        **ABOUT,
        # Somebody who was screened is not always a customer.
        "customerId": or_null(CUSTOMER),
        "triggerType": {"enum": TRIGGERS},
        "riskScore": SCORE,
        "severity": SEVERITY,
        "decision": DECISION,
        "lane": LANE,
        "count": {**COUNT, "description": "How many evaluations the alert stands for"},
        "screeningId": or_null(identifier("scr")),
        "evaluationId": or_null(identifier("evl")),
        "caseId": or_null(identifier("cas")),
    },
    optional=["count", "screeningId", "evaluationId", "caseId"],
)
_EXAMPLE: Final[dict[str, Any]] = {
    "alertId": shown("alt", "1"),
    **EXAMPLE_ABOUT,
    "triggerType": "rule_fire",
    "riskScore": 65,
    "severity": "high",
    "decision": "escalate",
    "lane": "transaction",
}
EVENTS: Final = (
    Event(
        "alert.created", "An evaluation that is not a pass, or a name match, left an alert", _DATA, _EXAMPLE
    ),
    Event("alert.triggered", "An alert that was already open passed a threshold again", _DATA, _EXAMPLE),
    Event(
        "alert.escalated", "An alert is an escalation or a block: it waits for an officer", _DATA, _EXAMPLE
    ),
)
