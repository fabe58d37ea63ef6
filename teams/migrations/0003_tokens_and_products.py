"""What teams are called in other products, and tokens for people's programs."""

import django.db.models.deletion
from django.db import migrations, models

import ratel.identifiers
from ratel.row_level_security import BY_ORGANISATION, isolate, named


class Migration(migrations.Migration):
    dependencies = [("teams", "0002_isolation")]

    operations = [
        migrations.AddField("team", "product_code", models.CharField(max_length=64, null=True)),
        migrations.AddConstraint(
            "team",
            models.UniqueConstraint(
                fields=("organisation", "product_code"), name="product_code_in_organisation"
            ),
        ),
        migrations.CreateModel(
            name="AccessToken",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=ratel.identifiers.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("token_hash", models.CharField(max_length=64, unique=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("expires_at", models.DateTimeField()),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="teams.organisation",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tokens",
                        to="teams.person",
                    ),
                ),
            ],
            options={"indexes": [models.Index(fields=["expires_at"], name="token_by_expiry")]},
        ),
        isolate(
            "teams_accesstoken", rows=BY_ORGANISATION, readable=named("token_hash", "ratel.access_token")
        ),
    ]
