"""What-ifs: what hits force, beside the evaluation; closed days counted; who decided about a policy's proposal."""

import django.contrib.postgres.fields
from django.db import migrations, models

from ratel.row_level_security import BY_TEAM, isolate

LAYERS = ("regulatory", "kyc", "custom_rules", "sanctions", "decision_engine", "behavioral")


def _numbers(*, null: bool = False) -> models.Field:
    return django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(null=null), size=None)


class Migration(migrations.Migration):
    dependencies = [("screening", "0008_queued_evaluations")]

    operations = [
        migrations.AddField("evaluation", "forces", models.SmallIntegerField(null=True)),
        migrations.CreateModel(
            name="WhatIfDay",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "team_id", "day", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("organisation_id", models.UUIDField()),
                ("team_id", models.UUIDField()),
                ("day", models.DateField()),
                *((name, _numbers(null=True)) for name in LAYERS),
                ("points", _numbers()),
                (
                    "forces",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.SmallIntegerField(null=True), size=None
                    ),
                ),
                (
                    "hits",
                    django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None),
                ),
                ("counts", _numbers()),
            ],
        ),
        isolate("screening_whatifday", rows=BY_TEAM),
        migrations.AlterField(
            "decisionpolicy",
            "status",
            models.CharField(
                choices=[
                    ("proposed", "Proposed"),
                    ("live", "Live"),
                    ("superseded", "Superseded"),
                    ("rejected", "Rejected"),
                ],
                max_length=12,
            ),
        ),
        migrations.AddField("decisionpolicy", "decided_by", models.UUIDField(null=True)),
        migrations.AddField("decisionpolicy", "decided_at", models.DateTimeField(null=True)),
        migrations.AddField(
            "decisionpolicy",
            "decision_reason",
            models.CharField(blank=True, db_default="", default="", max_length=500),
        ),
    ]
