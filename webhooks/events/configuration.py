"""Events of what decides: lists, rules, policy, models; and the test event of an endpoint."""

from typing import Any, Final

from webhooks.events.event import COUNT, MOMENT, TEXT, Event, data_of, identifier, or_null, shown

_NUMBER: Final = {"type": "integer", "minimum": 1}
_SIDE: Final = {"type": "object", "description": "Only the fields that changed"}
_WATCHLIST: Final = data_of(
    {
        "watchlistId": or_null(TEXT),
        "code": TEXT,
        "name": TEXT,
        "generation": {"type": ["string", "integer"]},
        "added": COUNT,
        "changed": COUNT,
        "removed": COUNT,
        "entries": COUNT,
    },
    optional=["watchlistId", "name", "entries"],
)
_BYPASS: Final = data_of({"ruleId": identifier("rul"), "ruleCode": TEXT, "until": MOMENT, "reason": TEXT})
_POLICY: Final = data_of(
    {"version": _NUMBER, "previousVersion": _NUMBER, "before": _SIDE, "after": _SIDE},
)
_MODEL: Final = data_of(
    {"tier": TEXT, "version": TEXT, "previousVersion": or_null(TEXT), "reason": TEXT}, optional=["reason"]
)
_TEST: Final = data_of({"endpointId": identifier("whe"), "message": TEXT})
_WATCHLIST_EXAMPLE: Final[dict[str, Any]] = {
    "code": "un-consolidated",
    "generation": 42,
    "added": 3,
    "changed": 1,
    "removed": 0,
}
EVENTS: Final = (
    Event(
        "watchlist.refreshed",
        "A list has a new generation, in effect at once",
        _WATCHLIST,
        _WATCHLIST_EXAMPLE,
    ),
    Event(
        "rule.bypassed",
        "A live rule rests until a time",
        _BYPASS,
        {
            "ruleId": shown("rul", "1"),
            "ruleCode": "HIGH_AMT_IDR",
            "until": "2026-11-30T00:00:00Z",
            "reason": "Payout of the annual bonus",
        },
    ),
    Event(
        "decisionPolicy.updated",
        "Another version of the decision policy decides",
        _POLICY,
        {"version": 3, "previousVersion": 2, "before": {"txReviewScore": 40}, "after": {"txReviewScore": 45}},
    ),
    Event(
        "model.updated",
        "Another model decides in the decision engine",
        _MODEL,
        {"tier": "logistic_regression", "version": "2026-11-21", "previousVersion": "2026-10-01"},
    ),
    Event(
        "webhook.test",
        "Somebody asked for a test of this endpoint; sent whatever it subscribes to",
        _TEST,
        {"endpointId": shown("whe", "1"), "message": "This is a test"},
    ),
)
