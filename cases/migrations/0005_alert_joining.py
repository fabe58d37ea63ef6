"""What an alert is about, by which repeated ones join it, and when the last one did."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0004_investigations"), ("screening", "0011_open_alerts")]

    operations = [
        migrations.AddField(
            "alert", "key", models.CharField(blank=True, db_default="", default="", max_length=100)
        ),
        migrations.AddField("alert", "last_at", models.DateTimeField(null=True)),
    ]
