"""The entity-based dialect: `POST /v1/transactions/screen` in, score, decision and primary factors out.

It watches the sending entity. A payment is known again by its id and its timestamp together, and a replay is answered
with the cached result and a header.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from ratel.identifiers import show
from ratel.problem import Problem
from screening import codes
from screening.answer import Evaluated
from screening.dialects.answers import replay_headers, shown_score
from screening.dialects.fields import (
    LONGEST_WORD,
    amount_of_number,
    attributes_of,
    check_address,
    lower_word,
    moment,
    unstorable,
    upper_code,
)
from screening.dialects.types import (
    CURRENCY_HINT,
    NUMBER_HINT,
    Account,
    CurrencyCode,
    Identifier,
    Name,
    NumberOrText,
)
from screening.evaluation import explanation_lines
from screening.request import EvaluateRequest, body_hash, key_hash
from screening.second_look import convert_by_field, invalid
from screening.transaction import Counterparty, Customer, Transaction
from teams.principal import TeamFacts

DIALECT: Final = "entity"
DECISIONS: Final = {"pass": "APPROVE", "review": "REVIEW", "escalate": "DECLINE", "block": "DECLINE"}


class Party(msgspec.Struct, frozen=True, kw_only=True):
    entity_id: Identifier
    account_id: Account | None = None
    name: Name | None = None


class Metadata(msgspec.Struct, frozen=True, kw_only=True):
    channel: Annotated[str, Meta(max_length=LONGEST_WORD)] | None = None
    type: Annotated[str, Meta(max_length=LONGEST_WORD)] | None = None
    ip_address: Annotated[str, Meta(max_length=45)] | None = None
    device_id: Annotated[str, Meta(max_length=256)] | None = None


class EntityBody(msgspec.Struct, frozen=True, kw_only=True):
    """The request as api.md prints it; other fields are kept as attributes. Any optional field may be absent or null."""

    transaction_id: Identifier
    amount: NumberOrText
    sender: Party
    receiver: Party
    currency: CurrencyCode | None = None
    timestamp: Annotated[str, Meta(max_length=40)] | None = None
    metadata: Metadata | None = None


_PARTY: Final = {field.name: field for field in msgspec.structs.fields(Party)}
_METADATA: Final = {field.name: field for field in msgspec.structs.fields(Metadata)}
_FIELDS: Final = {field.name: field for field in msgspec.structs.fields(EntityBody)}
_PARTS: Final = {"sender": (Party, _PARTY), "receiver": (Party, _PARTY), "metadata": (Metadata, _METADATA)}
_PLAIN: Final = {name: field for name, field in _FIELDS.items() if name not in _PARTS}
_NOBODY: Final = Party(entity_id="")
_HINTS: Final = {"amount": NUMBER_HINT, "currency": CURRENCY_HINT}
_BLANKS: Final = {"amount": 0}


def parse(document: Any, team: TeamFacts, now: datetime) -> EvaluateRequest:
    """The request that a decoded body stands for; raises Invalid with every problem and its path."""
    try:
        body = msgspec.convert(document, EntityBody)
    except msgspec.ValidationError:
        raise invalid(_problems_of(document, team, now)) from None
    problems: list[Problem] = []
    transaction = _transaction(body, document, team, now, problems)
    problems.extend(unstorable(document))
    if problems:
        raise invalid(problems)
    moment_text = "" if body.timestamp is None else transaction.occurred_at.isoformat()
    return EvaluateRequest(
        transaction=transaction,
        dialect=DIALECT,
        persist=True,
        # Without a time the id alone, so that it means the same payment as in the other dialects.
        key_hash=key_hash(f"{body.transaction_id}\n{moment_text}" if moment_text else body.transaction_id),
        body_hash=body_hash(document),
        occurs_now=body.timestamp is None,
    )


def _problems_of(document: Any, team: TeamFacts, now: datetime) -> list[Problem]:
    """What is missing or of a wrong type, also in the parties and the metadata, then what all other values have wrong."""
    problems: list[Problem] = []
    values = convert_by_field(document, _PLAIN, _HINTS, problems, blanks=_BLANKS)
    if not isinstance(document, Mapping):
        return problems
    for name, (kind, fields) in _PARTS.items():
        if document.get(name) is not None or (name in document and _FIELDS[name].required):
            values[name] = kind(**convert_by_field(document[name], fields, {}, problems, f"{name}."))
        elif _FIELDS[name].required:
            values[name] = _NOBODY
            problems.append(Problem(name, "is required"))
    broken: dict[str, Any] = {name: {} for name in _PARTS if not isinstance(document.get(name), Mapping)}
    _transaction(EntityBody(**values), {**document, **broken}, team, now, problems)
    problems.extend(unstorable(document))
    return problems


def _transaction(
    body: EntityBody, document: Mapping[str, Any], team: TeamFacts, now: datetime, problems: list[Problem]
) -> Transaction:
    metadata = body.metadata or Metadata()
    currency = upper_code(
        body.currency or team.currency,
        codes.currencies(),
        "currency",
        "is not an ISO 4217 currency",
        problems,
    )
    check_address(metadata.ip_address, "metadata.ip_address", problems)
    return Transaction(
        external_id=body.transaction_id,
        customer_id=body.sender.entity_id,
        direction="debit",
        amount=amount_of_number(body.amount, "amount", problems),
        currency=currency or team.currency,
        type=lower_word(metadata.type, "metadata.type", problems) or None,
        channel=lower_word(metadata.channel, "metadata.channel", problems) or None,
        occurred_at=moment(body.timestamp, "timestamp", now, problems),
        customer=Customer(name=body.sender.name or None, account=body.sender.account_id or None),
        counterparty=Counterparty(
            name=body.receiver.name or None,
            account=body.receiver.account_id or None,
            entity_id=body.receiver.entity_id,
        ),
        device_id=metadata.device_id or None,
        ip_address=metadata.ip_address or None,
        attributes=_attributes(document, problems),
    )


def _attributes(document: Mapping[str, Any], problems: list[Problem]) -> dict[str, Any]:
    """What the dialect does not name: of the payment and its metadata as it is, of a party under the party's name."""
    others = {name: value for name, value in document.items() if name not in _FIELDS}
    for name in ("sender", "receiver"):
        more = {key: value for key, value in document[name].items() if key not in _PARTY}
        if more:
            others[name] = more
    metadata = document.get("metadata") or {}
    return attributes_of(
        others, {name: value for name, value in metadata.items() if name not in _METADATA}, problems
    )


# -- The answer


def headers_of(answer: Evaluated) -> dict[str, str]:
    return replay_headers(answer)


def render(answer: Evaluated) -> dict[str, Any]:
    """The result; of a replay the same."""
    evaluation = answer.evaluation
    return {
        "risk_score": shown_score(evaluation.risk_score),
        "risk_level": evaluation.risk_level.upper(),
        "decision": DECISIONS[evaluation.decision],
        "explanation": {"primary_factors": explanation_lines(evaluation)},
        "case_id": show("cas", evaluation.case_id) if evaluation.case_id else None,
    }
