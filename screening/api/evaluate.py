"""`POST /api/transactions/evaluate` and its batch: thin views between the dialect and the story."""

from functools import partial
from typing import Any, Final

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from ratel.json import BATCH_BYTES, decode, read_body
from ratel.problem import Invalid, Problem, Refusal, envelope
from ratel.requests import client_address
from screening.api import documents
from screening.dialects import native
from screening.evaluate import Answer, evaluate
from screening.request import EvaluateRequest
from screening.rulesets import rule_names
from teams import keys
from teams.permissions import caller_of
from teams.principal import Principal

MOST_ITEMS: Final = 1_000


class EvaluateView(APIView):
    """Decides one transaction."""

    scopes = {"POST": "evaluate"}

    @documents.evaluate
    def post(self, request: Request) -> Response:
        principal = caller_of(request)
        rules_of = _included(request, principal)
        plain = request._request  # noqa: SLF001 - the body is read once, without the framework's parser
        parsed = native.parse(decode(read_body(plain)), principal.team, timezone.now())
        address = client_address(plain)
        if parsed.persist and principal.kind == "key":
            keys.note_use(principal, address)
        answer = evaluate([parsed], principal, address)[0]
        if isinstance(answer, Refusal):
            raise answer
        return Response(native.render(answer, rules_of=rules_of))


class EvaluateBatchView(APIView):
    """Decides up to 1,000 transactions in order; an invalid one does not fail the others."""

    scopes = {"POST": "evaluate"}

    @documents.evaluate_batch
    def post(self, request: Request) -> Response:
        principal = caller_of(request)
        rules_of = _included(request, principal)
        plain = request._request  # noqa: SLF001 - as above
        items = _items(decode(read_body(plain, limit_bytes=BATCH_BYTES)))
        address = client_address(plain)
        now = timezone.now()
        answers: list[Answer | EvaluateRequest] = [_parsed(item, principal, now) for item in items]
        valid = [answer for answer in answers if isinstance(answer, EvaluateRequest)]
        if principal.kind == "key" and any(one.persist for one in valid):
            keys.note_use(principal, address)
        decided = iter(evaluate(valid, principal, address))
        return Response(
            {
                "ok": True,
                "data": [
                    _rendered(next(decided) if isinstance(answer, EvaluateRequest) else answer, rules_of)
                    for answer in answers
                ],
            }
        )


def _included(request: Request, principal: Principal) -> Any:
    """What `?include=layers` asks for."""
    wanted = request._request.GET.get("include", "")  # noqa: SLF001 - as above
    if wanted not in {"", "layers"}:
        raise Invalid(errors=[Problem("include", "only layers can be included")])
    return partial(rule_names, principal.team) if wanted else None


def _items(document: Any) -> list[Any]:
    if not isinstance(document, dict) or not isinstance(document.get("batch"), list):
        raise Invalid(errors=[Problem("batch", "must be a list of transactions")])
    problems = [Problem(str(key)[:128], "is not a field of a batch") for key in document if key != "batch"]
    items: list[Any] = document["batch"]
    if not 1 <= len(items) <= MOST_ITEMS:
        problems.append(Problem("batch", f"must have 1 to {MOST_ITEMS} transactions"))
    if problems:
        raise Invalid(errors=problems)
    return items


def _parsed(item: Any, principal: Principal, now: Any) -> Answer | EvaluateRequest:
    try:
        return native.parse(item, principal.team, now)
    except Refusal as refusal:
        return refusal


def _rendered(answer: Any, rules_of: Any) -> dict[str, Any]:
    if isinstance(answer, Refusal):
        return envelope(answer)
    return native.render(answer, rules_of=rules_of)
