"""Calls with a person's token are counted beside those of keys."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("teams", "0005_second_factors")]

    operations = [
        migrations.AlterField(
            "keyusage",
            "key",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="usage",
                to="teams.apikey",
            ),
        ),
        migrations.AddField(
            "keyusage",
            "person",
            models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="teams.person"
            ),
        ),
        migrations.AddConstraint(
            "keyusage",
            models.UniqueConstraint(fields=["person", "team", "day"], name="usage_of_person_in_team_and_day"),
        ),
        migrations.AddConstraint(
            "keyusage",
            models.CheckConstraint(
                name="usage_is_of_key_or_person",
                condition=Q(key__isnull=False, person__isnull=True)
                | Q(key__isnull=True, person__isnull=False),
            ),
        ),
    ]
