"""Reads what the layers may know: the customer's profile and past, and whether the external id was decided already.

One statement for all the transactions of a turn; each is seen from its own `occurred_at`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from ratel.sealing import blind_index, unseal
from screening.configuration import TeamConfiguration
from screening.context import Context, Past, Profile, make_context
from screening.request import EvaluateRequest
from screening.screenings.identity import open_identity
from screening.unit_of_work import UnitOfWork


class SealedProfile(msgspec.Struct, omit_defaults=True):
    """The part of a profile that names somebody, sealed as one value in the customer's row."""

    name: str | None = None
    account: str | None = None
    national_id: str | None = None
    kyb_status: str | None = None


@dataclass(frozen=True)
class Keys:
    """Blind indexes of what this transaction shares with others."""

    counterparty: int | None
    device: int | None
    ip: int | None


@dataclass(frozen=True)
class Enriched:
    """One request with what is stored about it. `customer_id` is None on first sight of the customer; `profile_at` is
    when the payment occurred that last said something of the profile."""

    request: EvaluateRequest
    context: Context
    keys: Keys
    customer_id: UUID | None
    profile_at: datetime | None
    open_case_id: UUID | None
    open_alerts: str | None
    decided_body_hash: bytes | None
    decided_id: UUID | None
    held_key_expired: bool


def keys_of(request: EvaluateRequest, team_id: UUID) -> Keys:
    transaction, scope = request.transaction, team_id.bytes
    counterparty = transaction.counterparty.identity
    return Keys(
        blind_index(scope, "c" + counterparty) if counterparty else None,
        blind_index(scope, "d" + transaction.device_id) if transaction.device_id else None,
        blind_index(scope, "i" + transaction.ip_address) if transaction.ip_address else None,
    )


def enrich(
    work: UnitOfWork, requests: Sequence[EvaluateRequest], configuration: TeamConfiguration, now: datetime
) -> list[Enriched]:
    """What is stored for each request, in their order; a request's own earlier turns are seen."""
    team = configuration.team
    keys = [keys_of(request, team.id) for request in requests]
    inputs = [
        _inputs(number, request, key)
        for number, (request, key) in enumerate(zip(requests, keys, strict=True))
    ]
    history = configuration.history
    if len(inputs) == 1:
        rows = work.read(history.row_sql, [*inputs[0], now, team.id, *history.constants])
    else:
        columns = list(zip(*inputs, strict=True))
        rows = work.read(history.rows_sql, [*columns, now, team.id, *history.constants])
    unknown = _unknown(work, inputs, rows, configuration)
    return [
        _enriched(request, key, row, configuration, unknown.get(number, ()))
        for number, (request, key, row) in enumerate(zip(requests, keys, rows, strict=True))
    ]


def _unknown(
    work: UnitOfWork,
    inputs: Sequence[tuple[Any, ...]],
    rows: Sequence[tuple[Any, ...]],
    configuration: TeamConfiguration,
) -> dict[int, tuple[int, ...]]:
    """By number of the request the positions of what cannot be known; asks only where an amount was not converted."""
    concerned = [number for number, row in enumerate(rows) if row[22]]
    statement = configuration.history.unconverted
    if not concerned or not statement.positions:
        return {}
    seen_at = [(*inputs[n][:2], rows[n][0], *inputs[n][3:]) for n in concerned]
    columns = list(zip(*seen_at, strict=True))
    found = work.read(statement.sql, [*statement.constants, *columns, configuration.team.id])
    return {
        number: tuple(
            [position for position, is_unknown in zip(statement.positions, flags, strict=True) if is_unknown]
        )
        for number, flags in zip(concerned, found, strict=True)
    }


def _inputs(number: int, request: EvaluateRequest, keys: Keys) -> tuple[Any, ...]:
    """One row of history_sql.INPUTS."""
    transaction = request.transaction
    return (
        number,
        transaction.customer_id,
        None if request.occurs_now else transaction.occurred_at,
        request.key_hash if request.persist else None,
        keys.counterparty,
        keys.device,
        keys.ip,
        transaction.country,
        transaction.channel,
        transaction.type,
    )


def _enriched(
    request: EvaluateRequest,
    keys: Keys,
    row: tuple[Any, ...],
    configuration: TeamConfiguration,
    unknown: tuple[int, ...],
) -> Enriched:
    if request.occurs_now:
        moment = msgspec.structs.replace(request.transaction, occurred_at=row[0])
        request = replace(request, transaction=moment)
    transaction = request.transaction
    past = Past(
        last_at=row[16],
        first_at=row[17],
        knows_counterparty=row[19],
        asked=configuration.asked_text,
        stored=_stored(row[23:], configuration.history.widths),
        unknown=unknown,
    )
    amount = configuration.rates.convert(
        transaction.amount, transaction.currency, transaction.occurred_at.date()
    )
    return Enriched(
        request=request,
        context=make_context(transaction, _profile(row), past, amount, configuration.counting),
        keys=keys,
        customer_id=row[1],
        profile_at=row[18],
        open_case_id=row[12],
        open_alerts=row[21],
        decided_body_hash=None if row[13] is None else bytes(row[13]),
        decided_id=row[14],
        held_key_expired=row[15] is True,
    )


def _profile(row: tuple[Any, ...]) -> Profile:
    if row[1] is None:
        return Profile()
    hidden = msgspec.json.decode(unseal(row[2], row[1].bytes), type=SealedProfile)
    identity = open_identity(row[1], row[20])
    return Profile(
        name=hidden.name,
        account=hidden.account,
        national_id=hidden.national_id,
        kyb_status=hidden.kyb_status,
        kyc_status=row[3],
        kyc_tier=row[4],
        since=row[5],
        entity_type=row[6],
        home_country=row[7],
        risk_rating=row[8],
        is_pep=row[9],
        birth_date=identity.birth_date,
        nationality=identity.nationality,
        gender=identity.gender,
        prior_alerts=row[10],
        prior_sars=row[11],
    )


def _stored(values: Sequence[Any], widths: Sequence[int]) -> tuple[Any, ...]:
    """The aggregates' numbers; the two columns of an average become a pair."""
    found = []
    position = 0
    for width in widths:
        found.append(values[position] if width == 1 else tuple(values[position : position + width]))
        position += width
    return tuple(found)
