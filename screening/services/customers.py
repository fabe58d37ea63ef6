"""Writing what is known of customers: the facts that payments also tell, and those that only the bank's files do.

The customer's lock is held: no payment decides on a half-written profile. Names, accounts, ids and dates of birth are
sealed; the audit trail names such fields and never their values.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

import msgspec
from django.db.models import QuerySet
from django.utils import timezone

from ratel.identifiers import new_id, read, show
from ratel.problem import Conflict, NotFound
from ratel.tenancy import tenant
from screening.enrich import SealedProfile
from screening.models import Customer
from screening.screenings.customers import lock_customers, open_profile, seal_profile
from screening.screenings.identity import open_identity, seal_identity
from teams.audit import note
from teams.principal import Principal, TeamFacts

# The API's name of each fact, and where it is kept.
OF_PROFILE: Final = {
    "fullName": "name",
    "nik": "national_id",
    "account": "account",
    "kybStatus": "kyb_status",
}
OF_IDENTITY: Final = {"dateOfBirth": "birth_date", "nationality": "nationality", "gender": "gender"}
OF_ROW: Final = {
    "entityType": "entity_type",
    "kycStatus": "kyc_status",
    "kycTier": "kyc_tier",
    "customerSince": "since",
    "isPep": "is_pep",
    "riskRating": "risk_rating",
    "homeCountry": "home_country",
}
FACTS: Final = (*OF_PROFILE, *OF_IDENTITY, *OF_ROW)
# What a payment may say as well, so that the newer of the two counts.
_SAID_BY_PAYMENTS: Final = frozenset({*OF_PROFILE, "entityType", "kycStatus", "kycTier", "customerSince"})
CUSTOMER_ID: Final = "cus"
Facts = Mapping[str, Any]


def customer_create(*, caller: Principal, reference: str, facts: Facts) -> Customer:
    """A new customer; raises Conflict where the team knows the reference already."""
    team, now = caller.team, timezone.now()
    with tenant(team.organisation_id, [team.id]):
        lock_customers(team.id, [reference])
        if Customer.objects.filter(team_id=team.id, reference=reference).exists():
            raise Conflict(
                "The team has this customer already", code="customer_exists", extra={"allowed": []}
            )
        customer = Customer(
            id=new_id(),
            organisation_id=team.organisation_id,
            team_id=team.id,
            reference=reference,
            created_at=now,
        )
        customer.sealed_profile = seal_profile(customer.id, SealedProfile())
        _apply(customer, facts, now)
        customer.save(force_insert=True)
        _note(caller, "customer.created", customer, {}, facts)
        return customer


def customer_update(*, caller: Principal, named: str, facts: Facts) -> Customer:
    """The customer with these facts over those that were known; None forgets one. Raises NotFound."""
    team = caller.team
    with tenant(team.organisation_id, [team.id]):
        lock_customers(team.id, [customer_get(team=team, named=named).reference])
        # Read again: what a payment wrote while the lock was waited for must not be lost.
        customer = customer_get(team=team, named=named)
        before = facts_of(customer)
        changed = {name: value for name, value in facts.items() if before[name] != value}
        if changed:
            _apply(customer, changed, timezone.now())
            customer.save(
                update_fields=[
                    "sealed_profile",
                    "sealed_identity",
                    "profile_at",
                    "updated_at",
                    *OF_ROW.values(),
                ]
            )
            _note(caller, "customer.updated", customer, before, changed)
        return customer


def customer_get(*, team: TeamFacts, named: str) -> Customer:
    """The customer with this id (`cus_...`) or this reference of the bank's own. Inside `tenant(...)`."""
    customers = Customer.objects.filter(team_id=team.id)
    identifier = read(CUSTOMER_ID, named)
    found = customers.filter(id=identifier).first() if identifier else None
    if found is None and "\x00" not in named:
        found = customers.filter(reference=named).first()
    if found is None:
        raise NotFound
    return found


def customers_found(*, team: TeamFacts, filters: Mapping[str, Any]) -> "QuerySet[Customer]":
    """The team's customers that the filters leave, the newest first. Inside `tenant(...)`."""
    return Customer.objects.filter(team_id=team.id, **filters).order_by("-id")


def facts_of(customer: Customer) -> dict[str, Any]:
    """Every fact of a customer by the API's names, None where it is unknown."""
    profile = open_profile(customer.id, customer.sealed_profile)
    identity = open_identity(customer.id, customer.sealed_identity)
    return {
        **{name: getattr(profile, field) for name, field in OF_PROFILE.items()},
        **{name: getattr(identity, field) for name, field in OF_IDENTITY.items()},
        **{name: getattr(customer, field) for name, field in OF_ROW.items()},
    }


def _apply(customer: Customer, facts: Facts, now: datetime) -> None:
    profile = open_profile(customer.id, customer.sealed_profile)
    identity = open_identity(customer.id, customer.sealed_identity)
    profile = msgspec.structs.replace(profile, **_renamed(facts, OF_PROFILE))
    identity = msgspec.structs.replace(identity, **_renamed(facts, OF_IDENTITY))
    customer.sealed_profile = seal_profile(customer.id, profile)
    customer.sealed_identity = seal_identity(customer.id, identity)
    for field, value in _renamed(facts, OF_ROW).items():
        setattr(customer, field, value)
    if _SAID_BY_PAYMENTS & facts.keys():
        customer.profile_at = now
    customer.updated_at = now


def _renamed(facts: Facts, names: Mapping[str, str]) -> dict[str, Any]:
    return {names[name]: value for name, value in facts.items() if name in names}


def _note(caller: Principal, action: str, customer: Customer, before: Facts, after: Facts) -> None:
    """Plain facts with their values, sealed ones by their names alone."""
    plain = [name for name in after if name in OF_ROW]
    note(
        caller=caller,
        action=action,
        subject=("customer", show(CUSTOMER_ID, customer.id)),
        before={name: _plain(before.get(name)) for name in plain},
        after={
            **{name: _plain(after[name]) for name in plain},
            "sealed": sorted(name for name in after if name not in OF_ROW),
        },
    )


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
