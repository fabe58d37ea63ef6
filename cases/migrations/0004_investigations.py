"""What people do with alerts and cases: notes, steps, proposals, dispositions, and a count of changes."""

import django.contrib.postgres.fields
from django.db import migrations, models

import ratel.identifiers
from ratel.row_level_security import BY_TEAM, append_only, isolate

INDEXES = [
    # The queue as it is taken from: what waits, the most urgent first.
    "CREATE INDEX alert_queue ON cases_alert (team_id, due_at) WHERE status = 'open' AND assigned_to_id IS NULL",
    "CREATE INDEX alert_of_person ON cases_alert (team_id, assigned_to_id) WHERE assigned_to_id IS NOT NULL",
    "CREATE INDEX case_newest_first ON cases_case (team_id, id DESC)",
    "CREATE INDEX note_of_case ON cases_casenote (case_id, id)",
    "CREATE INDEX step_of_case ON cases_casestep (case_id, id)",
]


def _id() -> models.UUIDField:
    return models.UUIDField(
        default=ratel.identifiers.new_id, editable=False, primary_key=True, serialize=False
    )


def _of_case() -> list[tuple[str, models.Field]]:
    return [
        ("id", _id()),
        ("organisation_id", models.UUIDField()),
        ("team_id", models.UUIDField()),
        ("case_id", models.UUIDField()),
    ]


class Migration(migrations.Migration):
    dependencies = [("cases", "0003_screening_alerts")]

    operations = [
        migrations.AddField("alert", "snoozed_until", models.DateTimeField(null=True)),
        migrations.AddField(
            "alert", "disposition", models.CharField(blank=True, db_default="", default="", max_length=16)
        ),
        migrations.AddField("alert", "version", models.IntegerField(db_default=1, default=1)),
        migrations.AlterField("case", "customer_id", models.UUIDField(null=True)),
        migrations.AddField(
            "case", "title", models.CharField(blank=True, db_default="", default="", max_length=200)
        ),
        migrations.AddField("case", "sealed_description", models.BinaryField(null=True)),
        migrations.AddField(
            "case",
            "tags",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=40), db_default=[], default=list, size=None
            ),
        ),
        migrations.AddField("case", "related_transaction_id", models.UUIDField(null=True)),
        migrations.AddField(
            "case", "disposition", models.CharField(blank=True, db_default="", default="", max_length=16)
        ),
        migrations.AddField("case", "sealed_reason", models.BinaryField(null=True)),
        migrations.AddField("case", "proposed_by_id", models.UUIDField(null=True)),
        migrations.AddField("case", "proposed_by_person_id", models.UUIDField(null=True)),
        migrations.AddField("case", "resolved_at", models.DateTimeField(null=True)),
        migrations.AddField("case", "version", models.IntegerField(db_default=1, default=1)),
        migrations.CreateModel(
            name="CaseNote",
            fields=[
                *_of_case(),
                ("author_kind", models.CharField(max_length=8)),
                ("author_id", models.UUIDField(null=True)),
                ("sealed_text", models.BinaryField()),
                ("created_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="CaseStep",
            fields=[
                *_of_case(),
                ("action", models.CharField(max_length=24)),
                ("actor_kind", models.CharField(max_length=8)),
                ("actor_id", models.UUIDField(null=True)),
                ("detail", models.JSONField(default=dict)),
                ("at", models.DateTimeField()),
            ],
        ),
        isolate("cases_casenote", rows=BY_TEAM),
        isolate("cases_casestep", rows=BY_TEAM),
        append_only("cases_casenote"),
        append_only("cases_casestep"),
        migrations.RunSQL(INDEXES, migrations.RunSQL.noop),
    ]
