"""The native dialect: `POST /api/transactions/evaluate` in, the envelope with decision, score and hits out.

A body is decoded into a struct in microseconds; only one that is refused is looked at a second time, field by field,
so that every problem is named with its path.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from ratel.identifiers import show
from ratel.problem import Invalid, Problem
from ratel.requests import is_address
from screening import codes
from screening.answer import Evaluated
from screening.evaluation import Evaluation, explanation_lines
from screening.request import EvaluateRequest, body_hash, key_hash
from screening.rules.compile import STATE_NAMES
from screening.transaction import Counterparty, Customer, Transaction
from teams.principal import TeamFacts

DIALECT: Final = "native"
LARGEST_AMOUNT: Final = Decimal(10) ** 18
FEWEST_EXPONENT: Final = -8
FUTURE_ALLOWED: Final = timedelta(minutes=5)
# A day is named without a place: somewhere it is tomorrow already.
LATEST_DAY: Final = timedelta(days=1)
LONGEST_WORD: Final = 64
EARLIEST: Final = datetime(1900, 1, 1, tzinfo=UTC)
MOST_ATTRIBUTES: Final = 200
DEEPEST_ATTRIBUTE: Final = 8

Identifier = Annotated[str, Meta(min_length=1, max_length=128)]
Name = Annotated[str, Meta(max_length=500)]
Account = Annotated[str, Meta(max_length=64)]
Word = Annotated[str, Meta(min_length=1, max_length=LONGEST_WORD)]
Amount = Annotated[int, Meta(ge=0)] | Annotated[str, Meta(max_length=40)]


class NativeBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The request as api.md prints it. Any optional field may be absent or null."""

    customerId: Identifier  # noqa: N815 - the dialect's own names
    direction: Literal["credit", "debit"]
    channel: Word
    amountIdr: Amount | UnsetType | None = UNSET  # noqa: N815
    amount: Amount | UnsetType | None = UNSET
    # A pattern's $ also holds before a line's end, so each has its length too.
    currency: Annotated[str, Meta(pattern="^[A-Za-z]{3}$", max_length=3)] | None = None
    counterpartyName: Name | None = None  # noqa: N815
    counterpartyNik: Annotated[str, Meta(pattern="^[0-9]{16}$", max_length=16)] | None = None  # noqa: N815
    counterpartyAccount: Account | None = None  # noqa: N815
    isCrossBorder: bool | None = None  # noqa: N815
    city: Annotated[str, Meta(max_length=200)] | None = None
    country: Annotated[str, Meta(pattern="^[A-Za-z]{2}$", max_length=2)] | None = None
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


_NO_NULL: Final = "must not contain a null character"
_FIELDS: Final = {field.name: field for field in msgspec.structs.fields(NativeBody)}


def parse(document: Any, team: TeamFacts, now: datetime) -> EvaluateRequest:
    """The request that a decoded body stands for; raises Invalid with every problem and its path."""
    try:
        body = msgspec.convert(document, NativeBody)
    except msgspec.ValidationError:
        raise Invalid(
            errors=list(_problems_of(document)) or [Problem("", "is not a valid transaction")]
        ) from None
    problems: list[Problem] = []
    transaction = _transaction(body, team, now, problems)
    if not problems:
        problems.extend(_unstorable(document))
    if problems or transaction is None:
        raise Invalid(errors=problems)
    external_id = body.externalId
    return EvaluateRequest(
        transaction=transaction,
        dialect=DIALECT,
        persist=body.persist is not False,
        key_hash=key_hash(external_id) if external_id is not None else None,
        body_hash=body_hash(document),
        occurs_now=body.occurredAt is None,
    )


def _problems_of(document: Any) -> Iterator[Problem]:
    """The second, slower look: each field by itself, and what is missing or not known."""
    if not isinstance(document, Mapping):
        yield Problem("", "must be a JSON object")
        return
    for name, field in _FIELDS.items():
        if name in document:
            try:
                msgspec.convert(document[name], field.type)
            except msgspec.ValidationError as error:
                yield Problem(name + _inner_path(str(error)), _readable(str(error), name))
        elif field.required:
            yield Problem(name, "is required")
    for name in document:
        if name not in _FIELDS:
            yield Problem(str(name)[:128], "is not a field of this endpoint; use attributes")
    if "amount" not in document and "amountIdr" not in document:
        yield Problem("amount", "amount or amountIdr is required")


def _inner_path(message: str) -> str:
    _, found, path = message.partition(" - at `$")
    return path.rstrip("`") if found else ""


def _readable(message: str, name: str) -> str:
    """The decoder's sentence without its path, in the words of the page. It quotes types and limits, never values."""
    sentence = message.partition(" - at `")[0].replace("`", "")
    hints = {
        "direction": "must be credit or debit",
        "counterpartyNik": "must be 16 digits",
        "currency": "must be three letters (ISO 4217)",
        "country": "must be two letters (ISO 3166-1)",
        "amount": "must be a whole number of at least 0, or a string with an exact decimal",
        "amountIdr": "must be a whole number of at least 0, or a string with an exact decimal",
    }
    return hints.get(name, sentence[:1].lower() + sentence[1:])


