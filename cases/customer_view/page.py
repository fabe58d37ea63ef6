"""One customer with everything its page shows, in six statements, each bounded to the newest of its kind."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from cases.case_view.network import Edge, Network, drawn, flows_of
from cases.customer_view.chart import Chart, Day, charted
from ratel.identifiers import show
from ratel.problem import NotFound
from ratel.statements import driver_connection
from screening.models import Customer
from screening.replays import open_transaction
from screening.services.customers import facts_of
from screening.transaction import Transaction
from teams import audit
from teams.principal import Principal

DAYS: Final = 90
MOST_SHOWN: Final = 25
# The newest of so many payments are grouped by counterparty and device.
MOST_GROUPED: Final = 5_000
MOST_PARTIES: Final = 14
_EVERY_DAY: Final = (
    "SELECT (occurred_at AT TIME ZONE 'UTC')::date, direction, count(*), COALESCE(sum(base_amount), 0)"
    " FROM screening_transaction WHERE team_id = %(team)s AND customer_id = %(customer)s"
    " AND occurred_at >= %(since)s AND occurred_at <= %(now)s GROUP BY 1, 2"
)
_PAYMENTS: Final = (
    "SELECT t.id, t.external_id, t.occurred_at, t.direction, t.amount, t.currency, t.base_amount, t.type, t.channel,"
    " t.country, t.sealed_input, e.decision, e.risk_score, e.alert_id FROM (SELECT * FROM screening_transaction"
    " WHERE team_id = %(team)s AND customer_id = %(customer)s ORDER BY occurred_at DESC LIMIT %(most)s) t"
    " LEFT JOIN LATERAL (SELECT x.decision, x.risk_score, x.alert_id FROM screening_evaluation x"
    " WHERE x.transaction_id = t.id ORDER BY x.id DESC LIMIT 1) e ON true ORDER BY t.occurred_at DESC"
)
_GROUPS: Final = (
    "WITH newest AS (SELECT id, counterparty_key, device_key, direction, base_amount, occurred_at"
    " FROM screening_transaction WHERE team_id = %(team)s AND customer_id = %(customer)s AND occurred_at >= %(since)s"
    " ORDER BY occurred_at DESC LIMIT %(grouped)s),"
    " groups AS ((SELECT 'party' AS kind, counterparty_key AS key, direction, count(*) AS count,"
    " COALESCE(sum(base_amount), 0) AS total, max(occurred_at) AS last_at,"
    " (array_agg(id ORDER BY occurred_at DESC))[1] AS one"
    " FROM newest WHERE counterparty_key IS NOT NULL GROUP BY 2, 3 ORDER BY 5 DESC LIMIT %(parties)s)"
    " UNION ALL (SELECT 'device', device_key, NULL, count(*), COALESCE(sum(base_amount), 0), max(occurred_at),"
    " (array_agg(id ORDER BY occurred_at DESC))[1] FROM newest WHERE device_key IS NOT NULL"
    " GROUP BY 2 ORDER BY 4 DESC LIMIT %(parties)s))"
    " SELECT g.kind, g.key, g.direction, g.count, g.total, g.last_at, t.id, t.sealed_input FROM groups g"
    " JOIN screening_transaction t ON t.id = g.one"
)
_DEALINGS: Final = (
    "(SELECT 'alert' AS kind, id, created_at AS at, status, severity AS weight, trigger AS what,"
    " risk_score::text AS more, case_id AS other FROM cases_alert WHERE team_id = %(team)s AND customer_id = %(customer)s"
    " ORDER BY created_at DESC LIMIT %(most)s)"
    " UNION ALL (SELECT 'case', id, created_at, status, lower(priority), type, title, NULL FROM cases_case"
    " WHERE team_id = %(team)s AND customer_id = %(customer)s ORDER BY id DESC LIMIT %(most)s)"
)
_REPORTS: Final = (
    " UNION ALL (SELECT 'report', id, created_at, status, '', type, '', case_id FROM cases_report"
    " WHERE team_id = %(team)s AND customer_id = %(customer)s ORDER BY id DESC LIMIT %(most)s)"
)
_NAMES: Final = (
    "(SELECT 'screening' AS kind, id, screened_at AS at, status, lane AS what, match_count::text AS more,"
    " best_score::text AS score, alert_id AS other FROM screening_screening"
    " WHERE team_id = %(team)s AND customer_id = %(customer)s ORDER BY id DESC LIMIT 10)"
    " UNION ALL (SELECT 'decision', id, decided_at, status, verdict, entry_id, party, NULL FROM screening_matchdecision"
    " WHERE team_id = %(team)s AND customer_id = %(customer)s ORDER BY id DESC LIMIT 10)"
)


@dataclass(frozen=True)
class Paid:
    id: UUID
    external_id: str | None
    occurred_at: datetime
    direction: str | None
    amount: Decimal | None
    currency: str
    base: Decimal | None
    type: str | None
    channel: str | None
    country: str | None
    counterparty: str
    decision: str | None
    score: Decimal | None
    alert_id: UUID | None


@dataclass(frozen=True)
class Device:
    name: str
    count: int
    last_at: datetime


@dataclass(frozen=True)
class Dealing:
    """An alert, a case or a report of the customer."""

    id: UUID
    at: datetime
    status: str
    weight: str
    what: str
    more: str
    other: UUID | None


@dataclass(frozen=True)
class CustomerPage:
    customer: Customer
    facts: dict[str, Any]
    payments: tuple[Paid, ...]
    chart: Chart
    network: Network
    devices: tuple[Device, ...]
    dealings: dict[str, list[Dealing]]
    names: dict[str, list[Dealing]]

    @property
    def name(self) -> str:
        return str(self.facts.get("fullName") or self.customer.reference)

    @property
    def open_alerts(self) -> int:
        return sum(one.status in {"open", "in_progress", "escalated"} for one in self.dealings["alert"])

    @property
    def open_cases(self) -> int:
        return sum(
            one.status in {"OPEN", "IN_PROGRESS", "PENDING_REVIEW", "ESCALATED"}
            for one in self.dealings["case"]
        )


def customer_page(caller: Principal, customer_id: UUID | None) -> CustomerPage:
    """Call inside `tenant(...)`; raises NotFound. Looking at a customer is an entry of the audit trail."""
    team, now = caller.team, timezone.now()
    customer = Customer.objects.filter(team_id=team.id, id=customer_id).first() if customer_id else None
    if customer is None:
        raise NotFound("There is no such customer in this team")
    audit.note(caller=caller, action="customer.viewed", subject=("customer", show("cus", customer.id)))
    asked = {
        "team": team.id,
        "customer": customer.id,
        "now": now,
        "since": (now - timedelta(days=DAYS - 1)).replace(hour=0, minute=0, second=0, microsecond=0),
        "most": MOST_SHOWN,
        "grouped": MOST_GROUPED,
        "parties": MOST_PARTIES,
    }
    days = [Day(*row) for row in _rows(_EVERY_DAY, asked)]
    parties, devices = _groups(asked)
    with_reports = _REPORTS if caller.may("reports.read") else ""
    return CustomerPage(
        customer=customer,
        facts=facts_of(customer),
        payments=tuple(_paid(row) for row in _rows(_PAYMENTS, asked)),
        chart=charted(days, now.date(), DAYS),
        network=drawn(flows_of(parties, {})),
        devices=tuple(devices),
        dealings=_dealings(_rows(_DEALINGS + with_reports, asked), ("alert", "case", "report")),
        names=_dealings(_rows(_NAMES, asked), ("screening", "decision")),
    )


def _rows(statement: str, asked: dict[str, Any]) -> list[tuple[Any, ...]]:
    return driver_connection().execute(statement.encode(), asked).fetchall()


def _paid(row: tuple[Any, ...]) -> Paid:
    sent = open_transaction(row[0], row[10])
    return Paid(*(*row[:10], _named(sent), *row[11:]))


def _groups(asked: dict[str, Any]) -> tuple[list[Edge], list[Device]]:
    """Sums by counterparty and direction as edges of the drawing, and the devices that were used."""
    parties, devices = [], []
    for kind, key, direction, count, total, last_at, transaction_id, sealed in _rows(_GROUPS, asked):
        sent = open_transaction(transaction_id, sealed)
        if kind == "device":
            devices.append(Device(sent.device_id or "unnamed", count, last_at))
        else:
            name = _named(sent) or "unnamed"
            parties.append(Edge(str(key), name, direction, total, last_at, key, count))
    return parties, devices


def _named(sent: Transaction) -> str:
    party = sent.counterparty
    return party.name or party.account or party.entity_id or party.national_id or ""


def _dealings(rows: list[tuple[Any, ...]], kinds: tuple[str, ...]) -> dict[str, list[Dealing]]:
    found: dict[str, list[Dealing]] = {kind: [] for kind in kinds}
    for kind, *row in rows:
        found[kind].append(Dealing(*row))
    return {kind: sorted(many, key=lambda one: one.at, reverse=True) for kind, many in found.items()}
