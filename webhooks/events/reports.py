"""Events of suspicious activity reports: confidential by law, so only endpoints that an officer has marked get them."""

from typing import Any, Final

from webhooks.events.event import ABOUT, EXAMPLE_ABOUT, TEXT, Event, data_of, identifier, or_null, shown

_DATA: Final = data_of(
    {
        "reportId": identifier("rep"),
        "evaluationId": or_null(identifier("evl")),
        **ABOUT,
        "caseId": or_null(identifier("cas")),
        "reference": or_null({**TEXT, "description": "What the authority calls the filing"}),
    },
    optional=["reportId", "evaluationId", "caseId", "reference"],
)
_DRAFTED: Final[dict[str, Any]] = {"evaluationId": shown("evl", "1"), **EXAMPLE_ABOUT}
_FILED: Final[dict[str, Any]] = {"reportId": shown("rep", "1"), **EXAMPLE_ABOUT, "caseId": shown("cas", "1")}
EVENTS: Final = (
    Event("sar.drafted", "A report of suspicion was drafted", _DATA, _DRAFTED),
    Event("sar.submitted", "A report of suspicion was filed", _DATA, {**_FILED, "reference": "FIU-2026-1"}),
    Event(
        "sar.acknowledged",
        "The authority has acknowledged a report of suspicion",
        _DATA,
        {**_FILED, "reference": "FIU-2026-1"},
    ),
)
