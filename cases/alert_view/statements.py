"""The reads of an alert's page as SQL, each bounded. `cases/alert_view/read.py` runs them and says what they give."""

from typing import Final

from cases.alert_view.queue_filter import GRAVEST, READS_REPORTS, WAITING

ALERT: Final = (
    "WITH opened AS (UPDATE cases_alert SET first_opened_at = %(now)s WHERE team_id = %(team)s AND id = %(alert)s"  # noqa: S608 - our own
    " AND first_opened_at IS NULL AND %(works)s)"
    " SELECT a.id, a.version, a.status, a.severity, a.trigger, a.lane, a.decision, a.risk_score, a.count, a.key,"
    " a.due_at, a.created_at, a.last_at, a.first_opened_at, a.closed_at, a.snoozed_until, a.disposition,"
    " a.sealed_reason, a.assigned_to_id, p.name, a.case_id, k.status, a.customer_id, c.reference, c.sealed_profile,"
    " c.sealed_identity, c.kyc_status, c.kyc_tier, c.since, c.entity_type, c.home_country, c.risk_rating, c.is_pep,"
    " c.prior_alerts, c.first_at, e.id, e.sealed_detail, e.rescreens_id, e.ruleset_id, t.occurred_at, t.direction,"
    " t.is_cash, t.id, t.sealed_input, s.id, s.sealed_subject, s.sealed_result, s.screened_at,"
    " (SELECT jsonb_agg(jsonb_build_object('entry', d.entry_id, 'party', d.party, 'verdict', d.verdict,"
    " 'at', d.decided_at, 'by', (SELECT q.name FROM teams_person q WHERE q.id = d.decided_by)))"
    " FROM screening_matchdecision d"
    " WHERE d.team_id = %(team)s AND d.customer_id = a.customer_id AND d.status = 'active'"
    " AND (d.expires_at IS NULL OR d.expires_at > %(now)s))"
    " FROM cases_alert a LEFT JOIN teams_person p ON p.id = a.assigned_to_id"
    " LEFT JOIN cases_case k ON k.id = a.case_id LEFT JOIN screening_customer c ON c.id = a.customer_id"
    f" LEFT JOIN {GRAVEST} ON true"
    " LEFT JOIN screening_transaction t ON t.id = e.transaction_id"
    " LEFT JOIN screening_screening s ON s.id = a.screening_id"
    # Whoever opens it in two windows at once is told of once: the lock is held until the view is written down.
    " CROSS JOIN LATERAL (SELECT pg_advisory_xact_lock(%(lock)s)) held"
    " WHERE a.team_id = %(team)s AND a.id = %(alert)s"
)
CONTEXT: Final = (
    "SELECT (SELECT jsonb_agg(jsonb_build_array(p.id, p.name) ORDER BY p.name) FROM teams_membership m"  # noqa: S608 - our own
    " JOIN teams_person p ON p.id = m.person_id WHERE m.team_id = %(team)s AND m.role = ANY (%(roles)s)),"
    " (SELECT jsonb_agg(jsonb_build_array(r.code, v.document->>'name', r.layer, r.id) ORDER BY x.position)"
    " FROM screening_ruleset s CROSS JOIN LATERAL jsonb_array_elements(s.rules) WITH ORDINALITY AS x(rule, position)"
    " LEFT JOIN screening_rule r ON r.id = (x.rule->>0)::uuid"
    " LEFT JOIN screening_ruleversion v ON v.rule_id = r.id AND v.version = (x.rule->>1)::int"
    " WHERE s.team_id = %(team)s AND s.id = %(ruleset)s),"
    " (SELECT d.document FROM screening_decisionpolicy d WHERE d.team_id = %(team)s AND d.version = %(policy)s),"
    " (SELECT jsonb_agg(to_jsonb(b)) FROM (SELECT o.id, o.created_at, o.status, o.disposition, o.severity, o.trigger,"
    " o.key, (SELECT r.code FROM screening_rule r WHERE o.key LIKE 'rule:%%' AND r.id::text = substr(o.key, 6)) AS rule"
    " FROM cases_alert o WHERE o.team_id = %(team)s AND o.customer_id = %(customer)s AND o.id <> %(alert)s"
    " ORDER BY o.created_at DESC LIMIT %(most_earlier)s) b),"
    " (SELECT jsonb_build_object('counted', count(*), 'true', count(*) FILTER (WHERE z.disposition = 'true_positive'),"
    " 'false', count(*) FILTER (WHERE z.disposition = 'false_positive'), 'minutes', percentile_cont(0.5) WITHIN GROUP"
    " (ORDER BY extract(epoch FROM z.closed_at - z.first_opened_at) / 60)) FROM (SELECT o.disposition, o.closed_at,"
    " o.first_opened_at FROM cases_alert o WHERE o.team_id = %(team)s AND o.key = %(key)s AND o.closed_at IS NOT NULL"
    " AND o.closed_at > %(quarter)s AND (%(key)s <> '' OR o.trigger = %(trigger)s)"
    " ORDER BY o.closed_at DESC LIMIT %(most_closed)s) z),"
    " CASE WHEN %(knows)s THEN NULL ELSE (SELECT COALESCE(jsonb_agg(r.id), '[]') FROM screening_rule r"
    f" WHERE r.team_id = %(team)s AND {READS_REPORTS}) END"
)
PAYMENTS: Final = (
    "SELECT t.id, t.external_id, t.occurred_at, t.direction, t.amount, t.currency, t.base_amount, t.type, t.channel,"
    " t.country, t.sealed_input, e.decision, e.risk_score, EXISTS (SELECT 1 FROM cases_alertevaluation l"
    " WHERE l.alert_id = %(alert)s AND l.evaluation_id = e.id)"
    " FROM (SELECT * FROM screening_transaction t WHERE t.team_id = %(team)s AND t.customer_id = %(customer)s"
    " AND t.occurred_at <= %(end)s AND t.occurred_at >= %(start)s"
    " AND (%(direction)s::text IS NULL OR t.direction = %(direction)s) AND (%(cash)s::boolean IS NULL OR t.is_cash)"
    " ORDER BY t.occurred_at DESC, t.id DESC LIMIT %(most)s) t"
    " LEFT JOIN LATERAL (SELECT v.id, v.decision, v.risk_score FROM screening_evaluation v"
    " WHERE v.transaction_id = t.id ORDER BY v.decided_at DESC LIMIT 1) e ON true"
    " ORDER BY t.occurred_at DESC, t.id DESC"
)
_OF_CUSTOMER: Final = (
    " FROM screening_transaction t WHERE t.team_id = %(team)s AND t.customer_id = %(customer)s"
    " AND t.occurred_at <= %(end)s AND t.occurred_at > %(since)s"
)
MONEY: Final = (
    "WITH others AS MATERIALIZED (SELECT DISTINCT ON (w.customer_id) w.customer_id, w.id FROM (SELECT a.customer_id, a.id"  # noqa: S608 - our own
    f" FROM cases_alert a WHERE a.team_id = %(team)s AND {WAITING} ORDER BY a.due_at LIMIT %(most_others)s) w"
    " WHERE w.customer_id <> %(customer)s ORDER BY w.customer_id, w.id),"
    " days AS (SELECT (t.occurred_at AT TIME ZONE 'UTC')::date AS day, t.direction, count(*) AS count,"
    f" sum(t.base_amount)::text AS total, max(t.base_amount)::text AS largest{_OF_CUSTOMER} GROUP BY 1, 2),"
    " flows AS (SELECT t.counterparty_key AS key, count(*) AS count, max(t.occurred_at) AS last_at,"
    " sum(t.base_amount) FILTER (WHERE t.direction = 'credit')::text AS received,"
    f" sum(t.base_amount) FILTER (WHERE t.direction IS DISTINCT FROM 'credit')::text AS paid{_OF_CUSTOMER}"
    " AND t.counterparty_key IS NOT NULL GROUP BY 1 ORDER BY sum(t.base_amount) DESC NULLS LAST LIMIT %(most_flows)s)"
    " SELECT (SELECT jsonb_agg(to_jsonb(days) ORDER BY days.day) FROM days),"
    " (SELECT jsonb_agg(to_jsonb(f) || jsonb_build_object('last', (SELECT jsonb_build_array(t.id,"
    " encode(t.sealed_input, 'base64')) FROM screening_transaction t WHERE t.team_id = %(team)s"
    " AND t.customer_id = %(customer)s AND t.counterparty_key = f.key ORDER BY t.occurred_at DESC LIMIT 1),"
    " 'others', (SELECT jsonb_agg(jsonb_build_array(o.id, c.reference)) FROM others o"
    " JOIN screening_customer c ON c.id = o.customer_id WHERE EXISTS (SELECT 1 FROM screening_transaction t"
    " WHERE t.team_id = %(team)s AND t.customer_id = o.customer_id AND t.counterparty_key = f.key)))) FROM flows f)"
)
HISTORY: Final = (
    "SELECT kind, at, name, who, after FROM ((SELECT 'step' AS kind, e.at, e.action AS name, e.actor_kind || ':' ||"
    " COALESCE((SELECT p.name FROM teams_person p WHERE p.id = e.actor_id), '') AS who,"
    " COALESCE(e.after, '{}'::jsonb) || jsonb_build_object('actor', e.actor_id) AS after"
    " FROM teams_auditentry e WHERE e.subject_kind = 'alert' AND e.subject_id = %(shown)s AND e.team_id = %(team)s"
    " ORDER BY e.at DESC LIMIT %(most)s)"
    " UNION ALL (SELECT 'event', o.occurred_at, o.event, '', (SELECT jsonb_build_object('deliveries', count(*),"
    " 'done', count(*) FILTER (WHERE d.state = 'done'), 'dead', count(*) FILTER (WHERE d.state = 'dead'),"
    " 'attempts', max(d.attempts_made)) FROM webhooks_delivery d WHERE d.event_id = o.id AND NOT d.is_confidential)"
    " FROM webhooks_outboxevent o WHERE o.team_id = %(team)s AND o.subject = %(shown)s AND NOT o.is_confidential"
    " AND o.event IN ('alert.created', 'alert.triggered', 'alert.escalated')"
    " ORDER BY o.sequence DESC LIMIT %(most)s)) h ORDER BY at DESC"
)
