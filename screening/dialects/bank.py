"""The bank's screening dialect: `POST /api/v1/transactions/screen` in, the verdict with its engines out.

It watches the sender: by BVN where one is given, else by account. An external id is held as long as its evaluation, and
a replay is answered with 409 and the cached verdict.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from http import HTTPStatus
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from ratel.identifiers import show
from ratel.problem import Problem
from screening import codes
from screening.answer import Evaluated
from screening.dialects.answers import shown_score
from screening.dialects.fields import (
    ENTITY_TYPES,
    KYC_STATUSES,
    LONGEST_WORD,
    amount_of_number,
    attributes_of,
    check_address,
    known_word,
    moment,
    unstorable,
    upper_code,
)
from screening.dialects.types import (
    COUNTRY_HINT,
    CURRENCY_HINT,
    NUMBER_HINT,
    CountryCode,
    CurrencyCode,
    Identifier,
    Name,
    NumberOrText,
    Word,
)
from screening.evaluation import Evaluation
from screening.layers.result import Hit, LayerResult, Outcome
from screening.packs import load_pack
from screening.request import EvaluateRequest, body_hash, key_hash
from screening.second_look import convert_by_field, invalid
from screening.transaction import Counterparty, Customer, Transaction
from teams.principal import TeamFacts

DIALECT: Final = "bank"
CURRENCY: Final = "NGN"
TYPES: Final = ("TRANSFER", "CASH_DEPOSIT", "CASH_WITHDRAWAL", "INTERNATIONAL_TRANSFER", "BILL_PAYMENT")
CHANNELS: Final = ("MOBILE_APP", "INTERNET_BANKING", "USSD", "ATM", "POS", "BRANCH")
KYB_STATUSES: Final = (
    "approved",
    "owners_verified",
    "directors_verified",
    "company_found",
    "pending",
    "none",
    "rejected",
)
OUTCOMES: Final = {"pass": "APPROVE", "review": "REVIEW", "escalate": "ESCALATE", "block": "BLOCK"}
# What whoever holds the payment does next. Nothing here may tell of a report to the regulator.
ACTIONS: Final = {
    "pass": ["PROCEED"],
    "review": ["HOLD_TRANSACTION", "REVIEW_BY_ANALYST"],
    "escalate": ["HOLD_TRANSACTION", "ESCALATE_TO_COMPLIANCE_OFFICER"],
    "block": ["REJECT_TRANSACTION", "ESCALATE_TO_COMPLIANCE_OFFICER"],
}
_TYPES: Final = {word.lower(): word.lower() for word in TYPES}
_CHANNELS: Final = {word.lower(): word.lower() for word in CHANNELS}
_KYB_STATUSES: Final = {word: word for word in KYB_STATUSES}
_TIERS: Final = {"basic": "TIER_1", "standard": "TIER_2", "premium": "TIER_3"}

AccountNumber = Annotated[str, Meta(min_length=1, max_length=64)]


class BankBody(msgspec.Struct, frozen=True, kw_only=True):
    """The request as api.md prints it; other fields are kept as attributes. Any optional field may be absent or null."""

    externalId: Identifier  # noqa: N815 - the dialect's own names
    type: Word
    channel: Word
    amount: NumberOrText
    senderAccountNumber: AccountNumber  # noqa: N815
    receiverAccountNumber: AccountNumber  # noqa: N815
    currency: CurrencyCode | None = None
    senderName: Name | None = None  # noqa: N815
    senderBvn: Annotated[str, Meta(max_length=64)] | None = None  # noqa: N815
    senderBankCode: Annotated[str, Meta(max_length=32)] | None = None  # noqa: N815
    senderKycStatus: Annotated[str, Meta(max_length=32)] | None = None  # noqa: N815
    senderKycTier: Annotated[str, Meta(max_length=32)] | None = None  # noqa: N815
    senderKybStatus: Annotated[str, Meta(max_length=32)] | None = None  # noqa: N815
    receiverName: Name | None = None  # noqa: N815
    receiverBankCode: Annotated[str, Meta(max_length=32)] | None = None  # noqa: N815
    receiverCountry: CountryCode | None = None  # noqa: N815
    narration: Annotated[str, Meta(max_length=2000)] | None = None
    timestamp: Annotated[str, Meta(max_length=40)] | None = None
    deviceId: Annotated[str, Meta(max_length=256)] | None = None  # noqa: N815
    ipAddress: Annotated[str, Meta(max_length=45)] | None = None  # noqa: N815
    metadata: dict[str, Any] | None = None


_FIELDS: Final = {field.name: field for field in msgspec.structs.fields(BankBody)}
_HINTS: Final = {"amount": NUMBER_HINT, "currency": CURRENCY_HINT, "receiverCountry": COUNTRY_HINT}
_BLANKS: Final = {"amount": 0}
_OF_METADATA: Final = frozenset({"entityType", "senderRcNumber"})


def parse(document: Any, team: TeamFacts, now: datetime) -> EvaluateRequest:
    """The request that a decoded body stands for; raises Invalid with every problem and its path."""
    try:
        body = msgspec.convert(document, BankBody)
    except msgspec.ValidationError:
        raise invalid(_problems_of(document, team, now)) from None
    problems: list[Problem] = []
    transaction = _transaction(body, document, team, now, problems)
    problems.extend(unstorable(document))
    if problems:
        raise invalid(problems)
    return EvaluateRequest(
        transaction=transaction,
        dialect=DIALECT,
        persist=True,
        key_hash=key_hash(body.externalId),
        body_hash=body_hash(document),
        occurs_now=body.timestamp is None,
    )


def _problems_of(document: Any, team: TeamFacts, now: datetime) -> list[Problem]:
    """What is missing or of a wrong type, then what the values of all other fields have wrong."""
    problems: list[Problem] = []
    values = convert_by_field(document, _FIELDS, _HINTS, problems, blanks=_BLANKS)
    if isinstance(document, Mapping):
        _transaction(BankBody(**values), document, team, now, problems)
        problems.extend(unstorable(document))
    return problems


def _transaction(
    body: BankBody, document: Mapping[str, Any], team: TeamFacts, now: datetime, problems: list[Problem]
) -> Transaction:
    kind = known_word(body.type, _TYPES, "type", problems)
    channel = known_word(body.channel, _CHANNELS, "channel", problems)
    country = upper_code(
        body.receiverCountry, codes.countries(), "receiverCountry", "is not an ISO 3166-1 country", problems
    )
    currency = upper_code(
        body.currency or CURRENCY, codes.currencies(), "currency", "is not an ISO 4217 currency", problems
    )
    check_address(body.ipAddress, "ipAddress", problems)
    return Transaction(
        external_id=body.externalId,
        customer_id=body.senderBvn or body.senderAccountNumber,
        direction="credit" if kind == "cash_deposit" else "debit",
        amount=amount_of_number(body.amount, "amount", problems),
        currency=currency or CURRENCY,
        type=kind,
        channel=channel,
        occurred_at=moment(body.timestamp, "timestamp", now, problems),
        customer=_customer(body, problems),
        counterparty=Counterparty(
            name=body.receiverName or None,
            account=body.receiverAccountNumber,
            bank_code=body.receiverBankCode or None,
            country=country,
        ),
        is_cross_border=_is_cross_border(kind, country, team),
        country=country,
        device_id=body.deviceId or None,
        ip_address=body.ipAddress or None,
        narration=body.narration or None,
        attributes=attributes_of(
            {name: value for name, value in document.items() if name not in _FIELDS},
            {name: value for name, value in (body.metadata or {}).items() if name not in _OF_METADATA},
            problems,
        ),
    )


def _customer(body: BankBody, problems: list[Problem]) -> Customer:
    metadata = body.metadata or {}
    return Customer(
        name=body.senderName or None,
        account=body.senderAccountNumber,
        bank_code=body.senderBankCode or None,
        national_id=body.senderBvn or None,
        kyc_status=known_word(body.senderKycStatus, KYC_STATUSES, "senderKycStatus", problems),
        kyc_tier=known_word(body.senderKycTier, codes.KYC_TIERS, "senderKycTier", problems),
        kyb_status=known_word(body.senderKybStatus, _KYB_STATUSES, "senderKybStatus", problems),
        entity_type=known_word(
            _text(metadata, "entityType", problems), ENTITY_TYPES, "metadata.entityType", problems
        ),
        registration_number=_text(metadata, "senderRcNumber", problems),
    )


def _text(metadata: Mapping[str, Any], name: str, problems: list[Problem]) -> str | None:
    value = metadata.get(name)
    if value is None or (isinstance(value, str) and len(value) <= LONGEST_WORD):
        return value
    problems.append(Problem(f"metadata.{name}", f"must be text of at most {LONGEST_WORD} characters"))
    return None


def _is_cross_border(kind: str | None, country: str | None, team: TeamFacts) -> bool | None:
    if kind == "international_transfer":
        return True
    return None if country is None else country != load_pack(team.pack).home_country


# -- The answer


def status_of(answer: Evaluated) -> int:
    return HTTPStatus.CONFLICT if answer.is_replay else HTTPStatus.OK


def render(answer: Evaluated, *, external_id: str | None) -> dict[str, Any]:
    """The verdict; on a replay the same with `"cached": true`."""
    evaluation = answer.evaluation
    document: dict[str, Any] = {
        "transactionId": show("txn", evaluation.transaction_id),
        "externalId": external_id,
        **verdict(evaluation),
    }
    return {**document, "cached": True} if answer.is_replay else document


def verdict(evaluation: Evaluation) -> dict[str, Any]:
    """What was decided, by whom of the engines, and why."""
    return {
        "outcome": OUTCOMES[evaluation.decision],
        "riskScore": shown_score(evaluation.risk_score),
        "riskLevel": evaluation.risk_level.upper(),
        "engines": [
            _engine(layer, weight)
            for layer, weight in zip(evaluation.layers, evaluation.weights, strict=True)
        ],
        "triggeredRules": [_rule(hit) for hit in evaluation.hits],
        "recommendedActions": recommended_actions(evaluation),
        "alertId": show("alt", evaluation.alert_id) if evaluation.alert_id else None,
        "caseId": show("cas", evaluation.case_id) if evaluation.case_id else None,
        "partial": evaluation.partial,
        "missingEngines": list(evaluation.missing_layers),
        "processingTimeMs": evaluation.duration_us / 1000,
    }


def show_transaction(transaction: Transaction) -> dict[str, Any]:
    """What was sent, in this dialect's names; of another dialect's payment what both know."""
    customer, counterparty = transaction.customer, transaction.counterparty
    return {
        "type": (transaction.type or "").upper() or None,
        "channel": (transaction.channel or "").upper() or None,
        "amount": transaction.amount,
        "currency": transaction.currency,
        "senderAccountNumber": customer.account,
        "senderName": customer.name,
        "senderBvn": customer.national_id,
        "senderBankCode": customer.bank_code,
        "senderKycStatus": (customer.kyc_status or "").upper() or None,
        "senderKycTier": _TIERS.get(customer.kyc_tier or ""),
        "senderKybStatus": (customer.kyb_status or "").upper() or None,
        "receiverAccountNumber": counterparty.account,
        "receiverName": counterparty.name,
        "receiverBankCode": counterparty.bank_code,
        "receiverCountry": counterparty.country,
        "narration": transaction.narration,
        "timestamp": transaction.occurred_at,
        "deviceId": transaction.device_id,
        "ipAddress": transaction.ip_address,
        "metadata": {
            **transaction.attributes,
            **({"entityType": customer.entity_type.upper()} if customer.entity_type else {}),
            **({"senderRcNumber": customer.registration_number} if customer.registration_number else {}),
        },
    }


def recommended_actions(evaluation: Evaluation) -> list[str]:
    actions = list(ACTIONS[evaluation.decision])
    if evaluation.layer("sanctions").outcome > Outcome.PASS:
        actions.append("VERIFY_NAME_MATCH")
    if not evaluation.is_pass and evaluation.layer("kyc").outcome > Outcome.PASS:
        actions.append("UPDATE_KYC")
    return actions


def _engine(layer: LayerResult, weight: Decimal) -> dict[str, Any]:
    return {
        "name": layer.name,
        "score": layer.score if layer.answered else None,
        "weight": weight,
        "outcome": OUTCOMES[layer.outcome.code] if layer.answered else None,
        "reasons": list(layer.reasons),
        "durationMs": layer.duration_us / 1000,
    }


def _rule(hit: Hit) -> dict[str, Any]:
    return {
        "ruleCode": hit.rule_code,
        "ruleName": hit.rule_name,
        "severity": hit.severity.upper(),
        "score": hit.points,
        "reason": hit.line,
    }
