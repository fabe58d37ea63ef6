"""Row-level security over alerts, cases and reports, and the indexes of their lists."""

from django.db import migrations

from ratel.row_level_security import BY_TEAM, isolate

INDEXES = [
    "CREATE INDEX alert_newest_first ON cases_alert (team_id, id DESC)",
    "CREATE INDEX alert_of_customer ON cases_alert (team_id, customer_id, created_at)",
    "CREATE INDEX alert_of_case ON cases_alert (case_id) WHERE case_id IS NOT NULL",
    "CREATE INDEX case_of_customer ON cases_case (team_id, customer_id)",
]


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_tables"), ("teams", "0002_isolation")]
    operations = [
        migrations.RunSQL(INDEXES, migrations.RunSQL.noop),
        *(
            isolate(table, rows=BY_TEAM)
            for table in ("cases_alert", "cases_alertevaluation", "cases_case", "cases_report")
        ),
    ]
