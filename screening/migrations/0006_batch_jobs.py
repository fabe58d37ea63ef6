"""Batches that were handed over, and their chunks: the rows that are claimed."""

import django.contrib.postgres.fields
from django.db import migrations, models

import ratel.identifiers
from ratel.row_level_security import BY_TEAM, isolate

INDEXES = [
    "CREATE INDEX batch_newest_first ON screening_batchjob (team_id, id DESC)",
    "CREATE INDEX batch_open ON screening_batchjob (team_id, accepted_at) WHERE finished_at IS NULL",
    "CREATE INDEX batch_finished ON screening_batchjob (team_id, finished_at) WHERE finished_at IS NOT NULL",
    "CREATE INDEX batch_chunk_in_order ON screening_batchchunk (batch_id, lane, number)",
    "CREATE INDEX batch_chunk_waiting ON screening_batchchunk (batch_id, lane, number) WHERE state = 'waiting'",
    # Sealed values do not compress; trying costs more than it saves.
    "ALTER TABLE screening_batchchunk ALTER COLUMN sealed_items SET STORAGE EXTERNAL",
    "ALTER TABLE screening_batchchunk ALTER COLUMN sealed_results SET STORAGE EXTERNAL",
]


class Migration(migrations.Migration):
    dependencies = [("screening", "0005_rescreening")]
    operations = [
        migrations.CreateModel(
            name="BatchJob",
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
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("processing", "Processing"),
                            ("completed", "Completed"),
                            ("cancelled", "Cancelled"),
                            ("failed", "Failed"),
                        ],
                        default="processing",
                        max_length=10,
                    ),
                ),
                ("total", models.IntegerField()),
                ("processed", models.IntegerField(default=0)),
                ("failed", models.IntegerField(default=0)),
                ("chunks_left", models.IntegerField()),
                ("callback_url", models.CharField(blank=True, default="", max_length=2048)),
                ("accepted_at", models.DateTimeField()),
                ("started_at", models.DateTimeField(null=True)),
                ("cancelled_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="BatchChunk",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=ratel.identifiers.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("organisation_id", models.UUIDField()),
                ("team_id", models.UUIDField()),
                ("batch_id", models.UUIDField()),
                ("lane", models.IntegerField()),
                ("number", models.IntegerField()),
                (
                    "positions",
                    django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None),
                ),
                ("sealed_items", models.BinaryField(null=True)),
                ("sealed_results", models.BinaryField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "Waiting"), ("done", "Done"), ("dropped", "Dropped")],
                        default="waiting",
                        max_length=7,
                    ),
                ),
                ("attempts", models.IntegerField(default=0)),
                ("begun_at", models.DateTimeField(null=True)),
                ("next_attempt_at", models.DateTimeField()),
                ("lease_until", models.DateTimeField(null=True)),
            ],
        ),
        migrations.RunSQL(INDEXES, migrations.RunSQL.noop),
        isolate("screening_batchjob", rows=BY_TEAM),
        isolate("screening_batchchunk", rows=BY_TEAM),
    ]
