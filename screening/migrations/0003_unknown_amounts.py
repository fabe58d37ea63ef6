"""A team's payload may leave the amount or the direction of a payment unknown."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("screening", "0002_isolation")]

    operations = [
        migrations.AlterField("transaction", "direction", models.CharField(max_length=6, null=True)),
        migrations.AlterField(
            "transaction", "amount", models.DecimalField(max_digits=28, decimal_places=8, null=True)
        ),
    ]
