"""Reads what is counted of an entity. One index range of the customer's own past, and the newest of its decisions."""

from datetime import datetime, timedelta
from typing import Any, Final

from ratel.sealing import blind_index
from ratel.statements import driver_connection
from ratel.tenancy import tenant
from screening.entity_risk.score import DAYS, RECENT_DAYS, Facts, Network
from screening.transaction import Counterparty
from teams.principal import TeamFacts

# Decisions of so many payments are looked at, the newest first, so that a busy entity costs no more than others.
MOST_DECISIONS: Final = 1_000
MOST_COUNTRIES: Final = 50
_PAYMENTS: Final = (
    "SELECT count(*), count(*) FILTER (WHERE occurred_at >= %(recent)s), avg(base_amount),"
    " avg(base_amount) FILTER (WHERE occurred_at >= %(recent)s), count(*) FILTER (WHERE is_cross_border),"
    " count(*) FILTER (WHERE is_cash), count(DISTINCT counterparty_key),"
    " (array_agg(DISTINCT country) FILTER (WHERE country IS NOT NULL))[:%(countries)s]"
    " FROM screening_transaction WHERE team_id = %(team)s AND customer_id = %(customer)s"
    " AND occurred_at >= %(since)s AND occurred_at <= %(now)s"
)
_DECISIONS: Final = (
    "SELECT COALESCE(max(array_position(ARRAY['pass', 'review', 'escalate', 'block'], e.decision::text)), 1),"
    " COALESCE(max(e.risk_score), 0), count(e.alert_id), max(e.decided_at) FILTER (WHERE e.alert_id IS NOT NULL)"
    " FROM (SELECT id FROM screening_transaction WHERE team_id = %(team)s AND customer_id = %(customer)s"
    " AND occurred_at >= %(since)s AND occurred_at <= %(now)s ORDER BY occurred_at DESC LIMIT %(most)s) t"
    " JOIN screening_evaluation e ON e.transaction_id = t.id"
)
_NETWORK: Final = (
    "SELECT in_degree, out_degree, page_rank, centrality, component_size, computed_at"
    " FROM screening_networkfeature WHERE team_id = %s AND party_key = %s"
)
_DECIDED: Final = ("pass", "review", "escalate", "block")


def party_key(team: TeamFacts, entity_id: str) -> int:
    """The blind index under which the entity is found as a counterparty, and as a party of the network."""
    return blind_index(team.id.bytes, f"c{Counterparty(entity_id=entity_id).identity}")


def facts_of(team: TeamFacts, entity_id: str, now: datetime) -> Facts | None:
    """None for an entity that the team has neither as a customer nor in its network."""
    with tenant(team.organisation_id, [team.id]):
        network = _network(team, entity_id)
        customer = _one(
            "SELECT id, prior_sars FROM screening_customer WHERE team_id = %s AND reference = %s",
            (team.id, entity_id),
        )
        if customer is None:
            return None if network is None else Facts(network=network)
        asked = {
            "team": team.id,
            "customer": customer[0],
            "now": now,
            "since": now - timedelta(days=DAYS),
            "recent": now - timedelta(days=RECENT_DAYS),
            "most": MOST_DECISIONS,
            "countries": MOST_COUNTRIES,
        }
        payments, decisions = _one(_PAYMENTS, asked), _one(_DECISIONS, asked)
    return _facts(payments or (), decisions or (), customer[1], network)


def _facts(
    payments: tuple[Any, ...], decisions: tuple[Any, ...], reports: int, network: Network | None
) -> Facts:
    count, recent, average, average_recent, cross_border, cash, counterparties, countries = payments
    worst, highest, alerts, last_alert = decisions
    return Facts(
        payments=count,
        payments_recent=recent,
        average_amount=_number(average),
        average_amount_recent=_number(average_recent),
        cross_border=cross_border,
        cash=cash,
        counterparties=counterparties,
        countries=tuple(countries or ()),
        worst_decision=_DECIDED[worst - 1],
        highest_score=float(highest),
        alerts=alerts,
        last_alert=last_alert,
        reports=reports,
        network=network,
    )


def _number(value: Any) -> float | None:
    return None if value is None else round(float(value), 2)


def _network(team: TeamFacts, entity_id: str) -> Network | None:
    row = _one(_NETWORK, (team.id, party_key(team, entity_id)))
    return Network(*row) if row else None


def _one(sql: str, parameters: Any) -> tuple[Any, ...] | None:
    row: tuple[Any, ...] | None = driver_connection().execute(sql.encode(), parameters).fetchone()
    return row