def _transaction(
    body: NativeBody, team: TeamFacts, now: datetime, problems: list[Problem]
) -> Transaction | None:
    amount, currency = _amount(body, team, problems)
    occurred_at = _occurred_at(body.occurredAt, now, problems)
    country = _code(body.country, codes.countries(), "country", "is not an ISO 3166-1 country", problems)
    since = _since(body.customerSince, now, problems)
    kyc_status = _word(body.kycStatus, {word: word for word in codes.KYC_STATUSES}, "kycStatus", problems)
    kyc_tier = _word(body.kycTier, codes.KYC_TIERS, "kycTier", problems)
    kind = _lower(body.type, "type", problems)
    channel = _lower(body.channel, "channel", problems)
    _check_address(body.ipAddress, problems)
    _check_attributes(body.attributes or {}, problems)
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
    return _exact(value, name, problems), currency


def _exact(value: Any, path: str, problems: list[Problem]) -> Decimal:
    try:
        amount = Decimal(value) if not isinstance(value, str) or _is_plain_number(value) else None
    except InvalidOperation:
        amount = None
    exponent = amount.as_tuple().exponent if amount is not None else None
    if amount is None or not isinstance(exponent, int):
        problems.append(Problem(path, 'must be an exact decimal such as 1250000 or "9850.25"'))
    elif amount < 0:
        problems.append(Problem(path, "must not be negative"))
    elif amount >= LARGEST_AMOUNT:
        problems.append(Problem(path, "must be below 10^18"))
    elif exponent < FEWEST_EXPONENT:
        problems.append(Problem(path, "may have at most 8 decimal places"))
    else:
        return amount
    return Decimal(0)


def _is_plain_number(text: str) -> bool:
    """Digits with at most one point and a sign: no exponents, spaces, underscores or words."""
    digits = text.removeprefix("-").replace(".", "", 1)
    return digits.isascii() and digits.isdigit() and not text.startswith(".") and not text.endswith(".")


def _occurred_at(text: str | None, now: datetime, problems: list[Problem]) -> datetime:
    if text is None:
        return now
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        problems.append(
            Problem(
                "occurredAt", "must be an ISO 8601 time with an offset, such as 2026-01-31T09:30:00+07:00"
            )
        )
        return now
    if moment.tzinfo is None:
        problems.append(Problem("occurredAt", "must carry its offset from UTC"))
        return now
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:
        moment = EARLIEST - timedelta(days=1)
    if moment > now + FUTURE_ALLOWED:
        problems.append(Problem("occurredAt", "is more than 5 minutes in the future"))
    elif moment < EARLIEST:
        problems.append(Problem("occurredAt", "is before 1900"))
    else:
        return moment
    return now


def _since(text: str | None, now: datetime, problems: list[Problem]) -> date | None:
    if text is None:
        return None
    try:
        day = datetime.fromisoformat(text).date()
    except ValueError:
        problems.append(Problem("customerSince", "must be an ISO 8601 date"))
        return None
    if day > (now + LATEST_DAY).date():
        problems.append(Problem("customerSince", "is in the future"))
    return day


def _lower(word: str | None, path: str, problems: list[Problem]) -> str | None:
    """Lower case, which can be longer: U+0130 becomes two characters."""
    if word is None:
        return None
    lower = word.lower()
    if len(lower) > LONGEST_WORD:
        problems.append(Problem(path, f"must have at most {LONGEST_WORD} characters in lower case"))
    return lower


def _code(
    value: str | None, known: frozenset[str], path: str, message: str, problems: list[Problem]
) -> str | None:
    if value is None:
        return None
    code = value.upper()
    if code not in known:
        problems.append(Problem(path, message))
    return code


def _word(value: str | None, known: Mapping[str, str], path: str, problems: list[Problem]) -> str | None:
    if value is None:
        return None
    word = known.get(value.lower())
    if word is None:
        problems.append(Problem(path, f"must be one of {', '.join(sorted(known))}"))
    return word


def _check_address(text: str | None, problems: list[Problem]) -> None:
    if text and not is_address(text):
        problems.append(Problem("ipAddress", "must be an IPv4 or IPv6 address"))


def _check_attributes(attributes: Mapping[str, Any], problems: list[Problem]) -> None:
    if len(attributes) > MOST_ATTRIBUTES:
        problems.append(Problem("attributes", f"may have at most {MOST_ATTRIBUTES} keys"))
    for key, value in attributes.items():
        if _is_deeper(value, DEEPEST_ATTRIBUTE):
            problems.append(Problem(f"attributes.{key}", f"may nest at most {DEEPEST_ATTRIBUTE} deep"))


def _is_deeper(value: Any, levels: int) -> bool:
    if not isinstance(value, list | dict):
        return False
    children = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(_is_deeper(child, levels - 1) for child in children)


def _unstorable(document: Mapping[str, Any]) -> Iterator[Problem]:
    """Null characters, which no text column can hold; of the attributes each one that has any is named."""
    for name, value in document.items():
        if isinstance(value, str):
            if "\x00" in value:
                yield Problem(name, _NO_NULL)
        elif isinstance(value, dict):
            for key, inner in value.items():
                if "\x00" in key:
                    yield Problem(name, _NO_NULL)
                elif _has_null(inner):
                    yield Problem(f"{name}.{key}", _NO_NULL)


def _has_null(value: Any) -> bool:
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, dict):
        return any(_has_null(one) for pair in value.items() for one in pair)
    return isinstance(value, list) and any(_has_null(one) for one in value)


# -- The answer


RuleNames = Sequence[tuple[str, str]]


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
