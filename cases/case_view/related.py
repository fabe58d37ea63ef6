"""Other cases that this one has something in common with: the customer, a counterparty, a device, an account.

Looked for among the newest MOST_LOOKED_AT alerts that belong to cases: the cost is bounded however much a team has.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from cases.case_view.decisions import Payment
from ratel.sealing import blind_index
from ratel.statements import driver_connection
from screening.transaction import Counterparty

MOST_LOOKED_AT: Final = 3_000
MOST_RELATED: Final = 20
_RELATED: Final = (
    "WITH recent AS (SELECT a.case_id, t.counterparty_key, t.device_key FROM (SELECT case_id, transaction_id"
    " FROM cases_alert WHERE team_id = %(team)s AND case_id IS NOT NULL ORDER BY id DESC LIMIT %(looked_at)s) a"
    " JOIN screening_transaction t ON t.id = a.transaction_id WHERE a.case_id <> %(case)s"
    " AND (t.counterparty_key = ANY(%(either)s) OR t.device_key = ANY(%(devices)s))),"
    " ties AS (SELECT id AS case_id, 'customer' AS why, NULL::bigint AS key FROM cases_case"
    " WHERE team_id = %(team)s AND customer_id = %(customer)s AND id <> %(case)s"
    " UNION ALL SELECT case_id, 'counterparty', counterparty_key FROM recent WHERE counterparty_key = ANY(%(parties)s)"
    " UNION ALL SELECT case_id, 'account', NULL FROM recent WHERE counterparty_key = ANY(%(own)s)"
    " UNION ALL SELECT case_id, 'device', NULL FROM recent WHERE device_key = ANY(%(devices)s)"
    " UNION ALL SELECT c.id, 'account', NULL FROM screening_customer u JOIN cases_case c ON c.team_id = %(team)s"
    " AND c.customer_id = u.id WHERE u.team_id = %(team)s AND u.reference = ANY(%(references)s) AND c.id <> %(case)s)"
    " SELECT c.id, c.status, c.type, c.priority, c.title, c.created_at, u.reference, array_agg(DISTINCT t.why),"
    " array_remove(array_agg(DISTINCT t.key), NULL) FROM ties t JOIN cases_case c ON c.id = t.case_id"
    " LEFT JOIN screening_customer u ON u.id = c.customer_id WHERE c.team_id = %(team)s"
    " GROUP BY c.id, u.reference, c.status, c.type, c.priority, c.title, c.created_at ORDER BY c.id DESC LIMIT %(most)s"
)
_IN_WORDS: Final = {
    "customer": "same customer",
    "counterparty": "same counterparty",
    "device": "same device",
    "account": "money between them",
}


@dataclass(frozen=True)
class RelatedCase:
    """`keys` are the counterparties that both have."""

    id: UUID
    status: str
    type: str
    priority: str
    title: str
    created_at: datetime
    reference: str | None
    ties: tuple[str, ...]
    keys: tuple[int, ...]

    @property
    def why(self) -> str:
        return ", ".join(_IN_WORDS[one] for one in self.ties)


def related_cases(
    team_id: UUID,
    case_id: UUID,
    customer_id: UUID | None,
    reference: str | None,
    payments: tuple[Payment, ...],
) -> list[RelatedCase]:
    """One statement; call inside `tenant(...)`."""
    parties = sorted({one.counterparty_key for one in payments if one.counterparty_key is not None})
    own = _own_keys(team_id, reference, payments)
    asked = {
        "team": team_id,
        "case": case_id,
        "customer": customer_id,
        "looked_at": MOST_LOOKED_AT,
        "most": MOST_RELATED,
        "parties": parties,
        "own": own,
        "either": [*parties, *own],
        "devices": sorted({one.device_key for one in payments if one.device_key is not None}),
        "references": sorted({one.sent.counterparty.entity_id or "" for one in payments} - {""}),
    }
    rows = driver_connection().execute(_RELATED, asked).fetchall()
    return [RelatedCase(*(*row[:7], tuple(row[7]), tuple(row[8]))) for row in rows]


def _own_keys(team_id: UUID, reference: str | None, payments: tuple[Payment, ...]) -> list[int]:
    """The keys under which this customer is somebody else's counterparty: by id, and by the accounts it used."""
    named = {Counterparty(entity_id=reference)} if reference else set()
    for payment in payments:
        customer = payment.sent.customer
        if customer.account:
            named |= {
                Counterparty(account=customer.account, bank_code=customer.bank_code),
                Counterparty(account=customer.account),
            }
    return sorted(blind_index(team_id.bytes, f"c{one.identity}") for one in named)
