"""Alerts of screenings: they have a screening instead of an evaluation, and not always a customer."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0002_isolation"), ("screening", "0004_match_decisions")]
    operations = [
        migrations.AddField("alert", "screening_id", models.UUIDField(null=True)),
        migrations.AlterField("alert", "customer_id", models.UUIDField(null=True)),
    ]
