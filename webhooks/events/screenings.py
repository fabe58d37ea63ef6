"""Events of name screening. Whose name it was is found under the screening's id, never in the event."""

from typing import Any, Final

from webhooks.events.event import (
    CUSTOMER,
    LANE,
    SCORE,
    TEXT,
    Event,
    closed_object,
    data_of,
    identifier,
    list_of,
    or_null,
    shown,
)


def _data(status: str) -> dict[str, Any]:
    match = closed_object(
        {"watchlistId": TEXT, "entryId": TEXT, "reference": or_null(TEXT), "score": SCORE},
        optional=["reference"],
    )
    return data_of(
        {
            "screeningId": identifier("scr"),
            "customerId": or_null(CUSTOMER),
            "lane": LANE,
            "status": {"const": status},
            "score": SCORE,
            "alertId": or_null(identifier("alt")),
            "matches": {**list_of(match), "description": "The list entries that were met, the best first"},
        },
        optional=["alertId", "matches"],
    )


def _example(status: str, score: float) -> dict[str, Any]:
    match = {"watchlistId": "un-consolidated", "entryId": "6908555", "reference": "QDi.430", "score": score}
    return {
        "screeningId": shown("scr", "1"),
        "customerId": "customer-4711",
        "lane": "onboarding",
        "status": status,
        "score": score,
        "alertId": shown("alt", "1"),
        "matches": [match],
    }


EVENTS: Final = (
    Event(
        "screening.confirmed",
        "A name matches a list so well that it counts as the listed person until somebody decides otherwise",
        _data("confirmed"),
        _example("confirmed", 97.5),
    ),
    Event(
        "screening.review",
        "A name resembles one on a list; a person must look",
        _data("review"),
        _example("review", 88.0),
    ),
)
