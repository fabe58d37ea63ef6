"""The stream dialect: `POST /stream/v1` with a team's own payload in, a state per rule out.

The team's schema says which keys there are; what it does not map is an attribute. Values may be hashed by the sender:
they are opaque and only compared.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from ratel.identifiers import show
from ratel.problem import Forbidden, NotJSON, Problem, Refusal, Unauthenticated
from ratel.requests import request_id
from screening import codes
from screening.answer import Evaluated
from screening.dialects.answers import RuleNames, replay_headers
from screening.dialects.fields import (
    ENTITY_TYPES,
    KYC_STATUSES,
    amount_of_number,
    check_address,
    known_word,
    lower_word,
    moment,
    past_day,
    upper_code,
)
from screening.evaluation import Evaluation
from screening.layers.result import LayerResult
from screening.payload_schema import DEFAULTS, Mismatch, PayloadSchema, known_values, mismatches
from screening.request import EvaluateRequest, body_hash, key_hash
from screening.second_look import MOST_PROBLEMS, each_once
from screening.transaction import Counterparty, Customer, Transaction
from teams.principal import TeamFacts

DIALECT: Final = "stream"
LONGEST_ID: Final = 128
VIOLATED, COMPLIED, FAILED = "RULE_VIOLATED", "RULE_COMPLIED", "RULE_EVALUATION_FAILED"
STATUSES: Final = {"T": VIOLATED, "F": FAILED}
_DIRECTIONS: Final = {word: word for word in ("credit", "debit")}
_REST: Final = Mismatch("", "a payload that follows the schema", f"more than {MOST_PROBLEMS} mistakes")
_ADVICE: Final = "round it, or give the key the type String in the schema and send it as a string"


class EmptySchema(Refusal):
    """400: the team has no payload schema, so nothing can be read."""

    status = 400
    code = "EMPTY_DATABASE_SCHEMA"
    title = "The team has no payload schema"


class FailedToRegister(Refusal):
    """422: the payload does not follow the team's schema; every offending key is named."""

    status = 422
    code = "FAILED_TO_REGISTER_TRANSACTION"
    title = "The payload does not follow the team's schema"

    def __init__(self, found: Sequence[Mismatch]) -> None:
        self.mismatches = tuple(each_once(found, _REST))
        super().__init__(errors=[Problem(one.key, f"expected {one.expected}") for one in self.mismatches])


def parse(document: Any, schema: PayloadSchema | None, team: TeamFacts, now: datetime) -> EvaluateRequest:
    """The request that a decoded body stands for; raises NotJSON, EmptySchema or FailedToRegister."""
    if not isinstance(document, Mapping) or not isinstance(document.get("data"), Mapping):
        raise NotJSON('The body must be a JSON object with an object under "data"')
    if schema is None:
        raise EmptySchema
    others = [Mismatch(key[:64], "only data", "another key") for key in document if key != "data"]
    return parse_payload(document["data"], schema, team, now, dialect=DIALECT, others=others)


def parse_payload(
    payload: Mapping[str, Any],
    schema: PayloadSchema,
    team: TeamFacts,
    now: datetime,
    *,
    dialect: str,
    others: Sequence[Mismatch] = (),
) -> EvaluateRequest:
    """The request that a payload of the team's own keys stands for; raises FailedToRegister."""
    found = [*others, *mismatches(schema, payload)]
    found.extend(
        Mismatch(key, f"at most {LONGEST_ID} characters", "a longer String")
        for key in ("txn_id", "customer_id")
        if isinstance(payload.get(key), str) and len(payload[key]) > LONGEST_ID
    )
    problems: list[Problem] = []
    if found:
        _transaction(_part_that_follows(payload, schema, found, now), schema, team, now, problems)
        strange = [one for one in found if one.key not in schema.types]
        known = [one for one in found if one.key in schema.types]
        raise FailedToRegister([*known, *_of_values(problems, schema), *strange])
    transaction = _transaction(payload, schema, team, now, problems)
    if problems:
        raise FailedToRegister(_of_values(problems, schema))
    return EvaluateRequest(
        transaction=transaction,
        dialect=dialect,
        persist=True,
        key_hash=key_hash(payload["txn_id"]),
        body_hash=body_hash(payload),
    )


def _part_that_follows(
    payload: Mapping[str, Any], schema: PayloadSchema, found: Sequence[Mismatch], now: datetime
) -> dict[str, Any]:
    """The payload with "no data" for each key that is wrong already, so that the other values can be looked at."""
    wrong = {one.key for one in found}
    none = {key: DEFAULTS[kind] for key, kind in schema.types.items()} | {"date_time": now.isoformat()}
    return {key: none[key] if key in wrong else payload[key] for key in none}


def _of_values(problems: Sequence[Problem], schema: PayloadSchema) -> list[Mismatch]:
    return [
        Mismatch(one.path, f"{schema.types[one.path]}, {one.message}", "another value") for one in problems
    ]


