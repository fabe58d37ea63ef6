"""What a customer's open alerts are about, so that a repeated one can join (screening/joining.py)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("screening", "0010_rule_trials")]

    operations = [migrations.AddField("customer", "open_alerts", models.JSONField(null=True))]
