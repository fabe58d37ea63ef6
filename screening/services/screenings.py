"""Screening subjects that the bank asks about: looked up, judged, and stored with alert, events and audit entry.

The lists are searched outside of any database transaction, so that nobody's customer waits for a search. A subject with a
customer id that is not known yet makes that customer, with what was said of it.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from django.db.models import QuerySet
from django.utils import timezone

from ratel.identifiers import new_id
from ratel.problem import NotFound, Unavailable
from ratel.sealing import unseal
from ratel.tenancy import tenant
from screening.configuration import TeamConfiguration, configuration_of
from screening.enrich import SealedProfile
from screening.layers import NoList
from screening.layers.sanctions import Search, thresholds_of
from screening.match_decisions import CUSTOMER, in_force, of_party
from screening.models import Customer, Screening
from screening.names.entity import NameQuery
from screening.screenings.customers import (
    KnownCustomer,
    customers_named,
    lock_customers,
    seal_profile,
)
from screening.screenings.identity import Identity, seal_identity
from screening.screenings.judge import Judged, judge
from screening.screenings.record import RESULT_CONTEXT, Occasion, Screened, record
from screening.screenings.subject import Subject, query_of
from teams import audit
from teams.principal import Principal, TeamFacts

NO_LIST: Final = "No watchlist is loaded, so nobody can be screened"
_ROW_TYPES: Final = {"person": "individual", "company": "business"}


@dataclass(frozen=True)
class Told:
    """One screening as it is answered."""

    screened: Screened
    alert_id: UUID | None
    screened_at: datetime


def screening_run(*, caller: Principal, lane: str, subjects: Sequence[Subject]) -> list[Told]:
    """Screens the subjects and stores the results, in order. Raises Unavailable while no list is loaded."""
    team, now = caller.team, timezone.now()
    configuration = configuration_of(team)
    policy_version = configuration.ruleset.policy.version
    occasion = Occasion(team, lane, audit.actor_of(caller), policy_version, now)
    references = [subject.reference for subject in subjects if subject.reference]
    with tenant(team.organisation_id, [team.id]):
        known = customers_named(team.id, references)
    judged = [
        judged_by(
            configuration, query_of(subject, known.get(subject.reference or "")), subject.reference, now
        )
        for subject in subjects
    ]
    with tenant(team.organisation_id, [team.id]):
        lock_customers(team.id, references)
        customers = _with_new(team, subjects, customers_named(team.id, references), now)
        screened = [
            Screened(new_id(), subject, customers.get(subject.reference or ""), one)
            for subject, one in zip(subjects, judged, strict=True)
        ]
        alerts = record(screened, occasion)
    return [Told(one, alerts.get(one.id), now) for one in screened]


def judged_by(
    configuration: TeamConfiguration,
    query: NameQuery,
    reference: str | None,
    now: datetime,
    *,
    search: Search | None = None,
    only: Container[str] | None = None,
) -> Judged:
    """The query judged by the team's thresholds and what was decided about the customer's matches."""
    ruleset = configuration.ruleset
    if ruleset.names is None:
        raise Unavailable(NO_LIST)
    known = in_force(ruleset.decided, reference, now) if reference else ()
    decided = of_party(known, CUSTOMER, query.name)
    try:
        return judge(query, search or ruleset.names.search, thresholds_of(ruleset.policy), decided, only=only)
    except NoList:
        raise Unavailable(NO_LIST) from None


def screening_get(*, team: TeamFacts, screening_id: UUID | None) -> tuple[Screening, Subject, Judged]:
    """One stored screening, opened; raises NotFound. Inside `tenant(...)`."""
    row = Screening.objects.filter(team_id=team.id, id=screening_id).first() if screening_id else None
    if row is None:
        raise NotFound
    subject = msgspec.json.decode(unseal(bytes(row.sealed_subject), row.id.bytes), type=Subject)
    context = row.id.bytes + RESULT_CONTEXT
    return row, subject, msgspec.json.decode(unseal(bytes(row.sealed_result), context), type=Judged)


def screenings_found(
    *, team: TeamFacts, reference: str | None, filters: Mapping[str, Any]
) -> "QuerySet[Screening]":
    """The team's screenings that the filters leave, the newest first. Inside `tenant(...)`."""
    found = Screening.objects.filter(team_id=team.id, **filters)
    if reference is not None:
        customers = Customer.objects.filter(team_id=team.id, reference=reference)
        found = found.filter(customer_id__in=customers.values("id"))
    return found.order_by("-id").defer("sealed_subject", "sealed_result")


def _with_new(
    team: TeamFacts, subjects: Iterable[Subject], known: Mapping[str, KnownCustomer], now: datetime
) -> dict[str, UUID]:
    """The ids of the customers by reference; those that are new are made."""
    new = {
        subject.reference: _customer(team, subject.reference, subject, now)
        for subject in subjects
        if subject.reference and subject.reference not in known
    }
    Customer.objects.bulk_create(new.values())
    return {
        **{reference: customer.id for reference, customer in known.items()},
        **{reference: row.id for reference, row in new.items()},
    }


def _customer(team: TeamFacts, reference: str, subject: Subject, now: datetime) -> Customer:
    identifier = new_id()
    profile = SealedProfile(name=subject.name, national_id=subject.national_id)
    identity = Identity(subject.birth_date, subject.nationality, subject.gender)
    return Customer(
        id=identifier,
        organisation_id=team.organisation_id,
        team_id=team.id,
        reference=reference,
        sealed_profile=seal_profile(identifier, profile),
        sealed_identity=seal_identity(identifier, identity),
        entity_type=_ROW_TYPES.get(subject.entity_type or ""),
        profile_at=now,
        created_at=now,
        updated_at=now,
    )
