"""Views of the dialects beside the native one: each hands a body to its dialect, decides, and renders in its words."""

from collections.abc import Callable, Sequence
from typing import Any

import orjson
from django.http import HttpResponse
from django.utils import timezone
from rest_framework.request import Request

from ratel.json import decode, encode, read_body
from ratel.problem import Refusal, headers_of, logged_refusal_of
from screening.answer import Evaluated
from screening.api import dialect_documents as documents
from screening.api.resource import Resource
from screening.dialects import bank, entity, refusals, stream
from screening.evaluate import evaluate
from screening.request import EvaluateRequest
from screening.rulesets import rule_names
from screening.sandbox.simulation import failing_layers
from screening.services.payload_schemas import read_by_newest


class DialectResource(Resource):
    """Errors, too, are in the dialect's own shape."""

    def render_refusal(self, refusal: Refusal) -> dict[str, Any]:
        return refusals.render(refusal)

    def rules_of(self, answer: Evaluated) -> Sequence[tuple[str, str]]:
        """Ids and codes of the rules that the answer was decided by, in their order."""
        return rule_names(self.caller.team, answer.evaluation.ruleset_id)

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], HttpResponse]:
        def handle(error: Exception, context: dict[str, Any]) -> HttpResponse:
            refusal = logged_refusal_of(error)
            return HttpResponse(
                orjson.dumps(self.render_refusal(refusal)),
                status=refusal.status,
                content_type="application/json",
                headers=headers_of(refusal),
            )

        return handle

    def decide(self, parsed: EvaluateRequest) -> Evaluated:
        """The committed answer to one payment; raises its refusal."""
        failing = failing_layers(self.request._request, self.caller.team)
        (answer,) = evaluate([parsed], self.caller, self.caller.address, failing)
        if isinstance(answer, Refusal):
            raise answer
        return answer


def answered(
    document: dict[str, Any], *, status: int = 200, headers: dict[str, str] | None = None
) -> HttpResponse:
    return HttpResponse(encode(document), status=status, content_type="application/json", headers=headers)


class BankScreenView(DialectResource):
    """The bank's dialect; a replay is a conflict that carries the cached verdict."""

    scopes = {"POST": "evaluate"}

    @documents.screen_for_bank
    def post(self, request: Request) -> HttpResponse:
        parsed = bank.parse(decode(read_body(request._request)), self.caller.team, timezone.now())
        answer = self.decide(parsed)
        document = bank.render(answer, external_id=parsed.transaction.external_id)
        return answered(document, status=bank.status_of(answer))


class EntityScreenView(DialectResource):
    """The entity-based dialect; a replay says so in a header."""

    scopes = {"POST": "evaluate"}

    @documents.screen_for_entity
    def post(self, request: Request) -> HttpResponse:
        parsed = entity.parse(decode(read_body(request._request)), self.caller.team, timezone.now())
        answer = self.decide(parsed)
        return answered(entity.render(answer), headers=entity.headers_of(answer))


class StreamView(DialectResource):
    """The team's own payload; a replay says so in a header."""

    scopes = {"POST": "evaluate"}

    def render_refusal(self, refusal: Refusal) -> dict[str, Any]:
        return stream.render_refusal(refusal, has_key="HTTP_X_API_KEY" in self.request.META)

    @documents.stream_transaction
    def post(self, request: Request) -> HttpResponse:
        team = self.caller.team
        body = decode(read_body(request._request))
        parsed = read_by_newest(team, lambda schema: stream.parse(body, schema, team, timezone.now()))
        answer = self.decide(parsed)
        document = stream.render(
            answer, team, self.rules_of(answer), external_id=parsed.transaction.external_id
        )
        return answered(document, headers=stream.headers_of(answer))
