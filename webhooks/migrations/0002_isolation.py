"""Row-level security over the outbox, and the sequence number that every event gets."""

from django.db import migrations

from ratel.row_level_security import BY_TEAM, isolate


class Migration(migrations.Migration):
    dependencies = [("webhooks", "0001_tables"), ("teams", "0002_isolation")]
    operations = [
        migrations.RunSQL(
            [
                "ALTER TABLE webhooks_outboxevent ALTER COLUMN sequence DROP DEFAULT",
                "ALTER TABLE webhooks_outboxevent ALTER COLUMN sequence ADD GENERATED ALWAYS AS IDENTITY",
            ],
            migrations.RunSQL.noop,
        ),
        isolate("webhooks_outboxevent", rows=BY_TEAM),
    ]
