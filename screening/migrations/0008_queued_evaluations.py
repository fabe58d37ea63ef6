"""Transactions that were handed over to be decided in a moment."""

from django.db import migrations, models

import ratel.identifiers
from ratel.row_level_security import BY_TEAM, isolate

INDEXES = [
    "CREATE INDEX queued_evaluation_due ON screening_queuedevaluation (team_id, next_attempt_at)"
    " WHERE state = 'waiting'",
    "CREATE INDEX queued_evaluation_by_age ON screening_queuedevaluation (team_id, answered_at)"
    " WHERE state <> 'waiting'",
    # Rows of a queue die young.
    "ALTER TABLE screening_queuedevaluation SET (autovacuum_vacuum_scale_factor = 0.02)",
]


class Migration(migrations.Migration):
    dependencies = [("screening", "0007_network_features")]
    operations = [
        migrations.CreateModel(
            name="QueuedEvaluation",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=ratel.identifiers.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("organisation_id", models.UUIDField()),
                ("team_id", models.UUIDField()),
                ("caller_kind", models.CharField(max_length=6)),
                ("caller_id", models.UUIDField()),
                ("caller_person_id", models.UUIDField(null=True)),
                ("caller_address", models.CharField(blank=True, default="", max_length=45)),
                ("key_hash", models.UUIDField(null=True)),
                ("body_hash", models.BinaryField()),
                ("sealed_body", models.BinaryField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "Waiting"), ("done", "Done"), ("refused", "Refused")],
                        default="waiting",
                        max_length=7,
                    ),
                ),
                ("evaluation_id", models.UUIDField(null=True)),
                ("sealed_refusal", models.BinaryField(null=True)),
                ("queued_at", models.DateTimeField()),
                ("attempts", models.IntegerField(default=0)),
                ("next_attempt_at", models.DateTimeField()),
                ("lease_until", models.DateTimeField(null=True)),
                ("answered_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("team_id", "key_hash"), name="one_queued_evaluation_per_key"
                    )
                ],
            },
        ),
        migrations.RunSQL(INDEXES, migrations.RunSQL.noop),
        isolate("screening_queuedevaluation", rows=BY_TEAM),
    ]
