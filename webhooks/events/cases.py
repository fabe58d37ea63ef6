"""Events of cases. That a report was drafted or filed is no field here: a case must not tell of it."""

from typing import Any, Final

from webhooks.events.event import EXTERNAL, TEXT, Event, data_of, identifier, list_of, shown

TYPES: Final = [
    "SUSPICIOUS_TRANSACTION",
    "AML_ALERT",
    "SANCTIONS_HIT",
    "PEP_MATCH",
    "FRAUD_ALERT",
    "KYC_REVIEW",
    "REGULATORY_INQUIRY",
    "BEHAVIORAL_ANOMALY",
]
OPEN_STATUSES: Final = ["OPEN", "IN_PROGRESS", "PENDING_REVIEW", "ESCALATED"]
RESOLUTIONS: Final = ["RESOLVED_FALSE_POSITIVE", "RESOLVED_TRUE_POSITIVE"]
CLOSED: Final = "CLOSED"
_OUTCOME: Final = {"disposition": TEXT, "reason": TEXT}


def _data(statuses: list[str], *, has_outcome: bool) -> dict[str, Any]:
    fields = {
        "caseId": identifier("cas"),
        "status": {"enum": statuses},
        "type": {"enum": TYPES},
        "priority": {"enum": ["LOW", "MEDIUM", "HIGH", "CRITICAL"]},
        "alertIds": list_of(identifier("alt")),
        "externalIds": {**list_of(EXTERNAL), "description": "Of each transaction that the alerts are about"},
    }
    return data_of({**fields, **_OUTCOME}) if has_outcome else data_of(fields)


def _example(status: str, **outcome: str) -> dict[str, Any]:
    return {
        "caseId": shown("cas", "1"),
        "status": status,
        "type": "SUSPICIOUS_TRANSACTION",
        "priority": "HIGH",
        "alertIds": [shown("alt", "1")],
        "externalIds": ["payment-2026-11-0815"],
        **outcome,
    }


_SAID: Final = {"disposition": "false_positive", "reason": "Salary of a new employer, contract seen"}
EVENTS: Final = (
    Event("case.created", "A case was opened", _data(OPEN_STATUSES, has_outcome=False), _example("OPEN")),
    Event(
        "case.updated",
        "An alert joined a case, or its status, priority or links changed; the lists hold what is new",
        _data([*OPEN_STATUSES, *RESOLUTIONS, CLOSED], has_outcome=False),
        _example("IN_PROGRESS"),
    ),
    Event(
        "case.resolved",
        "A case was decided: RESOLVED_FALSE_POSITIVE frees what was held, RESOLVED_TRUE_POSITIVE blocks it for good",
        _data(RESOLUTIONS, has_outcome=True),
        _example("RESOLVED_FALSE_POSITIVE", **_SAID),
    ),
    Event(
        "case.closed",
        "A resolved case was put away",
        _data([CLOSED], has_outcome=True),
        _example(CLOSED, **_SAID),
    ),
)
