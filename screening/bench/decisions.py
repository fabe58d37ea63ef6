"""What was decided during the measurement, counted where it is stored: nothing may be lost, and the alerts are told."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from ratel.tenancy import tenant
from screening.bench.bank import BenchTeam
from screening.bench.databases import BenchFailed


@dataclass(frozen=True)
class Decisions:
    """Of one team: how many evaluations, of which how many of each decision, and how many lacked a layer."""

    total: int
    partial: int
    shares: dict[str, float]


def count_decisions(bench: BenchTeam, since: datetime, sent: int) -> Decisions:
    """Raises BenchFailed when not exactly what was sent is stored."""
    with tenant(bench.team.organisation_id, [bench.team.id]), connection.cursor() as cursor:
        cursor.execute(
            "SELECT decision, count(*), count(*) FILTER (WHERE partial) FROM screening_evaluation"
            " WHERE team_id = %s AND decided_at >= %s GROUP BY decision",
            [bench.team.id, since],
        )
        rows = cursor.fetchall()
    total = sum(count for _, count, _ in rows)
    if total != sent:
        raise BenchFailed(f"{sent} payments were sent and {total} evaluations are stored ({bench.team.name})")
    shares = {decision: count / total for decision, count, _ in sorted(rows, key=lambda row: -row[1])}
    return Decisions(total, sum(partial for _, _, partial in rows), shares)
