"""The list of customers: filters over indexes, the newest first or those with alerts on top."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from ratel.statements import driver_connection
from screening.screenings.customers import open_profile

_CUSTOMERS: Final = (
    "SELECT c.id, c.reference, c.sealed_profile, c.entity_type, c.risk_rating, c.kyc_status, c.kyc_tier, c.home_country,"
    " c.is_pep, c.prior_alerts, c.open_case_id, c.first_at, c.created_at, (SELECT max(t.occurred_at)"
    " FROM screening_transaction t WHERE t.team_id = c.team_id AND t.customer_id = c.id) AS last_at"
    " FROM screening_customer c WHERE c.team_id = %(team)s"
)


@dataclass(frozen=True)
class Wanted:
    """Which customers; None asks for nothing."""

    reference: str | None = None
    risk: str | None = None
    kyc: str | None = None
    entity: str | None = None
    is_pep: bool | None = None
    has_case: bool = False
    has_alerts: bool = False


@dataclass(frozen=True)
class ListedCustomer:
    id: UUID
    reference: str
    name: str | None
    entity_type: str | None
    risk_rating: str | None
    kyc_status: str | None
    kyc_tier: str | None
    home_country: str | None
    is_pep: bool | None
    prior_alerts: int
    open_case_id: UUID | None
    first_at: datetime | None
    created_at: datetime
    last_at: datetime | None


def customers_listed(
    team_id: UUID, wanted: Wanted, *, after: UUID | None, limit: int
) -> Iterator[ListedCustomer]:
    """The newest first; call inside `tenant(...)`."""
    asked: dict[str, Any] = {"team": team_id, "after": after, "limit": limit}
    plain = {
        "reference": ("c.reference = %(reference)s", wanted.reference),
        "risk": ("c.risk_rating = %(risk)s", wanted.risk),
        "kyc": ("c.kyc_status = %(kyc)s", wanted.kyc),
        "entity": ("c.entity_type = %(entity)s", wanted.entity),
        "pep": ("c.is_pep = %(pep)s", wanted.is_pep),
    }
    conditions = [condition for condition, value in plain.values() if value is not None]
    asked |= {name: value for name, (_, value) in plain.items()}
    if wanted.has_case:
        conditions.append("c.open_case_id IS NOT NULL")
    if wanted.has_alerts:
        conditions.append("c.prior_alerts > 0")
    if after is not None:
        conditions.append("c.id < %(after)s")
    statement = (
        f"{_CUSTOMERS}{''.join(f' AND {one}' for one in conditions)} ORDER BY c.id DESC LIMIT %(limit)s"
    )
    for row in driver_connection().execute(statement.encode(), asked):
        yield ListedCustomer(row[0], row[1], open_profile(row[0], row[2]).name, *row[3:])
