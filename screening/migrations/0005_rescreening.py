"""The queue of partial evaluations, and the link from a full evaluation to the partial one that it completes."""

import django.contrib.postgres.fields
from django.db import migrations, models

from ratel.row_level_security import BY_TEAM, isolate

INDEXES = [
    "CREATE INDEX rescreening_due ON screening_rescreening (team_id, next_attempt_at) WHERE given_up_at IS NULL",
    # Whatever is repeated after a kill, an evaluation is completed once.
    "CREATE UNIQUE INDEX evaluation_rescreened_once ON screening_evaluation (organisation_id, rescreens_id)"
    " WHERE rescreens_id IS NOT NULL",
]


class Migration(migrations.Migration):
    dependencies = [("screening", "0004_match_decisions")]
    operations = [
        migrations.AddField(model_name="evaluation", name="rescreens_id", field=models.UUIDField(null=True)),
        migrations.CreateModel(
            name="Rescreening",
            fields=[
                ("evaluation_id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("organisation_id", models.UUIDField()),
                ("team_id", models.UUIDField()),
                (
                    "missing_layers",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=16), size=None
                    ),
                ),
                ("queued_at", models.DateTimeField()),
                ("attempts", models.IntegerField(db_default=0)),
                ("next_attempt_at", models.DateTimeField()),
                ("lease_until", models.DateTimeField(null=True)),
                ("given_up_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.RunSQL(INDEXES, migrations.RunSQL.noop),
        isolate("screening_rescreening", rows=BY_TEAM),
    ]
