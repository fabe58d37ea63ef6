"""Where each party stands among those who pay each other, and how an entity's incoming payments are found."""

from django.db import migrations, models

import ratel.identifiers
from ratel.row_level_security import BY_TEAM, isolate


class Migration(migrations.Migration):
    dependencies = [("screening", "0006_batch_jobs")]
    operations = [
        migrations.CreateModel(
            name="NetworkFeature",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=ratel.identifiers.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("organisation_id", models.UUIDField()),
                ("team_id", models.UUIDField()),
                ("party_key", models.BigIntegerField()),
                ("in_degree", models.IntegerField()),
                ("out_degree", models.IntegerField()),
                ("page_rank", models.FloatField()),
                ("centrality", models.FloatField()),
                ("component_size", models.IntegerField()),
                ("computed_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("team_id", "party_key"), name="one_network_feature_per_party"
                    )
                ],
            },
        ),
        isolate("screening_networkfeature", rows=BY_TEAM),
    ]
