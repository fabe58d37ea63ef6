"""Computes the network features of a team anew from its payments of 90 days, and replaces the ones before.

One computation of a team at a time. Rows are written in short transactions and stamped with their time; what an earlier
computation left is removed afterwards. Memory is bounded: the heaviest MOST_EDGES pairs are taken.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import numpy as np
import structlog
from django.utils import timezone

from ratel.identifiers import new_id
from ratel.statements import driver_connection
from ratel.tenancy import tenant
from screening.entity_risk.facts import party_key
from screening.entity_risk.network import Features, features
from screening.entity_risk.score import DAYS
from teams.directory import all_teams
from teams.principal import TeamFacts

log = structlog.get_logger(__name__)
# About 100 MB of arrays.
MOST_EDGES: Final = 1_000_000
_FETCHED_AT_ONCE: Final = 20_000
_WRITTEN_AT_ONCE: Final = 5_000
_NETWORK_LOCK: Final = 0x52A7_E1F0
# A summary of 90 days may take longer than anything in a request.
_PATIENCE: Final = "SET LOCAL statement_timeout = '10min'"
_EDGES: Final = (
    "SELECT c.reference, e.direction, e.counterparty_key, e.weight FROM (SELECT customer_id, direction,"
    " counterparty_key, GREATEST(COALESCE(sum(base_amount), 0), count(*) * 0.01)::float8 AS weight"
    " FROM screening_transaction WHERE team_id = %(team)s AND counterparty_key IS NOT NULL"
    " AND direction IS NOT NULL AND occurred_at >= %(since)s GROUP BY 1, 2, 3 ORDER BY 4 DESC LIMIT %(most)s) e"
    " JOIN screening_customer c ON c.id = e.customer_id AND c.team_id = %(team)s"
)
_UPSERT: Final = (
    "INSERT INTO screening_networkfeature AS n (id, organisation_id, team_id, party_key, in_degree, out_degree,"
    " page_rank, centrality, component_size, computed_at)"
    " SELECT u.id, %s, %s, u.party_key, u.in_degree, u.out_degree, u.page_rank, u.centrality, u.component_size, %s"
    " FROM unnest(%s::uuid[], %s::bigint[], %s::int[], %s::int[], %s::float8[], %s::float8[], %s::int[])"
    " AS u(id, party_key, in_degree, out_degree, page_rank, centrality, component_size)"
    " ON CONFLICT (team_id, party_key) DO UPDATE SET in_degree = excluded.in_degree,"
    " out_degree = excluded.out_degree, page_rank = excluded.page_rank, centrality = excluded.centrality,"
    " component_size = excluded.component_size, computed_at = excluded.computed_at"
)


def compute_all() -> int:
    """Every team, one after the other; how many parties. A team that fails holds up no other."""
    found = 0
    for team in all_teams():
        try:
            found += compute_network(team, timezone.now())
        except Exception as error:
            log.error("network_not_computed", team=str(team.id), error=type(error).__name__)
    return found


def compute_network(team: TeamFacts, now: datetime) -> int:
    """How many parties the team's network has; 0 also where another process is at it."""
    lock = (_NETWORK_LOCK, str(team.id))
    row = driver_connection().execute("SELECT pg_try_advisory_lock(%s, hashtext(%s))", lock).fetchone()
    if not row or not row[0]:
        return 0
    try:
        found = _features(team, now)
        for rows in _chunks(found):
            _write(team, rows, now)
        _remove_older(team, now)
        return len(found.parties)
    finally:
        driver_connection().execute("SELECT pg_advisory_unlock(%s, hashtext(%s))", lock)


def _features(team: TeamFacts, now: datetime) -> Features:
    payers, payees, weights = _edges(team, now)
    return features(payers, payees, weights)


def _edges(team: TeamFacts, now: datetime) -> tuple[Any, Any, Any]:
    """Keys of who pays and who is paid, and the money between them."""
    payers, payees, weights = [], [], []
    asked = {"team": team.id, "since": now - timedelta(days=DAYS), "most": MOST_EDGES}
    keys: dict[str, int] = {}
    with tenant(team.organisation_id, [team.id]):
        driver_connection().execute(_PATIENCE)
        with driver_connection().cursor("network_edges") as cursor:
            cursor.itersize = _FETCHED_AT_ONCE
            cursor.execute(_EDGES, asked)
            for reference, direction, counterparty, weight in cursor:
                customer = keys.get(reference)
                if customer is None:
                    customer = keys[reference] = party_key(team, reference)
                is_debit = direction == "debit"
                payers.append(customer if is_debit else counterparty)
                payees.append(counterparty if is_debit else customer)
                weights.append(weight)
    return np.array(payers, np.int64), np.array(payees, np.int64), np.array(weights, np.float64)


def _chunks(found: Features) -> Iterator[list[list[Any]]]:
    """Columns of the rows to write, some at a time, in the order of their keys: two writers cannot wait crosswise."""
    columns = (
        *(found.parties, found.in_degree, found.out_degree),
        *(found.page_rank, found.centrality, found.component_size),
    )
    for start in range(0, len(found.parties), _WRITTEN_AT_ONCE):
        part = [column[start : start + _WRITTEN_AT_ONCE].tolist() for column in columns]
        identifiers: list[UUID] = [new_id() for _ in part[0]]
        yield [identifiers, *part]


def _write(team: TeamFacts, columns: list[list[Any]], now: datetime) -> None:
    with tenant(team.organisation_id, [team.id]):
        driver_connection().execute(_UPSERT, (team.organisation_id, team.id, now, *columns))


def _remove_older(team: TeamFacts, now: datetime) -> None:
    while True:
        with tenant(team.organisation_id, [team.id]):
            removed = driver_connection().execute(
                "DELETE FROM screening_networkfeature WHERE id = ANY (ARRAY(SELECT id FROM screening_networkfeature"
                " WHERE team_id = %s AND computed_at < %s LIMIT %s))",
                (team.id, now, _WRITTEN_AT_ONCE),
            )
        if removed.rowcount < _WRITTEN_AT_ONCE:
            return
