"""What the OpenAPI document says of queue mode."""

from typing import Any, Final

from ratel import problem
from ratel.schema import Operation, closed, define, documented, envelope, path_parameter
from screening.api.documents import DECISION_FIELDS, TAG, identifier

_ID: Final = {"evaluationId": identifier("evl")}
PENDING: Final = define("PendingEvaluation", closed({**_ID, "status": {"const": "pending"}}))
_REFUSAL: Final[dict[str, Any]] = {
    "status": {"type": "integer", "minimum": 400, "maximum": 599},
    "code": {"type": "string", "description": "What programs test"},
    "title": {"type": "string"},
    "detail": {"type": "string"},
    "errors": {
        "type": "array",
        "items": closed({"path": {"type": "string"}, "message": {"type": "string"}}),
    },
}
REFUSED: Final = define(
    "RefusedEvaluation", closed({**_ID, "status": {"const": "refused"}, "error": closed(_REFUSAL)})
)
DONE: Final = define(
    "DoneEvaluation",
    closed({"status": {"const": "done"}, **DECISION_FIELDS}, optional=["alertId", "blocked"]),
)
show_evaluation = documented(
    Operation(
        id="showEvaluation",
        summary="An evaluation of the team, or that it is still waiting in the queue",
        tag=TAG,
        scope="evaluate",
        parameters=[path_parameter("evaluation_id", "evl", "The evaluation")],
        answer=envelope({"anyOf": [PENDING, DONE, REFUSED]}),
        errors=(problem.NotFound,),
    )
)
