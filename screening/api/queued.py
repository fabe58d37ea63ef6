"""Queue mode of the native dialect: `Prefer: respond-async`, and `GET /api/evaluations/{id}` for what came of it."""

from typing import Any, Final
from uuid import UUID

import orjson
from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from ratel.identifiers import read, show
from ratel.json import encode
from ratel.problem import NotFound
from ratel.requests import Incoming, client_address
from ratel.sealing import unseal
from ratel.tenancy import tenant
from screening.answer import Evaluated
from screening.api import queued_documents as documents
from screening.api.resource import Resource
from screening.dialects import native
from screening.evaluation import Evaluation
from screening.models import Evaluation as StoredEvaluation
from screening.models import QueuedEvaluation
from screening.queue_mode.enqueue import evaluation_enqueue
from screening.queue_mode.run import refusal_context
from screening.replays import open_evaluation
from screening.request import EvaluateRequest
from screening.rulesets import rule_names
from teams import keys
from teams.principal import Principal

SCOPE: Final = "evaluate.async"
PREFERENCE: Final = "respond-async"
PREFIX: Final = "evl"


def is_wanted(call: Incoming, caller: Principal) -> bool:
    """Whether the caller prefers it and may have it."""
    preferred = call.META.get("HTTP_PREFER", "").lower().split(",")
    return caller.may(SCOPE) and any(one.partition(";")[0].strip() == PREFERENCE for one in preferred)


def accepted(call: Incoming, caller: Principal, document: Any, parsed: EvaluateRequest) -> HttpResponse:
    """202 with the id that the evaluation will have, and where it will be."""
    address = client_address(call)
    if caller.kind == "key":
        keys.note_use(caller, address)
    shown = show(PREFIX, evaluation_enqueue(caller=caller, address=address, document=document, parsed=parsed))
    return HttpResponse(
        encode({"ok": True, "data": {"evaluationId": shown, "status": "pending"}}),
        status=202,
        content_type="application/json",
        headers={"Location": f"/api/evaluations/{shown}", "Preference-Applied": PREFERENCE},
    )


class EvaluationView(Resource):
    """One evaluation of the team, also one that is still to be made."""

    scopes = {"GET": "evaluate"}

    @documents.show_evaluation
    def get(self, request: Request, evaluation_id: str) -> Response:
        identifier, team = read(PREFIX, evaluation_id), self.caller.team
        if identifier is None:
            raise NotFound
        with tenant(team.organisation_id, [team.id]):
            queued = QueuedEvaluation.objects.filter(team_id=team.id, id=identifier).first()
            if queued is not None and queued.state == QueuedEvaluation.State.WAITING:
                return _answer({"evaluationId": evaluation_id, "status": "pending"})
            if queued is not None and queued.state == QueuedEvaluation.State.REFUSED:
                return _answer(_refused(queued, evaluation_id))
            # Where the external id had been decided before, the answer is that earlier evaluation.
            found = _evaluation(team.id, queued.evaluation_id or identifier if queued else identifier)
        return _answer(self._done(found))

    def _done(self, found: Evaluation) -> dict[str, Any]:
        names = rule_names(self.caller.team, found.ruleset_id)
        rendered = native.render(Evaluated(found), rules_of=lambda _: names)
        return {"status": "done", **rendered["data"]}


def _evaluation(team_id: UUID, identifier: UUID) -> Evaluation:
    stored = StoredEvaluation.objects.filter(team_id=team_id, id=identifier).first()
    if stored is None:
        raise NotFound
    return open_evaluation(stored.id, bytes(stored.sealed_detail))


def _refused(queued: QueuedEvaluation, shown: str) -> dict[str, Any]:
    sealed = bytes(queued.sealed_refusal or b"")
    refusal = orjson.loads(unseal(sealed, refusal_context(queued.id)))
    return {"evaluationId": shown, "status": "refused", "error": refusal}


def _answer(data: dict[str, Any]) -> Response:
    return Response({"ok": True, "data": data})
