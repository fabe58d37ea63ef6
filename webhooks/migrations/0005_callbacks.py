"""Addresses that came with a batch, and the secret that a team's callbacks are signed with."""

from django.db import migrations, models

from ratel.row_level_security import BY_TEAM, isolate


class Migration(migrations.Migration):
    dependencies = [("webhooks", "0004_mail")]
    operations = [
        migrations.AddField("endpoint", "is_callback", models.BooleanField(default=False)),
        migrations.CreateModel(
            name="CallbackSecret",
            fields=[
                ("team_id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("organisation_id", models.UUIDField()),
                ("sealed_secret", models.BinaryField()),
                ("sealed_previous_secret", models.BinaryField(null=True)),
                ("previous_until", models.DateTimeField(null=True)),
                ("changed_at", models.DateTimeField()),
                ("shown_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.RunSQL(
            "CREATE INDEX endpoint_of_callback ON webhooks_endpoint (team_id, url) WHERE is_callback",
            "DROP INDEX endpoint_of_callback",
        ),
        isolate("webhooks_callbacksecret", rows=BY_TEAM),
    ]
