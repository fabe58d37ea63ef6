"""How many calls a key may make, the ceiling of an organisation, and how much each key was used."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

import ratel.identifiers
from ratel.row_level_security import BY_TEAM, ITSELF, isolate, named

ORGANISATION_OF_KEY = (
    "EXISTS (SELECT 1 FROM teams_apikey k WHERE k.organisation_id = teams_organisation.id"
    f" AND k.{named('public_id', 'ratel.api_key')})"
)
TIERS = ["starter", "basic", "standard", "enterprise", "unlimited", "sandbox", "custom"]
NUMBERS = "secret_hash, is_live, scopes, allowed_networks, expires_at, revoked_at"


def stamp_of_keys(columns):
    return (
        f"CREATE TRIGGER stamp_change AFTER UPDATE OF {columns}"
        " ON teams_apikey FOR EACH ROW EXECUTE FUNCTION ratel_stamp_configuration('team')"
    )


STAMPS = [
    "DROP TRIGGER stamp_change ON teams_apikey",
    stamp_of_keys(f"{NUMBERS}, tier, rate_per_minute, burst"),
    # The ceiling is kept by every process with each key of the organisation.
    """
    CREATE FUNCTION ratel_stamp_organisation() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO teams_configurationstamp AS stamp (scope, organisation_id, value) VALUES (NEW.id, NEW.id, 1)
            ON CONFLICT (scope) DO UPDATE SET value = stamp.value + 1;
        RETURN NULL;
    END
    $$
    """,
    "CREATE TRIGGER stamp_change AFTER UPDATE OF ceiling_per_minute, ceiling_burst ON teams_organisation"
    " FOR EACH ROW EXECUTE FUNCTION ratel_stamp_organisation()",
]
UNSTAMPED = [
    "DROP FUNCTION ratel_stamp_organisation CASCADE",
    "DROP TRIGGER stamp_change ON teams_apikey",
    stamp_of_keys(NUMBERS),
]


class Migration(migrations.Migration):
    dependencies = [("teams", "0003_tokens_and_products")]

    operations = [
        # Keys that were made before there were limits have none; new ones get theirs from the code.
        migrations.AddField(
            "apikey",
            "tier",
            models.CharField(max_length=16, choices=[(tier, tier) for tier in TIERS], default="unlimited"),
        ),
        migrations.AlterField(
            "apikey",
            "tier",
            models.CharField(max_length=16, choices=[(tier, tier) for tier in TIERS], default="starter"),
        ),
        migrations.AddField("apikey", "rate_per_minute", models.IntegerField(null=True)),
        migrations.AddField("apikey", "burst", models.IntegerField(null=True)),
        migrations.AddConstraint(
            "apikey",
            models.CheckConstraint(
                name="custom_limit_has_numbers",
                condition=Q(tier="custom", rate_per_minute__gte=1, burst__gte=1)
                | (~Q(tier="custom") & Q(rate_per_minute=None, burst=None)),
            ),
        ),
        migrations.AddField("organisation", "ceiling_per_minute", models.IntegerField(null=True)),
        migrations.AddField("organisation", "ceiling_burst", models.IntegerField(null=True)),
        migrations.AddConstraint(
            "organisation",
            models.CheckConstraint(
                name="ceiling_has_both_numbers",
                condition=Q(ceiling_per_minute=None, ceiling_burst=None)
                | Q(ceiling_per_minute__gte=1, ceiling_burst__gte=1),
            ),
        ),
        migrations.RunSQL(STAMPS, UNSTAMPED),
        # Whoever can name a key may read the ceiling that it is under.
        migrations.RunSQL(
            f"ALTER POLICY tenant_read ON teams_organisation USING (({ITSELF}) OR ({ORGANISATION_OF_KEY}))",
            f"ALTER POLICY tenant_read ON teams_organisation USING ({ITSELF})",
        ),
        migrations.CreateModel(
            name="KeyUsage",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=ratel.identifiers.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("day", models.DateField()),
                ("calls", models.BigIntegerField(default=0)),
                ("rejected", models.BigIntegerField(default=0)),
                (
                    "key",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="usage", to="teams.apikey"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="teams.organisation",
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="teams.team"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["team", "-id"], name="usage_of_team")],
                "constraints": [models.UniqueConstraint(fields=("key", "day"), name="usage_of_key_and_day")],
            },
        ),
        isolate("teams_keyusage", rows=BY_TEAM),
    ]
