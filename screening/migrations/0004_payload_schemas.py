"""The payload schemas of teams."""

from django.db import migrations, models

import ratel.identifiers
from ratel.row_level_security import BY_TEAM, append_only, isolate


class Migration(migrations.Migration):
    dependencies = [("screening", "0003_unknown_amounts")]

    operations = [
        migrations.CreateModel(
            name="PayloadSchema",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=ratel.identifiers.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("organisation_id", models.UUIDField()),
                ("team_id", models.UUIDField()),
                ("version", models.IntegerField()),
                ("fields", models.JSONField()),
                ("created_by", models.UUIDField(null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("team_id", "version"), name="one_payload_schema_per_version"
                    )
                ],
            },
        ),
        isolate("screening_payloadschema", rows=BY_TEAM),
        append_only("screening_payloadschema"),
        migrations.RunSQL(
            "CREATE TRIGGER stamp AFTER INSERT ON screening_payloadschema"
            " FOR EACH ROW EXECUTE FUNCTION ratel_stamp_configuration('team')",
            "DROP TRIGGER stamp ON screening_payloadschema",
        ),
    ]
