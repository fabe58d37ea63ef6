"""Results on their way to a Kafka topic."""

from django.db import migrations, models

import ratel.identifiers
from ratel.row_level_security import BY_TEAM, isolate

STATES = [("waiting", "Waiting"), ("published", "Published"), ("given_up", "Given up")]
INDEXES = [
    "CREATE INDEX publication_due ON screening_publication (team_id, next_attempt_at) WHERE state = 'waiting'",
    "CREATE INDEX publication_by_age ON screening_publication (team_id, settled_at) WHERE state <> 'waiting'",
]


class Migration(migrations.Migration):
    dependencies = [("screening", "0011_open_alerts")]

    operations = [
        migrations.CreateModel(
            name="Publication",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=ratel.identifiers.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("organisation_id", models.UUIDField()),
                ("team_id", models.UUIDField()),
                ("evaluation_id", models.UUIDField()),
                ("topic", models.CharField(max_length=249)),
                ("version", models.CharField(max_length=128)),
                (
                    "state",
                    models.CharField(choices=STATES, db_default="waiting", default="waiting", max_length=9),
                ),
                ("attempts", models.IntegerField(db_default=0, default=0)),
                ("next_attempt_at", models.DateTimeField()),
                ("last_error", models.CharField(blank=True, db_default="", default="", max_length=64)),
                ("created_at", models.DateTimeField()),
                ("settled_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.RunSQL(INDEXES, migrations.RunSQL.noop),
        isolate("screening_publication", rows=BY_TEAM),
    ]
