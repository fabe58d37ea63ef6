"""What the OpenAPI document says of `/api/rules`."""

from collections.abc import Mapping
from typing import Any, Final

from ratel import problem
from ratel.schema import (
    PAGING,
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
from screening.models import Rule
from screening.rules.aggregates import GROUPING_KEYS
from screening.rules.parse import CODE, MOST_POINTS, MOST_TAGS, MOST_VARIANTS
from screening.rules.problems import LONGEST_STRING
from screening.rules.rule import ACTIONS, LANES, REPORT_CODES, RULE_TYPES, SEVERITIES

TAG: Final = "rules"
_ANY_OBJECT: Final = {"type": "object"}
_REASON: Final = {"type": "string", "minLength": 1, "maxLength": 500}
_EXPLANATION: Final = {"type": "string", "minLength": 1, "maxLength": LONGEST_STRING}
CONDITIONS: Final = define(
    "Conditions",
    {
        "type": "object",
        "minProperties": 1,
        "description": "Data, never code, in one of three forms: a tree of all / any / not over comparisons"
        ' `{"field", "operator", "value"}` and `{"aggregate", "operator", "value"}`; the compact form, one entry a'
        " field (`\"channel\": \"in:['cash','atm_deposit']\"`), joined by AND; or the typed form"
        ' `{"operator": "AND", "conditions": [{"type", "value"}]}`. Answers have the tree. At most 8 levels, 200 nodes.',
    },
)
_CONSEQUENCES: Final[dict[str, Any]] = {
    "severity": {"enum": list(SEVERITIES)},
    "action": {"enum": list(ACTIONS)},
    "scoreContribution": {"type": "integer", "minimum": 0, "maximum": MOST_POINTS},
}
VARIANT: Final = define(
    "RuleVariant",
    closed(
        {"conditions": CONDITIONS, **_CONSEQUENCES, "explanation": _EXPLANATION},
        optional=["severity", "action", "explanation"],
    ),
)


def _listed(items: dict[str, Any], most: int) -> dict[str, Any]:
    return {"type": "array", "items": items, "maxItems": most}


_SAID: Final[dict[str, Any]] = {
    "code": {"type": "string", "pattern": f"^{CODE.pattern}$"},
    "name": {"type": "string", "minLength": 1, "maxLength": 200},
    "description": {"type": "string", "maxLength": LONGEST_STRING},
    "lane": {"enum": list(LANES)},
    "category": {"type": "string", "minLength": 1, "maxLength": 64},
    "type": {"enum": list(RULE_TYPES)},
    **_CONSEQUENCES,
    "conditions": CONDITIONS,
    "appliesWhen": CONDITIONS,
    "groupBy": _listed({"enum": list(GROUPING_KEYS)}, len(GROUPING_KEYS)),
    "variants": _listed(VARIANT, MOST_VARIANTS),
    "explanation": _EXPLANATION,
    "drafts": _listed({"enum": list(REPORT_CODES)}, len(REPORT_CODES)),
    "tags": _listed({"type": "string", "minLength": 1, "maxLength": 64}, MOST_TAGS),
}
_NULLABLE_ANSWERS: Final = ("conditions", "appliesWhen", "explanation")
_NUMBER: Final = {"type": "integer", "minimum": 1}
RULE: Final = define(
    "Rule",
    closed(
        {
            "id": identifier("rul"),
            **{
                name: nullable(schema) if name in _NULLABLE_ANSWERS else schema
                for name, schema in _SAID.items()
            },
            "status": {"enum": list(Rule.Status.values)},
            "version": _NUMBER,
            "liveVersion": nullable(_NUMBER),
            "pendingVersion": nullable(_NUMBER),
            "pendingStatus": nullable({"enum": ["draft", "pending_approval"]}),
            "shadowVersion": nullable(_NUMBER),
            "layer": {"enum": ["regulatory", "custom_rules"]},
            "approvedBy": nullable({"type": "string", "format": "uuid"}),
            "approvedAt": nullable(MOMENT),
            "bypass": nullable(closed({"until": MOMENT, "reason": {"type": "string"}})),
            "createdAt": MOMENT,
        }
    ),
)
_OPTIONAL: Final = [name for name in _SAID if name not in {"code", "name"}]
_BODY_FIELDS: Final = {
    name: nullable(schema) if name in _OPTIONAL else schema for name, schema in _SAID.items()
}
# A list of variants that is given has at least one.
_BODY_FIELDS["variants"] = nullable({**_SAID["variants"], "minItems": 1})
NEW_RULE: Final = define(
    "NewRule",
    {
        **closed(_BODY_FIELDS, optional=_OPTIONAL),
        "description": "Conditions with scoreContribution, or variants that each have their own",
        "anyOf": [
            {"required": ["conditions", "scoreContribution"]},
            {"required": ["variants"]},
        ],
    },
)
CHANGE: Final = define("RuleChange", closed(_BODY_FIELDS, optional=list(_BODY_FIELDS)))
_RULE_ID: Final = path_parameter("rule_id", "rul", "The rule")
_MAY_FAIL: Final = (problem.NotFound, problem.Conflict)
_EXAMPLE: Final = {
    "code": "CASH_BURST",
    "name": "Cash burst",
    "severity": "high",
    "action": "review",
    "scoreContribution": 40,
    "conditions": {
        "channel": "in:['cash','atm_deposit']",
        "direction": "==:credit",
        "amountIdr": "between:[400000000,499999999]",
        "occurrenceWindow": "rolling:P7D",
        "occurrenceThreshold": ">=:3",
    },
}


def _step(
    identity: str,
    summary: str,
    scope: str = "write",
    body: dict[str, Any] | None = None,
    examples: Mapping[str, Any] | None = None,
) -> Operation:
    """An action on one rule; most need no body."""
    return Operation(
        id=identity,
        summary=summary,
        tag=TAG,
        scope=scope,
        parameters=[_RULE_ID],
        body=body or closed({}),
        body_is_required=body is not None,
        body_examples=examples or {},
        answer=envelope(RULE),
        errors=_MAY_FAIL,
    )


list_rules = documented(
    Operation(
        id="listRules",
        summary="The team's rules, the newest first",
        tag=TAG,
        scope="read",
        parameters=[
            query("status", {"enum": list(Rule.Status.values)}, "Only rules of this status"),
            query("severity", {"enum": list(SEVERITIES)}, "Only rules of this severity"),
            *PAGING,
        ],
        answer=listing(RULE),
        errors=(problem.Invalid,),
    )
)
create = documented(
    Operation(
        id="createRule",
        summary="A new rule, as a draft",
        tag=TAG,
        scope="write",
        body=NEW_RULE,
        body_examples={"compact": _EXAMPLE},
        status=201,
        answer=envelope(RULE),
        errors=(problem.Conflict,),
    )
)
show = documented(
    Operation(
        id="getRule",
        summary="One rule, as its live version says it",
        tag=TAG,
        scope="read",
        parameters=[
            _RULE_ID,
            query("version", {"type": "integer", "minimum": 0, "maximum": 999_999_999}, "Another version"),
        ],
        answer=envelope(RULE),
        errors=(problem.Invalid, problem.NotFound),
    )
)
update = documented(
    Operation(
        id="updateRule",
        summary="Edits a draft in place; a live rule gets a new draft version and stays as it is until approval",
        tag=TAG,
        scope="write",
        parameters=[_RULE_ID],
        body=CHANGE,
        body_examples={"more points": {"scoreContribution": 45, "severity": "critical"}},
        answer=envelope(RULE),
        errors=_MAY_FAIL,
    )
)
submit = documented(_step("submitRule", "Hands the draft over for approval"))
approve = documented(
    _step("approveRule", "Makes the submitted version live; not for whoever drafted it", "approve")
)
reject = documented(
    _step(
        "rejectRule",
        "Gives a submitted version back as a draft",
        body=closed({"reason": _REASON}),
        examples={"usual": {"reason": "It would alert on salaries too"}},
    )
)
pause = documented(_step("pauseRule", "Lets a live rule decide nothing until it is activated"))
activate = documented(_step("activateRule", "Resumes a paused rule"))
archive = documented(_step("archiveRule", "Puts a rule away for good"))
bypass = documented(
    _step(
        "bypassRule",
        "Lets a live rule rest until a time at most 90 days ahead; until null ends it",
        body={
            "anyOf": [
                closed({"until": MOMENT, "reason": _REASON}),
                closed({"until": {"type": "null"}, "reason": nullable(_REASON)}, optional=["reason"]),
            ]
        },
        examples={"rest": {"until": "2026-12-24T09:00:00Z", "reason": "The holiday sale"}},
    )
)
