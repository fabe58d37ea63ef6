"""`POST /api/transactions/evaluate` and its batch: thin views between the dialect and the story.

A batch may be sent to the address of the single call, too; that is looked at only where a body is no single transaction.
"""

from contextlib import suppress
from functools import partial
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.views import APIView

from ratel.json import BATCH_BYTES, SINGLE_BYTES, decode, encode, read_body
from ratel.problem import Invalid, NotJSON, Problem, Refusal, TooLarge, Unauthenticated, envelope
from ratel.requests import Incoming, client_address
from screening.answer import Answer
from screening.api import documents, queued
from screening.dialects import native
from screening.evaluate import evaluate
from screening.request import EvaluateRequest
from screening.rulesets import rule_names
from screening.sandbox.simulation import failing_layers, refuse_simulation
from teams import keys
from teams.authentication import key_principal
from teams.permissions import caller_of, require_scope
from teams.principal import Principal


class EvaluateView(APIView):
    """Decides one transaction, or a batch of them."""

    scopes = {"POST": "evaluate"}

    @documents.evaluate
    def post(self, request: Request) -> HttpResponse:
        call, caller = request._request, caller_of(request)
        if not queued.is_wanted(call, caller):
            return _answer(_decide(call, caller))
        rules_of, document = _included(call, caller), _document(call)
        if _is_batch(document):
            return _answer(_decide_items(call, caller, document, rules_of))
        parsed = native.parse(document, caller.team, timezone.now())
        if not parsed.persist:
            return _answer(_decide_parsed(call, caller, parsed, rules_of))
        refuse_simulation(call, caller.team)
        return queued.accepted(call, caller, document, parsed)


class EvaluateBatchView(APIView):
    """Decides up to 1,000 transactions in order; an invalid one does not fail the others."""

    scopes = {"POST": "evaluate"}

    @documents.evaluate_batch
    def post(self, request: Request) -> HttpResponse:
        return _answer(_decide_batch(request._request, caller_of(request)))


def evaluate_with_key(call: Incoming) -> dict[str, Any]:
    """The same as EvaluateView for a call that comes past the framework (ratel/direct.py)."""
    return _decide(call, _evaluator(call))


def evaluate_batch_with_key(call: Incoming) -> dict[str, Any]:
    return _decide_batch(call, _evaluator(call))


def _evaluator(call: Incoming) -> Principal:
    principal = key_principal(call)
    if principal is None:
        raise Unauthenticated
    require_scope(principal, "evaluate")
    return principal


def _answer(document: dict[str, Any]) -> HttpResponse:
    return HttpResponse(encode(document), content_type="application/json")


def _decide(call: Incoming, principal: Principal) -> dict[str, Any]:
    rules_of, document = _included(call, principal), _document(call)
    try:
        parsed = native.parse(document, principal.team, timezone.now())
    except Invalid:
        if _is_batch(document):
            return _decide_items(call, principal, document, rules_of)
        raise
    return _decide_parsed(call, principal, parsed, rules_of)


def _document(call: Incoming) -> Any:
    """What was sent: one transaction, or a batch, which alone may be larger."""
    body = read_body(call, limit_bytes=BATCH_BYTES)
    if len(body) <= SINGLE_BYTES:
        return decode(body)
    with suppress(NotJSON):
        document = decode(body)
        if _is_batch(document):
            return document
    raise TooLarge(f"At most {SINGLE_BYTES} bytes are read here")


def _is_batch(document: Any) -> bool:
    return isinstance(document, dict) and isinstance(document.get("batch"), list)


def _decide_parsed(
    call: Incoming, principal: Principal, parsed: EvaluateRequest, rules_of: Any
) -> dict[str, Any]:
    failing = failing_layers(call, principal.team)
    address = client_address(call)
    if parsed.persist and principal.kind == "key":
        keys.note_use(principal, address)
    answer = evaluate([parsed], principal, address, failing)[0]
    if isinstance(answer, Refusal):
        raise answer
    return native.render(answer, rules_of=rules_of)


def _decide_batch(call: Incoming, principal: Principal) -> dict[str, Any]:
    rules_of = _included(call, principal)
    return _decide_items(call, principal, decode(read_body(call, limit_bytes=BATCH_BYTES)), rules_of)


def _decide_items(call: Incoming, principal: Principal, document: Any, rules_of: Any) -> dict[str, Any]:
    items = _items(document)
    failing = failing_layers(call, principal.team)
    address = client_address(call)
    now = timezone.now()
    answers: list[Answer | EvaluateRequest] = [_parsed(item, principal, now) for item in items]
    valid = [answer for answer in answers if isinstance(answer, EvaluateRequest)]
    if principal.kind == "key" and any(one.persist for one in valid):
        keys.note_use(principal, address)
    decided = iter(evaluate(valid, principal, address, failing))
    rendered = [
        _rendered(next(decided) if isinstance(answer, EvaluateRequest) else answer, rules_of)
        for answer in answers
    ]
    return {"ok": True, "data": rendered}


def _included(request: Incoming, principal: Principal) -> Any:
    """What `?include=layers` asks for."""
    wanted = request.GET.get("include", "")
    if wanted not in {"", "layers"}:
        raise Invalid(errors=[Problem("include", "only layers can be included")])
    return partial(rule_names, principal.team) if wanted else None


def _items(document: Any) -> list[Any]:
    if not isinstance(document, dict) or not isinstance(document.get("batch"), list):
        raise Invalid(errors=[Problem("batch", "must be a list of transactions")])
    problems = [Problem(str(key)[:128], "is not a field of a batch") for key in document if key != "batch"]
    items: list[Any] = document["batch"]
    if not 1 <= len(items) <= documents.MOST_ITEMS:
        problems.append(Problem("batch", f"must have 1 to {documents.MOST_ITEMS} transactions"))
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
