"""The framl dialect: a payload in the native dialect's field names or the team's own, a state per rule code out."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from ratel.identifiers import show
from ratel.problem import Invalid, Problem, Refusal
from screening.answer import Evaluated
from screening.dialects import native, stream
from screening.dialects.answers import RuleNames
from screening.evaluation import Evaluation
from screening.payload_schema import Mismatch, PayloadSchema
from screening.request import EvaluateRequest
from screening.second_look import invalid
from teams.principal import TeamFacts

DIALECT: Final = "framl"
FORMAT: Final = "tt_json"
LONGEST_WORD: Final = 128
STATES: Final = {
    "T": "RuleTriggered",
    "N": "RuleNotTriggered",
    "A": "RuleNotApplicable",
    "G": "RuleNotApplicableForGroupingKeys",
    "I": "RuleIncompleteFields",
    "F": "RuleIncompleteFields",
}
_FIELDS: Final = frozenset({"payload", "format", "topicId", "version"})


def parse(
    document: Any, schema: PayloadSchema | None, team: TeamFacts, now: datetime
) -> tuple[EvaluateRequest, str, str | None]:
    """The request, the version to answer with, and the topic to publish to; raises Invalid with every problem."""
    problems: list[Problem] = []
    payload, version, topic = _envelope(document, problems)
    strange = [name for name in document if name not in _FIELDS] if payload is not None else []
    if payload is None or problems or strange:
        problems += _problems_of_payload(payload, schema, team, now)
        problems += [Problem(name, "is not a field of this endpoint") for name in strange]
        raise invalid(problems)
    return _request(payload, schema, team, now), version, topic


def _envelope(document: Any, problems: list[Problem]) -> tuple[Mapping[str, Any] | None, str, str | None]:
    if not isinstance(document, Mapping):
        problems.append(Problem("", "must be a JSON object"))
        return None, "", None
    payload = document.get("payload")
    if not isinstance(payload, Mapping):
        problems.append(Problem("payload", "must be an object"))
    if document.get("format", FORMAT) != FORMAT:
        problems.append(Problem("format", f"must be {FORMAT}"))
    version, topic = document.get("version", "1"), document.get("topicId")
    if not _is_word(version):
        problems.append(Problem("version", f"must be text of 1 to {LONGEST_WORD} characters"))
    if topic is not None and not _is_word(topic):
        problems.append(Problem("topicId", f"must be text of 1 to {LONGEST_WORD} characters"))
    return payload if isinstance(payload, Mapping) else None, version, topic


def _is_word(value: Any) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= LONGEST_WORD and "\x00" not in value


def _request(
    payload: Mapping[str, Any], schema: PayloadSchema | None, team: TeamFacts, now: datetime
) -> EvaluateRequest:
    """What the payload stands for, in the team's own keys or the native dialect's; paths begin with `payload`."""
    if schema is None or "txn_id" not in payload:
        return _native(payload, team, now)
    try:
        return stream.parse_payload(payload, schema, team, now, dialect=DIALECT)
    except stream.FailedToRegister as failed:
        raise stream.FailedToRegister(
            [replace(one, key=_below_payload(one.key)) for one in failed.mismatches]
        ) from None


def _native(payload: Mapping[str, Any], team: TeamFacts, now: datetime) -> EvaluateRequest:
    """The native dialect's fields, with `transactionKey` for its external id."""
    named = {_NATIVE.get(key, key): value for key, value in payload.items()}
    if "externalId" in payload:
        others = {key: value for key, value in payload.items() if key != "externalId"}
        misnamed = Problem("payload.externalId", "is called transactionKey here")
        raise invalid([misnamed, *_problems_of_payload(others, None, team, now)])
    try:
        return native.parse(named, team, now, dialect=DIALECT)
    except Invalid as refused:
        raise invalid(
            Problem(_below_payload(_OURS.get(one.path, one.path)), one.message) for one in refused.errors
        ) from None


def _problems_of_payload(
    payload: Mapping[str, Any] | None, schema: PayloadSchema | None, team: TeamFacts, now: datetime
) -> list[Problem]:
    """What a payload has wrong that is refused for something else already."""
    if payload is None:
        return []
    try:
        _request(payload, schema, team, now)
    except stream.FailedToRegister as failed:
        return [Problem(one.key, _in_words(one)) for one in failed.mismatches]
    except Invalid as refused:
        return refused.errors
    return []


def _below_payload(path: str) -> str:
    return f"payload.{path}" if path else "payload"


def _in_words(mismatch: Mismatch) -> str:
    return f"expected {mismatch.expected}, received {mismatch.received}"


_NATIVE: Final = {"transactionKey": "externalId"}
_OURS: Final = {theirs: ours for ours, theirs in _NATIVE.items()}


# -- The answer


def headers_of(answer: Evaluated) -> dict[str, str]:
    return stream.headers_of(answer)


def render(
    answer: Evaluated, rules: RuleNames, *, transaction_key: str | None, version: str
) -> dict[str, Any]:
    """Every rule's state under its code; of a replay the same."""
    return {
        "transactionKey": transaction_key,
        "alert": _states(answer.evaluation, rules),
        "version": version,
        "success": True,
        "message": "success",
    }


def _states(evaluation: Evaluation, rules: RuleNames) -> dict[str, dict[str, Any]]:
    hits = {hit.rule_id: hit for hit in evaluation.hits}
    failed: dict[str, str] = {}
    for layer in evaluation.layers:
        failed |= (layer.evidence or {}).get("failedRules", {})
    states: dict[str, dict[str, Any]] = {}
    for (rule_id, code), letter in zip(rules, evaluation.rule_states, strict=True):
        details: dict[str, Any] = {}
        if rule_id in hits:
            hit = hits[rule_id]
            details = {"severity": hit.severity, "score": hit.points, "reason": hit.line}
        elif letter == "F":
            details = {"error": failed.get(code, "the rule could not be evaluated")}
        states[code] = {"message": STATES[letter], "details": details}
    return states


def render_refusal(refusal: Refusal) -> dict[str, Any]:
    """`{"success": false, "message", "code", "details"}`; the message names every problem."""
    if isinstance(refusal, stream.FailedToRegister):
        named = [f"{one.key}: {_in_words(one)}" for one in refusal.mismatches]
    else:
        named = [f"{one.path}: {one.message}" if one.path else one.message for one in refusal.errors]
    return {
        "success": False,
        "message": "; ".join([refusal.detail, *named]),
        "code": refusal.code,
    }


def token_document(*, token: str, name: str, person_id: Any, roles: Sequence[str]) -> dict[str, Any]:
    """The answer to a sign-in, as this product's clients know it."""
    return {
        "token": token,
        "name": name,
        "userId": show("per", person_id),
        "roleType": "Product User",
        "rolesList": list(roles),
        "isPassExpired": False,
        "isResetPassNeeded": False,
        "authTypeInfo": {"authType": "SQL", "authOptions": "{}"},
    }
