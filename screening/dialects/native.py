"""The native dialect: `POST /api/transactions/evaluate` in, the envelope with decision, score and hits out.

A body is decoded into a struct in microseconds; only one that is refused is looked at a second time, field by field,
so that every problem is named with its path.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from ratel.identifiers import show
from ratel.problem import Problem
from screening import codes
from screening.answer import Evaluated
from screening.dialects.answers import RuleNames
from screening.dialects.fields import (
    KYC_STATUSES,
    check_address,
    check_attributes,
    exact_amount,
    known_word,
    lower_word,
    moment,
    past_day,
    unstorable,
    upper_code,
)
from screening.dialects.types import (
    COUNTRY_HINT,
    CURRENCY_HINT,
    Account,
    CountryCode,
    CurrencyCode,
    Identifier,
    Name,
    Word,
)
from screening.evaluation import Evaluation, explanation_lines
from screening.request import EvaluateRequest, body_hash, key_hash
from screening.rules.compile import STATE_NAMES
from screening.second_look import convert_by_field, invalid
from screening.transaction import Counterparty, Customer, Transaction
from teams.principal import TeamFacts

DIALECT: Final = "native"

Amount = Annotated[int, Meta(ge=0)] | Annotated[str, Meta(max_length=40)]


class NativeBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The request as api.md prints it. Any optional field may be absent or null."""

    customerId: Identifier  # noqa: N815 - the dialect's own names
    direction: Literal["credit", "debit"]
    channel: Word
    amountIdr: Amount | UnsetType | None = UNSET  # noqa: N815
    amount: Amount | UnsetType | None = UNSET
    currency: CurrencyCode | None = None
    counterpartyName: Name | None = None  # noqa: N815
    counterpartyNik: Annotated[str, Meta(pattern="^[0-9]{16}$", max_length=16)] | None = None  # noqa: N815
    counterpartyAccount: Account | None = None  # noqa: N815
    isCrossBorder: bool | None = None  # noqa: N815
    city: Annotated[str, Meta(max_length=200)] | None = None
    country: CountryCode | None = None
    externalId: Identifier | None = None  # noqa: N815
    occurredAt: Annotated[str, Meta(max_length=40)] | None = None  # noqa: N815
    persist: bool | None = True
    customerName: Name | None = None  # noqa: N815
    customerSince: Annotated[str, Meta(max_length=40)] | None = None  # noqa: N815
    deviceId: Annotated[str, Meta(max_length=256)] | None = None  # noqa: N815
    ipAddress: Annotated[str, Meta(max_length=45)] | None = None  # noqa: N815
    kycStatus: Annotated[str, Meta(max_length=16)] | None = None  # noqa: N815
    kycTier: Annotated[str, Meta(max_length=16)] | None = None  # noqa: N815
    narration: Annotated[str, Meta(max_length=2000)] | None = None
    type: Word | None = None
    attributes: dict[Annotated[str, Meta(max_length=64)], Any] | None = None


_FIELDS: Final = {field.name: field for field in msgspec.structs.fields(NativeBody)}
_AMOUNT_HINT: Final = "must be a whole number of at least 0, or a string with an exact decimal"
_HINTS: Final = {
    "direction": "must be credit or debit",
    "counterpartyNik": "must be 16 digits",
    "currency": CURRENCY_HINT,
    "country": COUNTRY_HINT,
    "amount": _AMOUNT_HINT,
    "amountIdr": _AMOUNT_HINT,
    "attributes": "must be an object whose names have at most 64 characters",
}
_BLANKS: Final = {"amount": 0, "amountIdr": 0}


def parse(document: Any, team: TeamFacts, now: datetime, *, dialect: str = DIALECT) -> EvaluateRequest:
    """The request that a decoded body stands for; raises Invalid with every problem and its path."""
    try:
        body = msgspec.convert(document, NativeBody)
    except msgspec.ValidationError:
        raise invalid(_problems_of(document, team, now)) from None
    problems: list[Problem] = []
    transaction = _transaction(body, team, now, problems)
    problems.extend(unstorable(document))
    if problems or transaction is None:
        raise invalid(problems)
    external_id = body.externalId
    return EvaluateRequest(
        transaction=transaction,
        dialect=dialect,
        persist=body.persist is not False,
        key_hash=key_hash(external_id) if external_id is not None else None,
        body_hash=body_hash(document),
        occurs_now=body.occurredAt is None,
    )


def _problems_of(document: Any, team: TeamFacts, now: datetime) -> list[Problem]:
    """What is missing or of a wrong type, then what all other values have wrong, then the names that nobody knows."""
    problems: list[Problem] = []
    values = convert_by_field(document, _FIELDS, _HINTS, problems, blanks=_BLANKS)
    if not isinstance(document, Mapping):
        return problems
    if isinstance(document.get("attributes"), Mapping):
        # Refused for one long name: the others are looked at all the same.
        values["attributes"] = document["attributes"]
    _transaction(NativeBody(**values), team, now, problems)
    problems.extend(unstorable(document))
    problems.extend(
        Problem(name[:128], "is not a field of this endpoint; use attributes")
        for name in document
        if name not in _FIELDS
    )
    return problems


