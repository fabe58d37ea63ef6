"""The statements by which a decision leaves alerts, cases and report drafts; `cases/sink.py` says with which values."""

from typing import Final

from ratel.statements import InsertInto, Update

ALERT_INSERT: Final = InsertInto(
    "cases_alert",
    {
        "id": "uuid",
        "organisation_id": "uuid",
        "team_id": "uuid",
        "customer_id": "uuid",
        "transaction_id": "uuid",
        "evaluation_id": "uuid",
        "case_id": "uuid",
        "trigger": "text",
        "lane": "text",
        "decision": "text",
        "risk_score": "numeric",
        "severity": "text",
        "status": "text",
        "key": "text",
        "count": "int",
        "due_at": "timestamptz",
        "created_at": "timestamptz",
    },
)
LINK_INSERT: Final = InsertInto(
    "cases_alertevaluation",
    {
        "id": "uuid",
        "organisation_id": "uuid",
        "team_id": "uuid",
        "alert_id": "uuid",
        "evaluation_id": "uuid",
        "linked_at": "timestamptz",
    },
)
CASE_INSERT: Final = InsertInto(
    "cases_case",
    {
        "id": "uuid",
        "organisation_id": "uuid",
        "team_id": "uuid",
        "customer_id": "uuid",
        "type": "text",
        "priority": "text",
        "status": "text",
        "created_at": "timestamptz",
        "updated_at": "timestamptz",
    },
)
REPORT_INSERT: Final = InsertInto(
    "cases_report",
    {
        "id": "uuid",
        "organisation_id": "uuid",
        "team_id": "uuid",
        "customer_id": "uuid",
        "type": "text",
        "status": "text",
        "evaluation_id": "uuid",
        "transaction_id": "uuid",
        "alert_id": "uuid",
        "case_id": "uuid",
        "reason": "text",
        "created_at": "timestamptz",
        "detected_at": "timestamptz",
        "due_at": "timestamptz",
    },
)
COUNT_ON_PROFILE: Final = Update(
    b"UPDATE screening_customer SET prior_alerts = prior_alerts + %s::int, prior_sars = prior_sars + %s::int,"
    b" open_case_id = COALESCE(%s::uuid, open_case_id),"
    b" open_alerts = CASE WHEN %s::text IS NULL THEN open_alerts"
    b" ELSE COALESCE(open_alerts, '{}'::jsonb) || %s::jsonb END WHERE id = %s::uuid"
)
# An alert that is joined takes on what is more severe. One that somebody has closed at this very moment is open again:
# whoever closed it has not seen this evaluation.
JOIN_ALERT: Final = Update(
    b"WITH given AS (SELECT %s::timestamptz AS at, %s::text AS decision, %s::numeric AS score, %s::text AS severity,"
    b" %s::timestamptz AS due_at, %s::uuid AS case_id, %s::uuid AS id),"
    b" joined AS (UPDATE cases_alert a SET count = a.count + 1, version = a.version + 1, last_at = g.at,"
    b" risk_score = greatest(a.risk_score, g.score), due_at = least(a.due_at, g.due_at),"
    b" decision = CASE WHEN array_position(ARRAY['review', 'escalate', 'block'], a.decision::text)"
    b" < array_position(ARRAY['review', 'escalate', 'block'], g.decision) THEN g.decision ELSE a.decision END,"
    b" severity = CASE WHEN array_position(ARRAY['low', 'medium', 'high', 'critical'], a.severity::text)"
    b" < array_position(ARRAY['low', 'medium', 'high', 'critical'], g.severity) THEN g.severity ELSE a.severity END,"
    b" case_id = CASE WHEN a.closed_at IS NULL THEN COALESCE(a.case_id, g.case_id) ELSE g.case_id END,"
    b" status = CASE WHEN a.closed_at IS NULL THEN a.status ELSE 'open' END,"
    b" disposition = CASE WHEN a.closed_at IS NULL THEN a.disposition ELSE '' END, closed_at = NULL"
    b" FROM given g WHERE a.id = g.id RETURNING a.count)"
    b" INSERT INTO webhooks_outboxevent (id, organisation_id, team_id, event, subject, is_confidential, payload,"
    b" occurred_at) SELECT %s::uuid, %s::uuid, %s::uuid, %s::text, %s::text, %s::boolean,"
    b" %s::jsonb || jsonb_build_object('count', count), %s::timestamptz FROM joined"
)
# A case that is joined takes on the more severe priority; what it is by then is what the event tells of it.
JOIN_CASE: Final = Update(
    b"WITH joined AS (UPDATE cases_case SET version = version + 1, updated_at = %s::timestamptz, priority = CASE"
    b" WHEN array_position(ARRAY['LOW', 'MEDIUM', 'HIGH', 'CRITICAL'], priority::text)"
    b" < array_position(ARRAY['LOW', 'MEDIUM', 'HIGH', 'CRITICAL'], %s::text) THEN %s::text ELSE priority END"
    b" WHERE id = %s::uuid RETURNING status, type, priority)"
    b" INSERT INTO webhooks_outboxevent (id, organisation_id, team_id, event, subject, is_confidential, payload,"
    b" occurred_at) SELECT %s::uuid, %s::uuid, %s::uuid, %s::text, %s::text, %s::boolean,"
    b" %s::jsonb || jsonb_build_object('status', status, 'type', type, 'priority', priority), %s::timestamptz FROM joined"
)
