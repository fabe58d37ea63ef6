"""What the OpenAPI document says of `/api/screenings`."""

from typing import Any, Final

import msgspec

from ratel import problem
from ratel.schema import (
    MOMENT_FILTER,
    PAGING,
    TEXT_FILTER,
    Operation,
    closed,
    define,
    documented,
    envelope,
    listing,
    nullable,
    path_parameter,
    query,
)
from screening.api.documents import MOMENT, identifier
from screening.models import Screening
from screening.policy import LIST_KINDS
from screening.screenings.subject import MOST_SUBJECTS, SUBJECT_TYPES, SubjectBody

TAG: Final = "screenings"
_WORDS: Final = {"type": "string"}
_SCORE: Final = {"type": "number", "minimum": 0, "maximum": 100}
_TEXTS: Final = {"type": "array", "items": _WORDS}
LANE: Final = {"enum": list(Screening.Lane.values)}
STATUS: Final = {"enum": list(Screening.Status.values)}


def _subject_fields() -> dict[str, Any]:
    """The struct's own fields, with what is checked beyond it."""
    _, components = msgspec.json.schema_components([SubjectBody], ref_template="#/components/schemas/{name}")
    properties: dict[str, Any] = components["SubjectBody"]["properties"]
    for field in properties.values():
        field.pop("default", None)
    properties["fullName"] = {**properties["fullName"], "pattern": r"\S"}
    properties["subjectType"]["description"] = f"In any case: {', '.join(SUBJECT_TYPES)}"
    properties["dateOfBirth"]["description"] = (
        "YYYY-MM-DD, YYYY-MM or YYYY, from 1850 on and not in the future"
    )
    properties["nationality"]["description"] = "ISO 3166-1 alpha-2, in any case"
    properties["customerId"]["description"] = "The bank's own reference; a new one makes the customer"
    return properties


_OPTIONAL: Final = [name for name in _subject_fields() if name != "fullName"]
SUBJECT: Final = define("Subject", closed(_subject_fields(), optional=_OPTIONAL))
BODY: Final = {
    "oneOf": [
        closed({"lane": LANE, **_subject_fields()}, optional=_OPTIONAL),
        closed(
            {
                "lane": LANE,
                "subjects": {"type": "array", "items": SUBJECT, "minItems": 1, "maxItems": MOST_SUBJECTS},
            }
        ),
    ]
}
_ENTRY: Final[dict[str, Any]] = {
    "watchlistId": nullable(identifier("wls")),
    "entryId": _WORDS,
    "reference": _WORDS,
    "list": _WORDS,
    "category": {"enum": list(LIST_KINDS)},
    "matchedName": _WORDS,
    "listedName": _WORDS,
    "score": _SCORE,
    "explanation": _TEXTS,
}
MATCH: Final = define(
    "Match",
    closed(
        {
            **_ENTRY,
            "status": {"enum": ["review", "confirmed"]},
            "decisionId": {**identifier("mdc"), "description": "The decision that confirmed it"},
        },
        optional=["decisionId"],
    ),
)
NEAR_MISS: Final = define("NearMiss", closed(_ENTRY))
SUPPRESSED: Final = define("SuppressedMatch", closed({**_ENTRY, "decisionId": identifier("mdc")}))
_SUMMARY: Final[dict[str, Any]] = {
    "screeningId": identifier("scr"),
    "lane": LANE,
    "customerId": nullable({**_WORDS, "description": "The bank's own reference"}),
    "status": STATUS,
    "score": _SCORE,
    "alertId": nullable(identifier("alt")),
    "screenedAt": MOMENT,
}
_PROOF: Final = closed(
    {
        "generation": _WORDS,
        "candidates": {"type": "integer", "minimum": 0},
        "bestScore": _SCORE,
        "bestBelow": nullable(NEAR_MISS),
    }
)
SCREENING: Final = define(
    "Screening",
    closed(
        {
            **_SUMMARY,
            "matches": {"type": "array", "items": MATCH},
            "nearMisses": {"type": "array", "items": NEAR_MISS},
            "suppressed": {"type": "array", "items": SUPPRESSED},
            "proof": _PROOF,
        }
    ),
)
SUMMARY: Final = define(
    "ScreeningSummary", closed({**_SUMMARY, "matchCount": {"type": "integer", "minimum": 0}})
)
_DETAIL: Final = define(
    "ScreeningDetail",
    closed(
        {
            **_SUMMARY,
            "matches": {"type": "array", "items": MATCH},
            "nearMisses": {"type": "array", "items": NEAR_MISS},
            "suppressed": {"type": "array", "items": SUPPRESSED},
            "proof": _PROOF,
            "policyVersion": {"type": "integer", "minimum": 1},
            "subject": closed(
                {
                    "fullName": _WORDS,
                    "subjectType": nullable(_WORDS),
                    "dateOfBirth": nullable(_WORDS),
                    "nationality": nullable(_WORDS),
                    "nik": nullable(_WORDS),
                    "gender": nullable(_WORDS),
                }
            ),
        }
    ),
)
run = documented(
    Operation(
        id="runScreening",
        summary="Screens one subject, or up to 100 in order",
        tag=TAG,
        scope="screen.run",
        body=BODY,
        body_examples={
            "one": {
                "lane": "onboarding",
                "fullName": "Viktor Bout",
                "dateOfBirth": "1967-01-13",
                "nationality": "RU",
            },
            "several": {"lane": "ongoing", "subjects": [{"customerId": "c-1", "fullName": "Siti Rahmawati"}]},
        },
        answer=envelope({"anyOf": [SCREENING, {"type": "array", "items": SCREENING, "minItems": 1}]}),
    )
)
list_screenings = documented(
    Operation(
        id="listScreenings",
        summary="The team's screenings, the newest first",
        tag=TAG,
        scope="read",
        parameters=[
            query("status", STATUS, "Only screenings of this status"),
            query("lane", LANE, "Only screenings of this lane"),
            query("customerId", TEXT_FILTER, "Only this customer's, by the bank's own reference"),
            query("from", MOMENT_FILTER, "Screened at this time or later; a date begins at midnight UTC"),
            query("to", MOMENT_FILTER, "Screened at this time or earlier; a date lasts until its end"),
            *PAGING,
        ],
        answer=listing(SUMMARY),
        errors=(problem.Invalid,),
    )
)
show_screening = documented(
    Operation(
        id="getScreening",
        summary="One screening with its subject and matches; the view is written to the audit trail",
        tag=TAG,
        scope="read",
        parameters=[path_parameter("screening_id", "scr", "The screening")],
        answer=envelope(_DETAIL),
        errors=(problem.NotFound,),
    )
)
