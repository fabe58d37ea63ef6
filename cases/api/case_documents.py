"""What the OpenAPI document says of cases and of what people do with alerts."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from cases.api import case_input as given
from cases.api.documents import EXPLAINED_ALERT
from cases.services.investigation import LONGEST_REASON
from cases.transitions import RESOLUTIONS
from ratel import problem
from ratel.schema import (
    MOMENT_FILTER,
    PAGING,
    TEXT_FILTER,
    Document,
    Operation,
    View,
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
from webhooks.events.cases import TYPES

TAG: Final = "cases"
ALERTS: Final = "alerts"
STATUS: Final = {"enum": list(given.STATUSES)}
PRIORITY: Final = {"enum": list(given.PRIORITIES)}
DISPOSITION: Final = {"enum": list(RESOLUTIONS)}
REASON: Final = {"type": "string", "minLength": 1, "maxLength": LONGEST_REASON, "pattern": r"\S"}
VERSION: Final = {"type": "integer", "minimum": 1, "maximum": 2**31 - 1}
_WORDS: Final = {"type": "string"}
_PERSON: Final = nullable({"type": "string", "format": "uuid"})
_SUMMARY: Final[dict[str, Any]] = {
    "id": identifier("cas"),
    "status": STATUS,
    "type": {"enum": TYPES},
    "priority": PRIORITY,
    "title": _WORDS,
    "tags": {"type": "array", "items": _WORDS},
    "customerId": nullable(_WORDS),
    "assignedToId": _PERSON,
    "relatedTransactionId": nullable(identifier("txn")),
    "disposition": nullable(DISPOSITION),
    "awaitsApproval": {"type": "boolean"},
    "createdAt": MOMENT,
    "updatedAt": MOMENT,
    "resolvedAt": nullable(MOMENT),
    "version": VERSION,
}
NOTE: Final = define(
    "CaseNote",
    closed(
        {
            "id": identifier("nte"),
            "text": _WORDS,
            "authorKind": {"enum": ["key", "person"]},
            "authorId": _PERSON,
            "createdAt": MOMENT,
        }
    ),
)
_STEP: Final = closed(
    {
        "at": MOMENT,
        "action": _WORDS,
        "actorKind": {"enum": ["key", "person", "system"]},
        "actorId": _PERSON,
        "detail": {"type": "object"},
    }
)
_REPORT: Final = closed(
    {"id": identifier("rep"), "type": {"enum": ["SAR", "CTR", "FTR"]}, "status": _WORDS, "createdAt": MOMENT}
)
SUMMARY: Final = define("CaseSummary", closed(_SUMMARY))
CASE: Final = define(
    "Case",
    closed(
        _SUMMARY
        | {
            "description": _WORDS,
            "reason": nullable(_WORDS),
            "alertIds": {"type": "array", "items": identifier("alt")},
            "notes": {"type": "array", "items": NOTE},
            "timeline": {"type": "array", "items": _STEP},
            "reports": {
                "type": "array",
                "items": _REPORT,
                "description": "Only for keys with reports.read",
            },
        },
        optional=["reports"],
    ),
)
NEW_CASE: Final[dict[str, Any]] = {
    "type": {"enum": TYPES},
    "priority": PRIORITY,
    "title": {"type": "string", "maxLength": given.LONGEST_TITLE},
    "description": {"type": "string", "maxLength": given.LONGEST_TEXT},
    "tags": {
        "type": "array",
        "maxItems": given.MOST_TAGS,
        "items": {"type": "string", "minLength": 1, "maxLength": given.LONGEST_TAG},
    },
    "customerId": nullable({"type": "string", "minLength": 1, "maxLength": 128}),
    "relatedTransactionId": nullable(identifier("txn")),
    "alertIds": {"type": "array", "items": identifier("alt"), "maxItems": given.MOST_ALERTS},
}
NEW_CASE_FIELDS: Final = frozenset(NEW_CASE)
NEW_CASE_BODY: Final = closed(NEW_CASE, optional=[name for name in NEW_CASE if name != "type"])
_CASE: Final = path_parameter("case_id", "cas", "The case")
_ALERT: Final = path_parameter("alert_id", "alt", "The alert")
_ALERT_EXAMPLE: Final = "alt_01K9W800000000000000000001"
_PERSON_EXAMPLE: Final = "0199f880-0000-7000-8000-000000000001"
_NOTE_EXAMPLE: Final = {"text": "Called the branch: the customer is known there."}
_NEW_CASE_EXAMPLE: Final = {"type": "REGULATORY_INQUIRY", "priority": "HIGH", "title": "Inquiry 44"}
_IDS: Final = {"type": "array", "items": identifier("alt"), "minItems": 1, "maxItems": given.MOST_ALERTS}
FILTERS: Final = (
    query("status", STATUS, "Only cases of this status"),
    query("type", {"enum": TYPES}, "Only cases of this type"),
    query("priority", PRIORITY, "Only cases of this priority"),
    query("customerId", TEXT_FILTER, "Only this customer's, by the bank's own reference"),
    query("assignedToId", {"type": "string", "format": "uuid"}, "Only this person's"),
    query("from", MOMENT_FILTER, "Opened at this time or later"),
    query("to", MOMENT_FILTER, "Opened at this time or earlier"),
)


def _of_case(
    identifier_: str,
    summary: str,
    body: Document | None,
    *,
    example: Mapping[str, Any],
    status: int = 200,
    answer: Document = CASE,
    optional: bool = False,
) -> Callable[[View], View]:
    return documented(
        Operation(
            id=identifier_,
            summary=summary,
            tag=TAG,
            scope="case.write",
            status=status,
            body=body,
            body_examples={"usual": example},
            body_is_required=not optional,
            parameters=[_CASE],
            answer=envelope(answer),
            errors=(problem.Invalid, problem.NotFound, problem.Conflict),
        )
    )


def _of_alert(
    identifier_: str, summary: str, fields: dict[str, Any], *, example: Mapping[str, Any]
) -> Callable[[View], View]:
    return documented(
        Operation(
            id=identifier_,
            summary=summary,
            tag=ALERTS,
            scope="case.write",
            body=closed({**fields, "version": VERSION}, optional=["version"]),
            body_examples={"usual": example},
            parameters=[_ALERT],
            answer=envelope(EXPLAINED_ALERT),
            errors=(problem.NotFound, problem.Conflict),
        )
    )


list_cases = documented(
    Operation(
        id="listCases",
        summary="The team's cases, the newest first",
        tag=TAG,
        scope="read",
        parameters=[*FILTERS, *PAGING],
        answer=listing(SUMMARY),
        errors=(problem.Invalid,),
    )
)
open_case = documented(
    Operation(
        id="openCase",
        summary="Opens a case by hand, with alerts that belong to none yet",
        tag=TAG,
        scope="case.write",
        status=201,
        body=NEW_CASE_BODY,
        body_examples={"byHand": _NEW_CASE_EXAMPLE},
        answer=envelope(CASE),
        errors=(problem.NotFound,),
    )
)
show_case = documented(
    Operation(
        id="getCase",
        summary="One case with notes and timeline; the view is part of the timeline",
        tag=TAG,
        scope="read",
        parameters=[_CASE],
        answer=envelope(CASE),
        errors=(problem.NotFound,),
    )
)
change_case = _of_case(
    "changeCase",
    "Status, priority or assignee; a transition that is not allowed is refused with those that are",
    closed(
        {
            "status": STATUS,
            "priority": PRIORITY,
            "assignedToId": _PERSON,
            "reason": REASON,
            "version": VERSION,
        },
        optional=["status", "priority", "assignedToId", "reason", "version"],
    ),
    example={"status": "IN_PROGRESS", "priority": "HIGH"},
)
note_case = _of_case(
    "noteCase",
    "Adds a note, which nobody can change or remove",
    closed({"text": {"type": "string", "minLength": 1, "maxLength": given.LONGEST_TEXT, "pattern": r"\S"}}),
    example=_NOTE_EXAMPLE,
    status=201,
    answer=NOTE,
)
close_case = _of_case(
    "closeCase",
    "Resolves a case (or proposes to, where resolutions need four eyes); puts away one that is resolved so",
    closed({"disposition": DISPOSITION, "reason": REASON, "version": VERSION}, optional=["version"]),
    example={"disposition": "false_positive", "reason": "Salary from the employer in the contract"},
)
approve_case = _of_case(
    "approveCase",
    "A second person confirms a proposed resolution (scope approve)",
    closed({"version": VERSION}, optional=["version"]),
    example={"version": 3},
    optional=True,
)
send_back_case = _of_case(
    "sendBackCase",
    "A second person refuses a proposed resolution (scope approve)",
    closed({"reason": REASON, "version": VERSION}, optional=["version"]),
    example={"reason": "The contract is not among the files"},
)
reopen_case = _of_case(
    "reopenCase",
    "An officer opens a resolved or closed case again (scope approve)",
    closed({"reason": REASON, "version": VERSION}, optional=["version"]),
    example={"reason": "A new payment to the same account"},
)
link_alerts = _of_case(
    "linkAlerts",
    "Adds alerts that belong to no case yet",
    closed({"alertIds": _IDS}),
    example={"alertIds": [_ALERT_EXAMPLE]},
)
take_next = documented(
    Operation(
        id="takeNextAlert",
        summary="The most urgent alert that nobody has, now the caller's; null where none waits",
        tag=ALERTS,
        scope="case.write",
        body=None,
        answer=envelope(nullable(EXPLAINED_ALERT)),
    )
)
assign_alert = _of_alert(
    "assignAlert",
    "To a person of the team, or with null back into the queue",
    {"assignedToId": _PERSON},
    example={"assignedToId": _PERSON_EXAMPLE},
)
snooze_alert = _of_alert(
    "snoozeAlert",
    "Out of the queue until then, at most 90 days",
    {"until": MOMENT, "reason": REASON},
    example={"until": "2026-12-24T09:00:00Z", "reason": "The branch promised the invoice for then"},
)
dismiss_alert = _of_alert(
    "dismissAlert",
    "A false positive that needs no case",
    {"reason": REASON},
    example={"reason": "Rent, as every month"},
)
escalate_alert = _of_alert(
    "escalateAlert",
    "Into the customer's open case, or a new one",
    {"reason": REASON},
    example={"reason": "The counterparty has no business that we could find"},
)
alerts_at_once = documented(
    Operation(
        id="changeAlerts",
        summary="Assigns or dismisses up to 200 alerts, each for itself; preview changes nothing",
        tag=ALERTS,
        scope="case.write",
        body=closed(
            {
                "action": {"enum": ["assign", "dismiss"]},
                "alertIds": _IDS,
                "reason": REASON,
                "assignedToId": _PERSON,
                "preview": {"type": "boolean"},
            },
            optional=["assignedToId", "preview"],
        ),
        body_examples={
            "preview": {
                "action": "dismiss",
                "alertIds": [_ALERT_EXAMPLE],
                "reason": "One payment, reported three times",
                "preview": True,
            }
        },
        answer=closed(
            {
                "ok": {"const": True},
                "data": {
                    "type": "array",
                    "items": closed(
                        {
                            "id": identifier("alt"),
                            "status": nullable(_WORDS),
                            "refused": {"type": "string", "description": "The code of why it was left alone"},
                        },
                        optional=["refused"],
                    ),
                },
                "preview": {"type": "boolean"},
            }
        ),
    )
)


def for_bank(operation: str, summary: str, scope: str, **more: Any) -> Callable[[View], View]:
    """The same things in the bank dialect, without the envelope."""
    from screening.api.dialect_documents import REFUSED

    return documented(
        Operation(id=operation, summary=summary, tag="dialects", scope=scope, refusal=REFUSED, **more)
    )


_PAGE: Final = {"type": "integer", "minimum": 1, "maximum": 10_000, "default": 1}
bank_list = for_bank(
    "listBankCases",
    "Cases, the newest first",
    "read",
    parameters=[
        *FILTERS[:3],
        query("page", _PAGE, "From 1; the first 10,000 cases can be paged through"),
        query("limit", {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}, "How many"),
    ],
    answer=closed(
        {
            "data": {"type": "array", "items": SUMMARY},
            "page": _PAGE,
            "limit": {"type": "integer"},
            "nextPage": nullable({"type": "integer"}),
        }
    ),
    errors=(problem.Invalid,),
)
bank_open = for_bank(
    "openBankCase",
    "Opens a case",
    "case.write",
    status=201,
    body=NEW_CASE_BODY,
    body_examples={"byHand": _NEW_CASE_EXAMPLE},
    answer=CASE,
    errors=(problem.NotFound,),
)
bank_show = for_bank(
    "getBankCase", "One case", "read", parameters=[_CASE], answer=CASE, errors=(problem.NotFound,)
)
_CHANGED: Final[dict[str, Any]] = {
    "parameters": [_CASE],
    "answer": CASE,
    "errors": (problem.NotFound, problem.Conflict),
}
bank_status = for_bank(
    "changeBankCaseStatus",
    "Moves a case on",
    "case.write",
    body=closed({"status": STATUS, "reason": REASON}, optional=["reason"]),
    body_examples={"taken": {"status": "IN_PROGRESS"}},
    **_CHANGED,
)
bank_assign = for_bank(
    "assignBankCase",
    "Assigns a case",
    "case.write",
    body=closed({"assignedToId": _PERSON}),
    body_examples={"toAPerson": {"assignedToId": _PERSON_EXAMPLE}},
    **_CHANGED,
)
bank_note = for_bank(
    "noteBankCase",
    "Adds a note",
    "case.write",
    status=201,
    parameters=[_CASE],
    body=closed(
        {"text": {"type": "string", "minLength": 1, "maxLength": given.LONGEST_TEXT, "pattern": r"\S"}}
    ),
    body_examples={"usual": _NOTE_EXAMPLE},
    answer=NOTE,
    errors=(problem.NotFound,),
)
