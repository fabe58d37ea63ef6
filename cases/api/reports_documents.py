"""What the OpenAPI document says of reports and of who reports."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from cases.models import Report
from cases.reports import entity as entities
from cases.reports import fields
from cases.reports.filing import LONGEST_REFERENCE
from cases.reports.indicators import WORDS
from cases.reports.selectors import TYPES
from cases.reports.serial import PARTY_FIELDS, camel
from cases.services.investigation import LONGEST_REASON
from ratel import problem
from ratel.schema import (
    PAGING,
    TEXT_FILTER,
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

TAG: Final = "reports"
_WORDS: Final = {"type": "string"}
_EXACT: Final = nullable({"type": "string", "description": "An exact decimal number"})
STATUS: Final = {"enum": list(Report.Status.values)}
TYPE: Final = {"enum": list(TYPES)}
VERSION: Final = {"type": "integer", "minimum": 1, "maximum": 2**31 - 1}
INDICATOR: Final = {"enum": list(WORDS)}
REASON: Final = {"type": "string", "minLength": 1, "maxLength": LONGEST_REASON, "pattern": r"\S"}
REFERENCE: Final = {"type": "string", "minLength": 1, "maxLength": LONGEST_REFERENCE, "pattern": r"\S"}
_SUMMARY: Final[dict[str, Any]] = {
    "id": identifier("rep"),
    "type": TYPE,
    "name": {**_WORDS, "description": "What the jurisdiction calls it"},
    "status": STATUS,
    "customerId": {**_WORDS, "description": "The bank's own reference"},
    "caseId": nullable(identifier("cas")),
    "alertId": nullable(identifier("alt")),
    "evaluationId": nullable(identifier("evl")),
    "transactionId": nullable(identifier("txn")),
    "reason": {**_WORDS, "description": "What drafted it: a rule, the policy, or manual"},
    "createdAt": MOMENT,
    "detectedAt": MOMENT,
    "dueAt": MOMENT,
    "isOverdue": {"type": "boolean"},
    "approvedAt": nullable(MOMENT),
    "filedAt": nullable(MOMENT),
    "version": VERSION,
}
_PARTY: Final = closed({"key": _WORDS, **dict.fromkeys(PARTY_FIELDS, nullable(_WORDS))})
_PAYMENT: Final = closed(
    {
        "id": identifier("txn"),
        "number": _WORDS,
        "occurredAt": MOMENT,
        "direction": nullable(_WORDS),
        "amount": _EXACT,
        "currency": _WORDS,
        "localAmount": _EXACT,
        "isCash": {"type": "boolean"},
        "channel": nullable(_WORDS),
        "narration": nullable(_WORDS),
        "party": nullable(_WORDS),
        "isLeftOut": {"type": "boolean"},
    }
)
CONTENT: Final = define(
    "ReportContent",
    closed(
        {
            "narrative": _WORDS,
            "assessment": _WORDS,
            "action": _WORDS,
            "indicators": {"type": "array", "items": INDICATOR},
            "parties": {"type": "array", "items": _PARTY},
            "transactions": {"type": "array", "items": _PAYMENT},
            "facts": {"type": "array", "items": closed({"sentence": _WORDS, "source": _WORDS})},
        }
    ),
)
SUMMARY: Final = define("ReportSummary", closed(_SUMMARY))
_STEP: Final = closed(
    {"at": MOMENT, "action": _WORDS, "by": _WORDS, "words": nullable(_WORDS), "version": nullable(VERSION)}
)
_FILING: Final = closed(
    {
        "kind": {"enum": ["filing", "acknowledgement"]},
        "reference": _WORDS,
        "fileName": nullable(_WORDS),
        "at": MOMENT,
    }
)
REPORT: Final = define(
    "Report",
    closed(
        _SUMMARY
        | {
            "content": CONTENT,
            "missing": {
                "type": "array",
                "description": "What stands in the way of filing",
                "items": closed({"path": _WORDS, "message": _WORDS}),
            },
            "allowed": {"type": "array", "items": _WORDS},
            "steps": {"type": "array", "items": _STEP},
            "filings": {"type": "array", "items": _FILING},
        }
    ),
)
NEW_REPORT: Final = {
    "type": TYPE,
    "caseId": identifier("cas"),
    "alertId": identifier("alt"),
    "transactionId": identifier("txn"),
}
_PARTY_CHANGE: Final = closed(
    {
        "key": {"type": "string", "minLength": 1, "maxLength": 40},
        **{
            shown: {"type": "string", "maxLength": fields.BY_NAME[name].longest}
            for shown, name in PARTY_FIELDS.items()
        },
    },
    optional=list(PARTY_FIELDS),
)
CHANGE: Final[dict[str, Any]] = {
    "narrative": {"type": "string", "maxLength": fields.LONGEST_NARRATIVE},
    "assessment": {"type": "string", "maxLength": fields.LONGEST_ASSESSMENT},
    "action": {"type": "string", "maxLength": fields.LONGEST_ACTION},
    "indicators": {"type": "array", "items": INDICATOR, "maxItems": len(WORDS)},
    "parties": {"type": "array", "items": _PARTY_CHANGE, "maxItems": 200},
    "leftOut": {"type": "array", "items": identifier("txn"), "maxItems": 200},
    "version": VERSION,
}
ENTITY_FIELDS: Final = {camel(field.name): field for field in entities.FIELDS}
ENTITY: Final = define(
    "ReportingEntity",
    closed({name: nullable(_WORDS) for name in ENTITY_FIELDS} | {"version": {"type": "integer"}}),
)
ENTITY_CHANGE: Final[dict[str, Any]] = {
    name: {"type": "string", "maxLength": field.longest} for name, field in ENTITY_FIELDS.items()
} | {"version": {"type": "integer", "minimum": 0, "maximum": 2**31 - 1}}
_REPORT: Final = path_parameter("report_id", "rep", "The report")
_REFUSALS: Final = (problem.Invalid, problem.NotFound, problem.Conflict, problem.Unprocessable)


def _of_report(
    name: str,
    summary: str,
    scope: str,
    body: dict[str, Any],
    *,
    example: Mapping[str, Any],
    needed: tuple[str, ...] = (),
) -> Callable[[View], View]:
    """An action on one report; `version` may always be sent, a body need not be where nothing is `needed`."""
    given = {**body, "version": VERSION}
    return documented(
        Operation(
            id=name,
            summary=summary,
            tag=TAG,
            scope=scope,
            body=closed(given, optional=[one for one in given if one not in needed]),
            body_is_required=bool(needed),
            body_examples={"usual": example},
            parameters=[_REPORT],
            answer=envelope(REPORT),
            errors=_REFUSALS,
        )
    )


list_reports = documented(
    Operation(
        id="listReports",
        summary="The team's reports, the newest first",
        tag=TAG,
        scope="reports.read",
        parameters=[
            query("type", TYPE, "Only reports of this type"),
            query("status", STATUS, "Only reports of this status"),
            query("customerId", TEXT_FILTER, "Only about this customer, by the bank's own reference"),
            *PAGING,
        ],
        answer=listing(SUMMARY),
        errors=(problem.Invalid,),
    )
)
draft_report = documented(
    Operation(
        id="draftReport",
        summary="Drafts a report about one case, alert or transaction, prefilled from what is stored",
        tag=TAG,
        scope="reports.write",
        status=201,
        body=closed(NEW_REPORT, optional=["caseId", "alertId", "transactionId"]),
        body_examples={"ofCase": {"type": "SAR", "caseId": "cas_01K9W800000000000000000001"}},
        answer=envelope(REPORT),
        errors=(problem.NotFound, problem.Conflict, problem.Unprocessable),
    )
)
show_report = documented(
    Operation(
        id="getReport",
        summary="One report with what it says and what it lacks; the view is written to the audit trail",
        tag=TAG,
        scope="reports.read",
        parameters=[_REPORT],
        answer=envelope(REPORT),
        errors=(problem.NotFound,),
    )
)
change_report: Final = _of_report(
    "changeReport",
    "Changes a draft; one that was sent back is a draft again",
    "reports.write",
    CHANGE,
    example={"narrative": "Three cash deposits within a day, each below the threshold."},
)
submit_report: Final = _of_report(
    "submitReport",
    "To the second person, once it is complete and valid; else 422 with what is missing",
    "reports.write",
    {},
    example={"version": 2},
)
approve_report: Final = _of_report(
    "approveReport",
    "A second person approves, never the maker (a person with reports.approve)",
    "reports.write",
    {},
    example={"version": 3},
)
send_back_report: Final = _of_report(
    "sendBackReport",
    "A second person sends it back (a person with reports.approve)",
    "reports.write",
    {"reason": REASON},
    example={"reason": "Say where the cash came from"},
    needed=("reason",),
)
file_report: Final = _of_report(
    "fileReport",
    "Records the filing; final (a person with reports.approve)",
    "reports.write",
    {"reference": REFERENCE, "filedAt": MOMENT},
    example={"reference": "NFIU-2026-000117"},
    needed=("reference",),
)
acknowledge_report: Final = _of_report(
    "acknowledgeReport",
    "Records the authority's acknowledgement of a filed report (a person with reports.approve)",
    "reports.write",
    {"reference": REFERENCE},
    example={"reference": "ACK-2026-000117"},
    needed=("reference",),
)
export_report = documented(
    Operation(
        id="exportReport",
        summary="The report as a file: goAML XML (only where it is valid), PDF or JSON",
        tag=TAG,
        scope="reports.read",
        parameters=[
            _REPORT,
            query("format", {"enum": ["goaml", "pdf", "json"], "default": "json"}, "Which file"),
        ],
        answer={"type": "object"},
        files=("application/xml", "application/pdf"),
        errors=(problem.Invalid, problem.NotFound, problem.Unprocessable),
    )
)
show_entity = documented(
    Operation(
        id="getReportingEntity",
        summary="Who reports for the team",
        tag=TAG,
        scope="reports.read",
        answer=envelope(ENTITY),
    )
)
change_entity = documented(
    Operation(
        id="changeReportingEntity",
        summary="Changes who reports (a person with reports.approve)",
        tag=TAG,
        scope="reports.write",
        body=closed(ENTITY_CHANGE, optional=list(ENTITY_CHANGE)),
        body_examples={
            "usual": {
                "institutionName": "Acme Bank",
                "institutionCode": "044",
                "branch": "Head Office",
                "city": "Lagos",
                "country": "NG",
            }
        },
        answer=envelope(ENTITY),
        errors=(problem.Invalid, problem.Conflict),
    )
)
