"""What the OpenAPI document says of `/api/decision-policy`."""

from typing import Any, Final

from ratel import problem
from ratel.schema import PAGING, Operation, closed, define, documented, envelope, listing, nullable, query
from screening.api.documents import MOMENT
from screening.models import DecisionPolicy
from screening.policy import (
    AGGREGATIONS,
    DEFAULTS,
    FOUR_EYES,
    HIGHEST_THRESHOLD,
    LAYER_NAMES,
    LIST_KINDS,
    LONGEST_JOINING_HOURS,
)

TAG: Final = "decision policy"
_SCORE: Final = {"type": "integer", "minimum": 0, "maximum": HIGHEST_THRESHOLD}
_VERSION: Final = {"type": "integer", "minimum": 1}
_STATUS: Final = {"enum": list(DecisionPolicy.Status.values)}


def _number(lowest: int, highest: int) -> dict[str, Any]:
    return {"type": "number", "minimum": lowest, "maximum": highest}


def _each(names: tuple[str, ...], value: dict[str, Any], *, optional: bool) -> dict[str, Any]:
    """An object with a value of one kind under each of these names."""
    return closed(dict.fromkeys(names, value), optional=names if optional else ())


def _fields(*, optional: bool) -> dict[str, Any]:
    return {
        "aggregation": {"enum": list(AGGREGATIONS)},
        "txReviewScore": _SCORE,
        "txEscalateScore": _SCORE,
        "txSarScore": _SCORE,
        "bands": _each(("review", "escalate", "block"), _number(0, 100), optional=optional),
        "weights": _each(LAYER_NAMES, _number(0, 100), optional=optional),
        "failClosed": {"type": "array", "items": {"enum": list(LAYER_NAMES)}},
        "thresholds": _each(LIST_KINDS, _number(70, 100), optional=optional),
        "fourEyes": _each(FOUR_EYES, {"type": "boolean"}, optional=optional),
        "joinAlertsHours": {
            "type": "integer",
            "minimum": 0,
            "maximum": LONGEST_JOINING_HOURS,
            "description": "A repeated alert about the same customer and rule joins an open one that is not older;"
            " 0 joins none",
        },
    }


_ANSWERED: Final = {"version": _VERSION, "status": _STATUS, **_fields(optional=False)}
POLICY: Final = define("DecisionPolicy", closed(_ANSWERED))
POLICY_VERSION: Final = define(
    "DecisionPolicyVersion",
    closed({**_ANSWERED, "changedBy": nullable({"type": "string", "format": "uuid"}), "createdAt": MOMENT}),
)
_CHANGE_FIELDS: Final = _fields(optional=True)
_CHANGE_FIELDS["fourEyes"] = {
    "anyOf": [_CHANGE_FIELDS["fourEyes"], {"type": "array", "items": {"enum": list(FOUR_EYES)}}],
    "description": "An object is merged; a list names what asks for a second person, everything else is then off",
}
CHANGE: Final = define(
    "DecisionPolicyChange",
    {
        **closed(_CHANGE_FIELDS, optional=list(_CHANGE_FIELDS)),
        "description": "What changes. Scores must stay ordered review <= escalate <= sar, bands likewise",
    },
)
_EXAMPLE: Final = {"ok": True, "data": {"version": 2, "status": "live", **DEFAULTS, "txReviewScore": 45}}
EMPTY: Final = closed({})
show = documented(
    Operation(
        id="getDecisionPolicy",
        summary="The version that decides",
        tag=TAG,
        scope="read",
        answer=envelope(POLICY),
        answer_examples={"live": _EXAMPLE},
    )
)
change = documented(
    Operation(
        id="changeDecisionPolicy",
        summary="A new version: live at once, or proposed where the policy asks for four eyes",
        tag=TAG,
        scope="policy.write",
        body=CHANGE,
        body_examples={"review later": {"txReviewScore": 45}},
        answer=envelope(POLICY),
        answer_examples={"live": _EXAMPLE},
    )
)
versions = documented(
    Operation(
        id="listDecisionPolicyVersions",
        summary="Every version, the newest first",
        tag=TAG,
        scope="read",
        parameters=[query("status", _STATUS, "Only versions of this status"), *PAGING],
        answer=listing(POLICY_VERSION),
        errors=(problem.Invalid,),
    )
)
approve = documented(
    Operation(
        id="approveDecisionPolicyVersion",
        summary="Makes a proposed version live; not for whoever proposed it",
        tag=TAG,
        scope="approve` and `policy.write",
        parameters=[{"name": "version", "in": "path", "required": True, "schema": _VERSION}],
        body=EMPTY,
        body_is_required=False,
        answer=envelope(POLICY),
        errors=(problem.NotFound, problem.Conflict),
    )
)
reject = documented(
    Operation(
        id="rejectDecisionPolicyVersion",
        summary="Ends a proposed version; its own proposer withdraws it",
        tag=TAG,
        scope="policy.write` and, for what another proposed, `approve",
        parameters=[{"name": "version", "in": "path", "required": True, "schema": _VERSION}],
        body=define(
            "DecisionPolicyRejection",
            closed({"reason": {"type": "string", "minLength": 1, "maxLength": 500}}),
        ),
        body_examples={"rejected": {"reason": "Two known cases would be missed"}},
        answer=envelope(POLICY),
        errors=(problem.NotFound, problem.Conflict),
    )
)
