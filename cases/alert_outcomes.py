"""What alerts turned out to be, for whoever judges policies and rules by it: SQL that screening puts into its own.

Screening knows no table of this app; it is named in RATEL_ALERT_OUTCOMES. Both read with %(team)s, %(since)s (a time)
and %(since_id)s (the smallest id of that time).
"""

from typing import Final

from cases.models import Alert

VERDICTS: Final = ("true_positive", "false_positive")
_OPEN: Final = (Alert.Status.OPEN, Alert.Status.IN_PROGRESS, Alert.Status.ESCALATED)
_ALERTS: Final = (
    "SELECT id, case_id, disposition, status, count, created_at, first_opened_at, closed_at FROM cases_alert"
    " WHERE team_id = %(team)s AND id >= %(since_id)s AND created_at >= %(since)s AND evaluation_id IS NOT NULL"
    " AND trigger <> 'retroactive' ORDER BY id DESC LIMIT %(most)s"
)
# One row for each evaluation of a closed alert: verdict, alert_id, case_id, evaluation_id.
JUDGED_EVALUATIONS: Final = f"""
    SELECT a.disposition AS verdict, a.id AS alert_id, a.case_id, l.evaluation_id FROM ({_ALERTS}) a
    JOIN cases_alertevaluation l ON l.alert_id = a.id
    WHERE a.disposition IN ('true_positive', 'false_positive')"""  # noqa: S608 - our own names
# One row: alerts that are not closed, alerts and the evaluations that they stand for, the median handling time.
WORKLOAD: Final = f"""
    SELECT count(*) FILTER (WHERE status IN ({", ".join(f"'{status.value}'" for status in _OPEN)})) AS open_alerts,
        count(*) AS alerts, COALESCE(sum(count), 0)::bigint AS evaluations,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY closed_at - first_opened_at)
            FILTER (WHERE closed_at > first_opened_at) AS median_handling
    FROM ({_ALERTS}) a"""  # noqa: S608 - our own names
