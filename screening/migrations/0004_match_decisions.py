"""Screenings outside of payments, decisions about matches that last, and the ranges of the ongoing lane."""

from django.db import migrations, models

import ratel.identifiers
from ratel.row_level_security import BY_TEAM, isolate

TABLES = ["screening_screening", "screening_knownmatch", "screening_matchdecision", "screening_ongoingrange"]
INDEXES = [
    "CREATE INDEX customer_newest_first ON screening_customer (team_id, id DESC)",
    "CREATE INDEX screening_newest_first ON screening_screening (team_id, id DESC)",
    "CREATE INDEX match_decision_newest_first ON screening_matchdecision (team_id, id DESC)",
    # What is left to do; a range that is done drops out of it.
    "CREATE INDEX ongoing_range_open ON screening_ongoingrange (team_id, id) WHERE done_at IS NULL",
    "ALTER TABLE screening_screening ALTER COLUMN sealed_subject SET STORAGE EXTERNAL,"
    " ALTER COLUMN sealed_result SET STORAGE EXTERNAL",
]
# Decisions have a stamp of their own beside the team's: a new one must not make every process compile the team's rules
# again. The scope is a number made of the team's id; screening/decided.py makes the same.
STAMP = """
CREATE FUNCTION ratel_stamp_match_decisions() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed record := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    INSERT INTO teams_configurationstamp AS stamp (scope, organisation_id, value)
        VALUES (md5('match decisions ' || changed.team_id)::uuid, changed.organisation_id, 1)
        ON CONFLICT (scope) DO UPDATE SET value = stamp.value + 1;
    RETURN NULL;
END
$$;
CREATE TRIGGER stamp AFTER INSERT OR UPDATE OR DELETE ON screening_matchdecision
    FOR EACH ROW EXECUTE FUNCTION ratel_stamp_match_decisions();
"""


class Migration(migrations.Migration):
    dependencies = [("screening", "0003_list_sources"), ("teams", "0002_isolation")]
    operations = [
        migrations.AddField(
            model_name="customer",
            name="sealed_identity",
            field=models.BinaryField(null=True),
        ),
        migrations.AlterField(
            model_name="customer",
            name="first_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.CreateModel(
            name="KnownMatch",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=ratel.identifiers.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("organisation_id", models.UUIDField()),
                ("team_id", models.UUIDField()),
                ("customer_id", models.UUIDField()),
                ("entry_id", models.CharField(max_length=200)),
                ("entry_digest", models.CharField(max_length=32)),
                ("screening_id", models.UUIDField()),
                ("alert_id", models.UUIDField(null=True)),
                ("first_at", models.DateTimeField()),
                ("last_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("team_id", "customer_id", "entry_id"), name="one_known_match_per_entry"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="MatchDecision",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=ratel.identifiers.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("organisation_id", models.UUIDField()),
                ("team_id", models.UUIDField()),
                ("customer_id", models.UUIDField()),
                ("entry_id", models.CharField(max_length=200)),
                (
                    "party",
                    models.CharField(
                        choices=[
                            ("customer", "The customer"),
                            ("counterparty", "A counterparty of the customer"),
                        ],
                        max_length=12,
                    ),
                ),
                ("counterparty_key", models.BigIntegerField(null=True)),
                (
                    "verdict",
                    models.CharField(
                        choices=[("not_this_person", "Not this person"), ("confirmed", "Confirmed")],
                        max_length=16,
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("active", "Active"),
                            ("withdrawn", "Withdrawn"),
                            ("superseded", "Replaced by a newer one"),
                            ("reopened", "The entry has changed"),
                        ],
                        default="active",
                        max_length=12,
                    ),
                ),
                ("entry_digest", models.CharField(max_length=32)),
                ("document_digest", models.CharField(max_length=64)),
                ("sealed_words", models.BinaryField()),
                ("decided_by_kind", models.CharField(max_length=8)),
                ("decided_by", models.UUIDField()),
                ("decided_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_by", models.UUIDField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("status", "active")),
                        fields=("team_id", "customer_id", "entry_id", "party", "counterparty_key"),
                        name="one_active_decision_per_match",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="OngoingRange",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=ratel.identifiers.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("organisation_id", models.UUIDField()),
                ("team_id", models.UUIDField()),
                ("is_private", models.BooleanField()),
                ("since", models.CharField(max_length=64, null=True)),
                ("generation", models.CharField(max_length=64)),
                ("position", models.IntegerField()),
                ("first_customer_id", models.UUIDField()),
                ("last_customer_id", models.UUIDField()),
                ("reached_customer_id", models.UUIDField(null=True)),
                ("attempts", models.IntegerField(default=0)),
                ("leased_until", models.DateTimeField(null=True)),
                ("done_at", models.DateTimeField(null=True)),
                ("screened", models.IntegerField(default=0)),
                ("alerted", models.IntegerField(default=0)),
                ("suppressed", models.IntegerField(default=0)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("team_id", "generation", "position"), name="one_range_per_position"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Screening",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=ratel.identifiers.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("organisation_id", models.UUIDField()),
                ("team_id", models.UUIDField()),
                ("customer_id", models.UUIDField(null=True)),
                (
                    "lane",
                    models.CharField(
                        choices=[("onboarding", "Onboarding"), ("ongoing", "Ongoing")], max_length=12
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("clear", "Clear"), ("review", "Review"), ("confirmed", "Confirmed")],
                        max_length=12,
                    ),
                ),
                ("score", models.DecimalField(decimal_places=1, max_digits=5)),
                ("match_count", models.IntegerField()),
                ("policy_version", models.IntegerField()),
                ("list_generation", models.CharField(max_length=128)),
                ("candidates", models.IntegerField()),
                ("best_score", models.DecimalField(decimal_places=1, max_digits=5)),
                ("alert_id", models.UUIDField(null=True)),
                ("sealed_subject", models.BinaryField()),
                ("sealed_result", models.BinaryField()),
                ("screened_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["team_id", "customer_id"], name="screening_of_customer")],
            },
        ),
        migrations.RunSQL(INDEXES, migrations.RunSQL.noop),
        migrations.RunSQL(STAMP, "DROP FUNCTION ratel_stamp_match_decisions CASCADE"),
        *(isolate(table, rows=BY_TEAM) for table in TABLES),
    ]