def _transaction(
    body: NativeBody, team: TeamFacts, now: datetime, problems: list[Problem]
) -> Transaction | None:
    amount, currency = _amount(body, team, problems)
    occurred_at = moment(body.occurredAt, "occurredAt", now, problems)
    country = upper_code(body.country, codes.countries(), "country", "is not an ISO 3166-1 country", problems)
    since = past_day(body.customerSince, "customerSince", now, problems)
    kyc_status = known_word(body.kycStatus, KYC_STATUSES, "kycStatus", problems)
    kyc_tier = known_word(body.kycTier, codes.KYC_TIERS, "kycTier", problems)
    kind = lower_word(body.type, "type", problems)
    channel = lower_word(body.channel, "channel", problems)
    check_address(body.ipAddress, "ipAddress", problems)
    check_attributes(body.attributes or {}, problems)
    if problems:
        return None
    return Transaction(
        external_id=body.externalId,
        customer_id=body.customerId,
        direction=body.direction,
        amount=amount,
        currency=currency,
        type=kind,
        channel=channel,
        occurred_at=occurred_at,
        customer=Customer(
            name=body.customerName or None, kyc_status=kyc_status, kyc_tier=kyc_tier, since=since
        ),
        counterparty=Counterparty(
            name=body.counterpartyName or None,
            account=body.counterpartyAccount or None,
            national_id=body.counterpartyNik,
            country=country,
        ),
        is_cross_border=body.isCrossBorder,
        country=country,
        city=body.city or None,
        device_id=body.deviceId or None,
        ip_address=body.ipAddress or None,
        narration=body.narration or None,
        attributes=body.attributes or {},
    )


def _amount(body: NativeBody, team: TeamFacts, problems: list[Problem]) -> tuple[Decimal, str]:
    given = [
        (name, value)
        for name, value in (("amount", body.amount), ("amountIdr", body.amountIdr))
        if value is not UNSET and value is not None
    ]
    currency = (body.currency or ("IDR" if body.amountIdr not in (UNSET, None) else team.currency)).upper()
    if currency not in codes.currencies():
        problems.append(Problem("currency", "is not an ISO 4217 currency"))
    if len(given) != 1:
        problems.append(Problem("amount", "exactly one of amount and amountIdr is required"))
        return Decimal(0), currency
    name, value = given[0]
    if name == "amountIdr" and currency != "IDR":
        problems.append(Problem("currency", "must be IDR where amountIdr is given"))
    return exact_amount(value, name, problems), currency


# -- The answer


def render(answer: Evaluated, *, rules_of: Callable[[UUID], RuleNames] | None) -> dict[str, Any]:
    """`{"ok": true, "data": {...}}`; the same for a replay but for the mark. `rules_of` gives the ids and codes of a
    ruleset's rules in order; with it the layers and every rule's state are included."""
    document: dict[str, Any] = {"ok": True, "data": _decision(answer)}
    if rules_of is not None:
        document["data"] |= _layers(answer.evaluation, rules_of(answer.evaluation.ruleset_id))
    if answer.is_replay:
        document["idempotent"] = True
    return document


def _decision(answer: Evaluated) -> dict[str, Any]:
    evaluation = answer.evaluation
    data: dict[str, Any] = {
        "decision": "escalate" if evaluation.decision == "block" else evaluation.decision,
        "riskScore": evaluation.risk_score,
    }
    if not evaluation.is_pass:
        data["alertId"] = show("alt", evaluation.alert_id) if evaluation.alert_id else None
    elif answer.is_dry_run:
        data["alertId"] = None
    if evaluation.decision == "block":
        data["blocked"] = True
    data["hits"] = [
        {
            "ruleId": show("rul", UUID(hit.rule_id)),
            "ruleCode": hit.rule_code,
            "ruleName": hit.rule_name,
            "severity": hit.severity,
            "scoreContribution": hit.points,
        }
        for hit in evaluation.hits
    ]
    return data


def _layers(evaluation: Evaluation, rules: RuleNames) -> dict[str, Any]:
    return {
        "evaluationId": show("evl", evaluation.id),
        "transactionId": show("txn", evaluation.transaction_id),
        "riskLevel": evaluation.risk_level,
        "layers": [
            {
                "name": layer.name,
                "score": layer.score if layer.answered else None,
                "weight": weight,
                "outcome": layer.outcome.code if layer.answered else None,
                "reasons": list(layer.reasons),
                "durationMs": layer.duration_us / 1000,
                "answered": layer.answered,
                **({"failure": layer.failure} if layer.failure else {}),
            }
            for layer, weight in zip(evaluation.layers, evaluation.weights, strict=True)
        ],
        "ruleStates": rule_states(evaluation, rules),
        "policyVersion": evaluation.policy_version,
        "partial": evaluation.partial,
        "missingLayers": list(evaluation.missing_layers),
        "explanation": explanation_lines(evaluation),
    }


def rule_states(evaluation: Evaluation, rules: RuleNames) -> list[dict[str, str]]:
    return [
        {"ruleId": show("rul", UUID(rule_id)), "ruleCode": code, "state": STATE_NAMES[letter]}
        for (rule_id, code), letter in zip(rules, evaluation.rule_states, strict=True)
    ]
