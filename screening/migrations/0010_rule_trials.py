"""Rules on trial: the shadow version, back-tests with their ranges, what shadow rules would have hit, counts by day."""

import django.db.models.deletion
from django.db import migrations, models

import ratel.identifiers
from ratel.row_level_security import BY_TEAM, append_only, isolate

INDEXES = [
    "CREATE INDEX back_test_of_rule ON screening_backtest (team_id, rule_id, id DESC)",
    "CREATE INDEX back_test_open ON screening_backtest (team_id, id) WHERE finished_at IS NULL",
    "CREATE INDEX back_test_range_open ON screening_backtestrange (back_test_id, number) WHERE done_at IS NULL",
    "CREATE INDEX shadow_hit_of_rule ON screening_shadowhit (team_id, rule_id, version, id DESC)",
    "CREATE INDEX shadow_hit_of_evaluation ON screening_shadowhit (evaluation_id)",
    "CREATE INDEX shadow_hit_in_time ON screening_shadowhit USING brin (decided_at)",
    "CREATE INDEX rule_day_of_rule ON screening_ruleday (team_id, rule_id, day)",
]


def _id():
    return (
        "id",
        models.UUIDField(default=ratel.identifiers.new_id, editable=False, primary_key=True, serialize=False),
    )


TENANT = [("organisation_id", models.UUIDField()), ("team_id", models.UUIDField())]


class Migration(migrations.Migration):
    dependencies = [("screening", "0009_what_if")]

    operations = [
        migrations.AddField("rule", "shadow_version", models.IntegerField(null=True)),
        migrations.AddField("rule", "shadow_since", models.DateTimeField(null=True)),
        migrations.AddField("ruleset", "shadow", models.JSONField(db_default=[], default=list)),
        migrations.CreateModel(
            name="BackTest",
            fields=[
                _id(),
                *TENANT,
                ("rule_id", models.UUIDField()),
                ("version", models.IntegerField()),
                ("document", models.JSONField()),
                ("country_lists", models.JSONField()),
                ("days", models.IntegerField()),
                ("first_id", models.UUIDField()),
                ("end_id", models.UUIDField()),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("queued", "Queued"),
                            ("running", "Running"),
                            ("completed", "Completed"),
                            ("cancelled", "Cancelled"),
                            ("failed", "Failed"),
                        ],
                        default="queued",
                        max_length=10,
                    ),
                ),
                ("total", models.IntegerField(null=True)),
                ("result", models.JSONField(null=True)),
                ("started_by", models.UUIDField(null=True)),
                ("created_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="BackTestRange",
            fields=[
                _id(),
                *TENANT,
                ("number", models.IntegerField()),
                ("first_id", models.UUIDField()),
                ("end_id", models.UUIDField()),
                ("evaluations", models.IntegerField()),
                ("attempts", models.IntegerField(default=0)),
                ("lease_until", models.DateTimeField(null=True)),
                ("result", models.JSONField(null=True)),
                ("done_at", models.DateTimeField(null=True)),
                (
                    "back_test",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="ranges",
                        to="screening.backtest",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("back_test", "number"), name="one_range_per_number")
                ],
            },
        ),
        migrations.CreateModel(
            name="ShadowHit",
            fields=[
                _id(),
                *TENANT,
                ("rule_id", models.UUIDField()),
                ("version", models.IntegerField()),
                ("evaluation_id", models.UUIDField()),
                ("points", models.IntegerField()),
                ("decision", models.CharField(max_length=8)),
                ("would_be", models.CharField(max_length=8)),
                ("decided_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="RuleDay",
            fields=[
                _id(),
                *TENANT,
                ("rule_id", models.UUIDField()),
                ("version", models.IntegerField()),
                ("is_shadow", models.BooleanField()),
                ("day", models.DateField()),
                ("evaluated", models.IntegerField()),
                ("hits", models.IntegerField()),
                ("alerts", models.IntegerField()),
                ("true_positives", models.IntegerField()),
                ("false_positives", models.IntegerField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("team_id", "day", "rule_id", "version", "is_shadow"),
                        name="one_count_per_rule_and_day",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RuleTally",
            fields=[
                ("team_id", models.UUIDField(primary_key=True, serialize=False)),
                ("organisation_id", models.UUIDField()),
                ("counted_at", models.DateTimeField()),
                ("all_counted_at", models.DateTimeField()),
                ("costs", models.JSONField(default=dict)),
            ],
        ),
        migrations.RunSQL(INDEXES, migrations.RunSQL.noop),
        isolate("screening_backtest", rows=BY_TEAM),
        isolate("screening_backtestrange", rows=BY_TEAM),
        isolate("screening_shadowhit", rows=BY_TEAM),
        append_only("screening_shadowhit"),
        isolate("screening_ruleday", rows=BY_TEAM),
        isolate("screening_ruletally", rows=BY_TEAM),
    ]
