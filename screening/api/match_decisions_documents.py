"""What the OpenAPI document says of `/api/match-decisions`."""

from typing import Any, Final

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
from screening.models import MatchDecision
from screening.services.match_decisions import STATUSES

TAG: Final = "match decisions"
LONGEST_REASON: Final = 500
LONGEST_ENTRY_ID: Final = 200
LONGEST_NAME: Final = 500
_WORDS: Final = {"type": "string"}
_VERDICT: Final = {"enum": list(MatchDecision.Verdict.values)}
_STATUS: Final = {"enum": list(STATUSES)}
_REASON: Final = {"type": "string", "minLength": 1, "maxLength": LONGEST_REASON, "pattern": r"\S"}
_SUMMARY: Final[dict[str, Any]] = {
    "id": identifier("mdc"),
    "customerId": nullable({**_WORDS, "description": "The bank's own reference"}),
    "entryId": _WORDS,
    "party": {"enum": list(MatchDecision.Party.values)},
    "verdict": _VERDICT,
    "status": _STATUS,
    "decidedBy": closed({"kind": {"enum": ["key", "person"]}, "id": {"type": "string", "format": "uuid"}}),
    "decidedAt": MOMENT,
    "expiresAt": nullable(MOMENT),
    "endedAt": nullable(MOMENT),
}
SUMMARY: Final = define("MatchDecisionSummary", closed(_SUMMARY))
DECISION: Final = define(
    "MatchDecision",
    closed(
        {
            **_SUMMARY,
            "reason": _WORDS,
            "counterpartyName": nullable(_WORDS),
            "endReason": nullable(_WORDS),
        }
    ),
)
BODY: Final = define(
    "NewMatchDecision",
    closed(
        {
            "customerId": {**TEXT_FILTER, "description": "The bank's own reference"},
            "entryId": {
                "type": "string",
                "minLength": 1,
                "maxLength": LONGEST_ENTRY_ID,
                "description": "As in a match: the list's code, a colon, the publisher's reference",
            },
            "verdict": _VERDICT,
            "reason": _REASON,
            "expiresAt": nullable({**MOMENT, "description": "In the future; without one it holds for good"}),
            "counterpartyName": nullable(
                {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": LONGEST_NAME,
                    "description": "The counterparty that it is about; without one it is about the customer",
                }
            ),
        },
        optional=["expiresAt", "counterpartyName"],
    ),
)
create = documented(
    Operation(
        id="createMatchDecision",
        summary="Decides a match for good: it alerts no more, or always; in force within a second",
        tag=TAG,
        scope="case.write",
        status=201,
        body=BODY,
        body_examples={
            "not this person": {
                "customerId": "c-1",
                "entryId": "ofac-sdn:12345",
                "verdict": "not_this_person",
                "reason": "Born 30 years later, another passport",
                "expiresAt": "2030-01-01T00:00:00Z",
            }
        },
        answer=envelope(DECISION),
    )
)
list_decisions = documented(
    Operation(
        id="listMatchDecisions",
        summary="The team's decisions, the newest first",
        tag=TAG,
        scope="read",
        parameters=[
            query("status", _STATUS, "Only decisions of this status"),
            query("verdict", _VERDICT, "Only decisions of this verdict"),
            query("customerId", TEXT_FILTER, "Only this customer's, by the bank's own reference"),
            query("from", MOMENT_FILTER, "Decided at this time or later; a date begins at midnight UTC"),
            query("to", MOMENT_FILTER, "Decided at this time or earlier; a date lasts until its end"),
            *PAGING,
        ],
        answer=listing(SUMMARY),
        errors=(problem.Invalid,),
    )
)
show_decision = documented(
    Operation(
        id="getMatchDecision",
        summary="One decision with its reason; the view is written to the audit trail",
        tag=TAG,
        scope="read",
        parameters=[path_parameter("decision_id", "mdc", "The decision")],
        answer=envelope(DECISION),
        errors=(problem.NotFound,),
    )
)
withdraw = documented(
    Operation(
        id="withdrawMatchDecision",
        summary="Ends a decision: the match alerts again",
        tag=TAG,
        scope="case.write",
        parameters=[path_parameter("decision_id", "mdc", "The decision")],
        body=closed({"reason": _REASON}),
        body_examples={"usual": {"reason": "A new passport came to light"}},
        answer=envelope(DECISION),
        errors=(problem.NotFound, problem.Conflict),
    )
)
