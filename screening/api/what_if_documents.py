"""What the OpenAPI document says of `/api/decision-policy/what-if`."""

from typing import Final

from ratel import problem
from ratel.schema import Operation, closed, define, documented, envelope, nullable
from screening.api.documents import MOMENT
from screening.api.policy_documents import CHANGE, TAG
from screening.what_if.compare import NOT_RECOMPUTED
from screening.what_if.counting import BARS
from screening.what_if.outcomes import MOST_EXAMPLES
from screening.what_if.window import MOST_DAYS, USUAL_DAYS

_COUNT: Final = {"type": "integer", "minimum": 0}
_FIGURE: Final = {"type": "number", "minimum": 0}
_BOTH: Final = closed({"live": _COUNT, "draft": _COUNT})
_OUTLOOK: Final = define(
    "WhatIfOutlook",
    closed(
        {
            "alerts": {**_COUNT, "description": "Payments that are not passed"},
            "escalations": _COUNT,
            "blocks": _COUNT,
            "alertsADay": _FIGURE,
            "escalationsADay": _FIGURE,
            "blocksADay": _FIGURE,
            "analystHoursADay": {
                **nullable(_FIGURE),
                "description": "At the team's own median handling time; null while no alert was opened and closed",
            },
            "scores": {
                "type": "array",
                "maxItems": BARS,
                "items": closed({"from": _COUNT, "evaluations": _COUNT}),
                "description": "Evaluations by score, in steps of five points; the last step has no end",
            },
            "sarDrafts": {**_COUNT, "description": "Only with the scope `reports.read`"},
            "sarDraftsADay": {**_FIGURE, "description": "Only with the scope `reports.read`"},
        },
        optional=("sarDrafts", "sarDraftsADay"),
    ),
)
_MISSED: Final = define(
    "WhatIfMissed",
    closed(
        {
            "alertId": {"type": "string", "pattern": "^alt_[0-9A-Z]{26}$"},
            "caseId": nullable({"type": "string", "pattern": "^cas_[0-9A-Z]{26}$"}),
            "score": {**_FIGURE, "description": "Under the draft"},
            "amount": {**nullable({"type": "number"}), "description": "In the team's currency"},
            "rules": {"type": "array", "items": {"type": "string"}},
        }
    ),
)
ANSWER: Final = define(
    "WhatIf",
    closed(
        {
            "policyVersion": {"type": "integer", "minimum": 1},
            "from": MOMENT,
            "to": MOMENT,
            "days": {**_FIGURE, "description": "What the figures of a day are divided by"},
            "evaluations": _COUNT,
            "unreadEvaluations": {
                **_COUNT,
                "description": "Too old to be judged again, in none of the figures",
            },
            "notRecomputed": {
                "type": "array",
                "items": {"enum": list(NOT_RECOMPUTED)},
                "description": "Changes of the draft that act before the stored scores, or beside them",
            },
            "live": _OUTLOOK,
            "draft": _OUTLOOK,
            "closedAlerts": {**_COUNT, "description": "Judged by both policies, at most the newest 50,000"},
            "openAlerts": {**_COUNT, "description": "Not closed, in neither of the next two"},
            "truePositivesMissed": _BOTH,
            "falsePositivesSaved": _BOTH,
            "missed": {"type": "array", "maxItems": MOST_EXAMPLES, "items": _MISSED},
        }
    ),
)
ASKED: Final = define(
    "WhatIfAsked",
    closed(
        {
            "change": CHANGE,
            "days": {"type": "integer", "minimum": 1, "maximum": MOST_DAYS, "default": USUAL_DAYS},
        },
        optional=("change", "days"),
    ),
)
ask = documented(
    Operation(
        id="askWhatIf",
        summary="What a changed policy would have made of the last days; nothing is evaluated again, nothing changes",
        tag=TAG,
        scope="read",
        body=ASKED,
        body_examples={"review later": {"days": 30, "change": {"txReviewScore": 45}}},
        answer=envelope(ANSWER),
        errors=(problem.Unprocessable,),
    )
)