def _transaction(
    payload: Mapping[str, Any], schema: PayloadSchema, team: TeamFacts, now: datetime, problems: list[Problem]
) -> Transaction:
    known = known_values(schema, payload)
    said = _Said(
        {
            field.maps_to: (field.key, known[field.key])
            for field in schema.fields
            if field.maps_to and field.key in known
        },
        problems,
    )
    amount = said.read("amount", lambda value, key: _amount(value, key, problems))
    currency = said.read("currency", lambda value, key: _currency(value, key, problems)) or team.currency
    country = said.read("country", lambda value, key: _country(value, key, problems))
    return Transaction(
        external_id=payload["txn_id"],
        customer_id=payload["customer_id"],
        direction=said.word("direction", _DIRECTIONS),
        amount=amount,
        currency=currency,
        type=said.read("type", lambda value, key: lower_word(value, key, problems)),
        channel=said.read("channel", lambda value, key: lower_word(value, key, problems)),
        occurred_at=moment(_with_zone(payload["date_time"]), "date_time", now, problems),
        customer=Customer(
            name=said.text("customerName", 500),
            account=said.text("customerAccount", 64),
            national_id=said.text("customerNik", 64),
            kyc_status=said.word("kycStatus", KYC_STATUSES),
            kyc_tier=said.word("kycTier", codes.KYC_TIERS),
            since=said.read("customerSince", lambda value, key: past_day(value, key, now, problems)),
            entity_type=said.word("entityType", ENTITY_TYPES),
        ),
        counterparty=Counterparty(
            name=said.text("counterpartyName", 500),
            account=said.text("counterpartyAccount", 64),
            bank_code=said.text("counterpartyBankCode", 32),
            national_id=said.text("counterpartyNik", 64),
            country=country,
        ),
        is_cross_border=said.read("isCrossBorder", lambda value, key: bool(value)),
        country=country,
        city=said.text("city", 200),
        device_id=said.text("deviceId", 256),
        ip_address=said.read("ipAddress", lambda value, key: _address(value, key, problems)),
        narration=said.text("narration", 2000),
        attributes={
            field.key: known[field.key]
            for field in schema.fields
            if field.maps_to is None and field.key in known
        },
    )


class _Said:
    """What the payload says of each canonical field: the team's key, for problems, and the value."""

    def __init__(self, values: Mapping[str, tuple[str, Any]], problems: list[Problem]) -> None:
        self._values = values
        self._problems = problems

    def read(self, target: str, reader: Callable[[Any, str], Any]) -> Any:
        """The value as the reader makes it; None where the payload has no data."""
        found = self._values.get(target)
        return None if found is None else reader(found[1], found[0])

    def text(self, target: str, longest: int) -> str | None:
        def checked(value: str, key: str) -> str:
            if len(value) > longest:
                self._problems.append(Problem(key, f"must have at most {longest} characters"))
            return value

        found: str | None = self.read(target, checked)
        return found

    def word(self, target: str, known: Mapping[str, str]) -> str | None:
        found: str | None = self.read(
            target, lambda value, key: known_word(value, known, key, self._problems)
        )
        return found


def _amount(value: Any, key: str, problems: list[Problem]) -> Decimal:
    return amount_of_number(value, key, problems, _ADVICE)


def _currency(value: str, key: str, problems: list[Problem]) -> str | None:
    return upper_code(value, codes.currencies(), key, "must be an ISO 4217 currency", problems)


def _country(value: str, key: str, problems: list[Problem]) -> str | None:
    return upper_code(value, codes.countries(), key, "must be an ISO 3166-1 country", problems)


def _address(value: str, key: str, problems: list[Problem]) -> str:
    check_address(value, key, problems)
    return value


def _with_zone(text: str) -> str:
    """A time without an offset is taken as UTC: the payload's own format knows no zones."""
    found = datetime.fromisoformat(text)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).isoformat()


# -- The answer


def headers_of(answer: Evaluated) -> dict[str, str]:
    return replay_headers(answer)


def render(
    answer: Evaluated, team: TeamFacts, rules: RuleNames, *, external_id: str | None
) -> dict[str, Any]:
    """The states of the rules; of a replay the same. `rules` are ids and codes of the ruleset's rules, in order."""
    evaluation = answer.evaluation
    metrics = metrics_of(evaluation, rules)
    return {
        "txnId": external_id,
        "teamId": str(team.id),
        # The first 96 bits of the evaluation's id: the same for a replay.
        "acknowledgementId": evaluation.id.hex[:24],
        "flagged": any(metric["status"] == VIOLATED for metric in metrics.values()),
        "receivedAt": round(evaluation.decided_at.timestamp() * 1000),
        "ruleEvaluationMetrics": metrics,
    }


def metrics_of(evaluation: Evaluation, rules: RuleNames) -> dict[str, dict[str, Any]]:
    """A status per rule id. Rules of a layer are judged by one function: each takes its equal part of that time."""
    times = [time for layer in evaluation.layers for time in _times(layer)]
    return {
        show("rul", UUID(rule_id)): {"status": STATUSES.get(letter, COMPLIED), "timetaken": time}
        for (rule_id, _), letter, time in zip(rules, evaluation.rule_states, times, strict=True)
    }


def _times(layer: LayerResult) -> list[float]:
    count = len(layer.states)
    return [layer.duration_us / 1000 / count] * count if count else []


_CODES: Final = {
    NotJSON: "INVALID_JSON",
    Forbidden: "UNAUTHORIZED_TEAM",
}


def render_refusal(refusal: Refusal, *, has_key: bool) -> dict[str, Any]:
    """`{"error": CODE, "details": [...], "requestId"}`."""
    if isinstance(refusal, Unauthenticated):
        code = "INVALID_API_KEY" if has_key else "MISSING_API_KEY"
    else:
        own = refusal.code == "externalId_reused" or isinstance(refusal, EmptySchema | FailedToRegister)
        code = _CODES.get(type(refusal)) or (refusal.code if own else refusal.code.upper())
    if isinstance(refusal, FailedToRegister):
        details = [
            {"key": one.key, "expected": one.expected, "received": one.received} for one in refusal.mismatches
        ]
    else:
        details = [{"message": refusal.detail}]
    return {"error": code, "details": details, "requestId": request_id()}
