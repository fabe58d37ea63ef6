"""Customers as name screening sees them: who they are, opened from their row. Call inside `tenant(...)`.

Reading and writing here is for screenings, the ongoing lane and `/api/customers`; payments have `screening/enrich.py`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import msgspec

from ratel.sealing import blind_index, seal, unseal
from ratel.statements import driver_connection
from screening.enrich import SealedProfile
from screening.models import Customer
from screening.names.entity import EntityType, NameQuery
from screening.screenings.identity import Identity, open_identity

_ENTITY_TYPES: Final[dict[str, EntityType]] = {"business": "company", "individual": "person"}


@dataclass(frozen=True)
class KnownCustomer:
    """Who a stored customer is; everything but the ids may be unknown."""

    id: UUID
    reference: str
    profile: SealedProfile
    identity: Identity
    entity_type: str | None
    home_country: str | None

    def query(self) -> NameQuery | None:
        """What the lists are asked about the customer; None where not even the name is known."""
        if not self.profile.name:
            return None
        countries = (self.identity.nationality, self.home_country)
        return NameQuery(
            name=self.profile.name,
            entity_type=_ENTITY_TYPES.get(self.entity_type or ""),
            birth_date=self.identity.birth_date,
            countries=tuple(dict.fromkeys(country for country in countries if country)),
            identifiers=(self.profile.national_id,) if self.profile.national_id else (),
            gender=self.identity.gender,
        )


def opened(row: Any) -> KnownCustomer:
    """A customer from its row (or model)."""
    return KnownCustomer(
        id=row.id,
        reference=row.reference,
        profile=open_profile(row.id, row.sealed_profile),
        identity=open_identity(row.id, row.sealed_identity),
        entity_type=row.entity_type,
        home_country=row.home_country,
    )


def open_profile(customer_id: UUID, sealed: bytes | memoryview) -> SealedProfile:
    return msgspec.json.decode(unseal(bytes(sealed), customer_id.bytes), type=SealedProfile)


def seal_profile(customer_id: UUID, profile: SealedProfile) -> bytes:
    return seal(msgspec.json.encode(profile), customer_id.bytes)


def customers_named(team_id: UUID, references: Iterable[str]) -> dict[str, KnownCustomer]:
    """Those of the customers that are known, by the bank's own reference."""
    wanted = list(dict.fromkeys(references))
    if not wanted:
        return {}
    rows = Customer.objects.filter(team_id=team_id, reference__in=wanted)
    return {row.reference: opened(row) for row in rows}


def customers_after(
    team_id: UUID, within: tuple[UUID, UUID], after: UUID | None, *, at_once: int
) -> list[KnownCustomer]:
    """The next customers of a range of ids, in their order."""
    rows = Customer.objects.filter(team_id=team_id, id__gte=within[0], id__lte=within[1]).order_by("id")
    page = rows if after is None else rows.filter(id__gt=after)
    return [opened(row) for row in page[:at_once]]


def lock_customers(team_id: UUID, references: Sequence[str]) -> None:
    """Waits until nobody decides about these customers, in one order for everybody; until the transaction ends."""
    locks = sorted({blind_index(team_id.bytes, reference) for reference in references})
    if locks:
        driver_connection().execute(
            "SELECT pg_advisory_xact_lock(k) FROM (SELECT k FROM unnest(%s::bigint[]) AS u(k) ORDER BY k) o",
            (locks,),
        )
