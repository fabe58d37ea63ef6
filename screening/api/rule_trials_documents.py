"""What the OpenAPI document says of back-tests and of rules in the shadow."""

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
)
from screening.api.documents import MOMENT, identifier
from screening.api.rule_documents import RULE, TAG
from screening.models import BackTest
from screening.rule_trials.services import LONGEST_DAYS, USUAL_DAYS

_COUNT: Final = {"type": "integer", "minimum": 0}
_DECISION: Final = {"enum": ["pass", "review", "escalate", "block"]}
_EXAMPLE: Final = closed(
    {
        "evaluationId": identifier("evl"),
        "alertId": nullable(identifier("alt")),
        "customerId": identifier("cus"),
        "decision": _DECISION,
        "wouldBe": _DECISION,
        "disposition": nullable({"type": "string"}),
        "decidedAt": MOMENT,
    }
)
_EXAMPLES: Final = {"type": "array", "items": _EXAMPLE, "maxItems": 10}
_RESULT: Final = define(
    "BackTestResult",
    closed(
        {
            "evaluated": _COUNT,
            "hits": _COUNT,
            "hitsBefore": {**_COUNT, "description": "Hits of the same rule as it was live then"},
            "unknown": {**_COUNT, "description": "No hit, because a value was unknown"},
            "cannotTell": {**_COUNT, "description": "The stored facts cannot be read"},
            "alertsBefore": {**_COUNT, "description": "Decisions other than pass, before alerts join"},
            "alertsAfter": _COUNT,
            "alertsAdded": _COUNT,
            "alertsRemoved": _COUNT,
            "raised": {**_COUNT, "description": "Still an alert, more severe"},
            "lowered": {**_COUNT, "description": "Still an alert, less severe"},
            "truePositives": {**_COUNT, "description": "Hits whose alert was closed as a true positive"},
            "falsePositives": _COUNT,
            "precision": nullable({"type": "number", "minimum": 0, "maximum": 1}),
            "lostTruePositives": {**_COUNT, "description": "Of the removed alerts"},
            "savedFalsePositives": _COUNT,
            "days": {
                "type": "array",
                "items": closed(
                    {
                        "day": {"type": "string", "format": "date"},
                        "evaluated": _COUNT,
                        "hits": _COUNT,
                        "added": _COUNT,
                        "removed": _COUNT,
                    }
                ),
            },
            "examples": closed({"added": _EXAMPLES, "removed": _EXAMPLES, "hits": _EXAMPLES}),
        }
    ),
)
BACK_TEST: Final = define(
    "BackTest",
    closed(
        {
            "id": identifier("bkt"),
            "ruleId": identifier("rul"),
            "version": {"type": "integer", "minimum": 1},
            "days": {"type": "integer", "minimum": 1, "maximum": LONGEST_DAYS},
            "status": {"enum": list(BackTest.Status.values)},
            "percentDone": {"type": "integer", "minimum": 0, "maximum": 100},
            "evaluations": nullable(_COUNT),
            "result": nullable(_RESULT),
            "createdAt": MOMENT,
            "finishedAt": nullable(MOMENT),
        }
    ),
)
_RULE_ID: Final = path_parameter("rule_id", "rul", "The rule")
_BACK_TEST_ID: Final = path_parameter("back_test_id", "bkt", "The back-test")
_MAY_FAIL: Final = (problem.NotFound, problem.Conflict)
_BODY: Final[dict[str, Any]] = closed(
    {
        "days": nullable({"type": "integer", "minimum": 1, "maximum": LONGEST_DAYS, "default": USUAL_DAYS}),
        "version": nullable({"type": "integer", "minimum": 1, "maximum": 999_999_999}),
    },
    optional=["days", "version"],
)

list_back_tests = documented(
    Operation(
        id="listBackTests",
        summary="The rule's back-tests, the newest first",
        tag=TAG,
        scope="read",
        parameters=[_RULE_ID, *PAGING],
        answer=listing(BACK_TEST),
        errors=(problem.Invalid, problem.NotFound),
    )
)
start = documented(
    Operation(
        id="startBackTest",
        summary="Tests a version of the rule over stored history, by default the one that is being worked on",
        tag=TAG,
        scope="write",
        parameters=[_RULE_ID],
        body=_BODY,
        body_examples={"a month": {"days": 30}},
        body_is_required=False,
        status=202,
        answer=envelope(BACK_TEST),
        errors=_MAY_FAIL,
    )
)
show = documented(
    Operation(
        id="getBackTest",
        summary="One back-test: how far it is, and its result",
        tag=TAG,
        scope="read",
        parameters=[_RULE_ID, _BACK_TEST_ID],
        answer=envelope(BACK_TEST),
        errors=(problem.NotFound,),
    )
)
cancel = documented(
    Operation(
        id="cancelBackTest",
        summary="Ends a back-test that is at work",
        tag=TAG,
        scope="write",
        parameters=[_RULE_ID, _BACK_TEST_ID],
        body=closed({}),
        body_is_required=False,
        answer=envelope(BACK_TEST),
        errors=_MAY_FAIL,
    )
)


def _step(identity: str, summary: str) -> Operation:
    return Operation(
        id=identity,
        summary=summary,
        tag=TAG,
        scope="write",
        parameters=[_RULE_ID],
        body=closed({}),
        body_is_required=False,
        answer=envelope(RULE),
        errors=_MAY_FAIL,
    )


shadow = documented(
    _step("shadowRule", "Judges and counts the version that is being worked on beside what decides")
)
unshadow = documented(_step("unshadowRule", "Takes the rule's version out of the shadow"))
