"""Views of lists that people keep, the reason of an alert that was raised by hand, and how the queue is found."""

from django.db import migrations, models

import ratel.identifiers
from ratel.row_level_security import BY_TEAM, isolate

_WAITING = "WHERE status IN ('open', 'in_progress', 'escalated')"
INDEXES = [
    # What waits, in the two orders of the queue; what was closed, for what similar alerts became.
    f"CREATE INDEX alert_waiting ON cases_alert (team_id, due_at, id) INCLUDE (assigned_to_id, snoozed_until) {_WAITING}",
    f"CREATE INDEX alert_waiting_by_score ON cases_alert (team_id, risk_score DESC, id DESC) {_WAITING}",
    "CREATE INDEX alert_closed_by_key ON cases_alert (team_id, key, closed_at DESC) WHERE closed_at IS NOT NULL",
    # The history of one alert; few of all entries and events are about one.
    "CREATE INDEX audit_of_alert ON teams_auditentry (subject_id, at) WHERE subject_kind = 'alert'",
    "CREATE INDEX outbox_of_alert ON webhooks_outboxevent (team_id, subject)"
    " WHERE event IN ('alert.created', 'alert.triggered', 'alert.escalated')",
]


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0007_reports"),
        ("teams", "0004_limits"),
        ("webhooks", "0005_callbacks"),
    ]

    operations = [
        migrations.AddField("alert", "sealed_reason", models.BinaryField(null=True)),
        migrations.CreateModel(
            name="SavedView",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=ratel.identifiers.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("organisation_id", models.UUIDField()),
                ("team_id", models.UUIDField()),
                ("person_id", models.UUIDField()),
                ("section", models.CharField(max_length=16)),
                ("name", models.CharField(max_length=40)),
                ("query", models.CharField(max_length=1000)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=["team_id", "person_id", "section", "name"], name="one_saved_view_per_name"
                    )
                ],
            },
        ),
        isolate("cases_savedview", rows=BY_TEAM),
        migrations.RunSQL(INDEXES, migrations.RunSQL.noop),
    ]
