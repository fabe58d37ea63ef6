"""A batch that is handed over twice under one key is one batch."""

from django.db import migrations, models

INDEXES = [
    "CREATE UNIQUE INDEX batch_once ON screening_batchjob (team_id, idempotency_hash)"
    " WHERE idempotency_hash IS NOT NULL"
]


class Migration(migrations.Migration):
    dependencies = [("screening", "0012_publications")]

    operations = [
        migrations.AddField("batchjob", "idempotency_hash", models.UUIDField(null=True)),
        migrations.AddField("batchjob", "body_hash", models.BinaryField(null=True)),
        migrations.RunSQL(INDEXES, "DROP INDEX batch_once"),
    ]
