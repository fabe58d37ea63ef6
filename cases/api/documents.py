"""What the OpenAPI document says of `/api/alerts`."""

from typing import Any, Final

from cases.models import Alert
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
from screening.api.documents import HIT, HIT_FIELDS, MOMENT, identifier
from screening.decide import LEVELS

TAG: Final = "alerts"
_WORDS: Final = {"type": "string"}
COMPARED: Final = closed(dict.fromkeys(("subject", "operator", "threshold", "seen"), _WORDS))
EXPLAINED_HIT: Final = define(
    "ExplainedHit",
    closed(
        {
            **HIT_FIELDS,
            "ruleVersion": {"type": "integer", "minimum": 1},
            "explanation": {"type": "string", "description": "One line, ending in the points"},
            "compared": {"type": "array", "items": COMPARED},
        }
    ),
)


def _alert(hit: dict[str, Any]) -> dict[str, Any]:
    return closed(
        {
            "id": identifier("alt"),
            "status": {"enum": list(Alert.Status.values)},
            "severity": {"enum": list(LEVELS)},
            "riskScore": {"type": "number", "minimum": 0},
            "customerId": nullable({**_WORDS, "description": "The bank's own reference"}),
            "transactionId": nullable(identifier("txn")),
            "evaluationId": nullable(identifier("evl")),
            "screeningId": nullable(identifier("scr")),
            "trigger": {"enum": list(Alert.Trigger.values)},
            "lane": {"enum": ["onboarding", "transaction", "ongoing"]},
            "hits": {"type": "array", "items": hit},
            "count": {"type": "integer", "minimum": 1},
            "caseId": nullable(identifier("cas")),
            "assignedToId": nullable({"type": "string", "format": "uuid"}),
            "snoozedUntil": nullable(MOMENT),
            "disposition": nullable({"enum": ["true_positive", "false_positive"]}),
            "dueAt": MOMENT,
            "createdAt": MOMENT,
            "version": {"type": "integer", "minimum": 1},
        }
    )


ALERT: Final = define("Alert", _alert(HIT))
EXPLAINED_ALERT: Final = define("ExplainedAlert", _alert(EXPLAINED_HIT))
list_alerts = documented(
    Operation(
        id="listAlerts",
        summary="The team's alerts, the newest first",
        tag=TAG,
        scope="read",
        parameters=[
            query("status", {"enum": list(Alert.Status.values)}, "Only alerts of this status"),
            query("severity", {"enum": list(LEVELS)}, "Only alerts of this severity"),
            query("customerId", TEXT_FILTER, "Only this customer's, by the bank's own reference"),
            query("from", MOMENT_FILTER, "Created at this time or later; a date begins at midnight UTC"),
            query("to", MOMENT_FILTER, "Created at this time or earlier; a date lasts until its end"),
            *PAGING,
        ],
        answer=listing(ALERT),
        errors=(problem.Invalid,),
    )
)
show_alert = documented(
    Operation(
        id="getAlert",
        summary="One alert with why it was raised; the view is written to the audit trail",
        tag=TAG,
        scope="read",
        parameters=[path_parameter("alert_id", "alt", "The alert")],
        answer=envelope(EXPLAINED_ALERT),
        errors=(problem.NotFound,),
    )
)
