"""Mails to people of a team, and which events they were made from."""

from django.db import migrations, models

import ratel.identifiers
from ratel.row_level_security import BY_TEAM, isolate

# What happened before there were mails is not told of now.
MARK = [
    "ALTER TABLE webhooks_outboxevent ADD COLUMN is_mailed boolean NOT NULL DEFAULT true",
    "ALTER TABLE webhooks_outboxevent ALTER COLUMN is_mailed SET DEFAULT false",
]
INDEXES = [
    # Only events that people are told of are in it: all others cost the path that writes them nothing.
    "CREATE INDEX outbox_to_mail ON webhooks_outboxevent (team_id, sequence)"
    " WHERE event = 'alert.escalated' AND NOT is_mailed",
    "CREATE INDEX mail_due ON webhooks_mail (team_id, next_attempt_at) WHERE sent_at IS NULL AND given_up_at IS NULL",
    "CREATE INDEX mail_sent ON webhooks_mail (team_id, created_at)",
]


class Migration(migrations.Migration):
    dependencies = [("webhooks", "0003_delivery")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(MARK, migrations.RunSQL.noop)],
            state_operations=[
                migrations.AddField(
                    model_name="outboxevent", name="is_mailed", field=models.BooleanField(db_default=False)
                )
            ],
        ),
        migrations.CreateModel(
            name="Mail",
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
                ("about_id", models.UUIDField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("alert.escalated", "Escalated alert"),
                            ("endpoint_paused", "Endpoint paused"),
                        ],
                        max_length=20,
                    ),
                ),
                ("facts", models.JSONField()),
                ("occurred_at", models.DateTimeField()),
                ("created_at", models.DateTimeField()),
                ("attempts", models.IntegerField(db_default=0)),
                ("next_attempt_at", models.DateTimeField()),
                ("lease_until", models.DateTimeField(null=True)),
                ("sent_at", models.DateTimeField(null=True)),
                ("given_up_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("about_id", "person_id"), name="a_person_is_told_of_an_event_once"
                    )
                ],
            },
        ),
        migrations.RunSQL(INDEXES, migrations.RunSQL.noop),
        isolate("webhooks_mail", rows=BY_TEAM),
    ]
