"""The life of a report: its content with every version, its steps, its filing, and who reports."""

from django.db import migrations, models

import ratel.identifiers
from ratel.row_level_security import BY_TEAM, append_only, isolate

INDEXES = [
    # What is to be filed, the most urgent first.
    "CREATE INDEX report_due ON cases_report (team_id, due_at, id) WHERE status <> 'FILED'",
    "CREATE INDEX report_newest_first ON cases_report (team_id, id DESC)",
    "CREATE INDEX report_of_case ON cases_report (case_id) WHERE case_id IS NOT NULL",
    "CREATE INDEX report_of_customer ON cases_report (team_id, customer_id)",
    "CREATE INDEX version_of_report ON cases_reportversion (report_id, id)",
    "CREATE INDEX step_of_report ON cases_reportstep (report_id, id)",
    "CREATE INDEX report_step_of_case ON cases_reportstep (case_id, id) WHERE case_id IS NOT NULL",
]
FIELDS = [
    ("detected_at", models.DateTimeField(null=True)),
    ("due_at", models.DateTimeField(null=True)),
    ("sealed_content", models.BinaryField(null=True)),
    ("drafted_by_id", models.UUIDField(null=True)),
    ("edited_by_id", models.UUIDField(null=True)),
    ("edited_by_person_id", models.UUIDField(null=True)),
    ("submitted_by_id", models.UUIDField(null=True)),
    ("submitted_by_person_id", models.UUIDField(null=True)),
    ("approved_by_id", models.UUIDField(null=True)),
    ("approved_at", models.DateTimeField(null=True)),
    ("filed_at", models.DateTimeField(null=True)),
    ("version", models.IntegerField(db_default=1, default=1)),
]
OF_REPORT = ("cases_reportversion", "cases_reportstep", "cases_reportfiling")


def _of_team() -> list[tuple[str, models.Field]]:
    identifier = models.UUIDField(
        default=ratel.identifiers.new_id, editable=False, primary_key=True, serialize=False
    )
    return [("id", identifier), ("organisation_id", models.UUIDField())]


def _of_report() -> list[tuple[str, models.Field]]:
    return [*_of_team(), ("team_id", models.UUIDField()), ("report_id", models.UUIDField())]


class Migration(migrations.Migration):
    dependencies = [("cases", "0006_case_files")]

    operations = [
        migrations.AlterField("report", "evaluation_id", models.UUIDField(null=True)),
        migrations.AlterField("report", "transaction_id", models.UUIDField(null=True)),
        *(migrations.AddField("report", name, field) for name, field in FIELDS),
        migrations.CreateModel(
            name="ReportVersion",
            fields=[
                *_of_report(),
                ("version", models.IntegerField()),
                ("author_kind", models.CharField(max_length=8)),
                ("author_id", models.UUIDField(null=True)),
                ("sealed_content", models.BinaryField()),
                ("created_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="ReportStep",
            fields=[
                *_of_report(),
                ("case_id", models.UUIDField(null=True)),
                ("action", models.CharField(max_length=24)),
                ("actor_kind", models.CharField(max_length=8)),
                ("actor_id", models.UUIDField(null=True)),
                ("detail", models.JSONField(default=dict)),
                ("sealed_words", models.BinaryField(null=True)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="ReportFiling",
            fields=[
                *_of_report(),
                (
                    "kind",
                    models.CharField(
                        choices=[("filing", "Filing"), ("acknowledgement", "Acknowledgement")], max_length=16
                    ),
                ),
                ("sealed_reference", models.BinaryField()),
                ("sealed_file", models.BinaryField(null=True)),
                ("media_type", models.CharField(blank=True, default="", max_length=40)),
                ("recorded_by_id", models.UUIDField(null=True)),
                ("at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("report_id", "kind"), name="one_filing_of_a_kind_per_report"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ReportingEntity",
            fields=[
                *_of_team(),
                ("team_id", models.UUIDField(unique=True)),
                ("sealed_document", models.BinaryField()),
                ("changed_by_id", models.UUIDField(null=True)),
                ("updated_at", models.DateTimeField()),
                ("version", models.IntegerField(db_default=1, default=1)),
            ],
        ),
        *(isolate(table, rows=BY_TEAM) for table in (*OF_REPORT, "cases_reportingentity")),
        *(append_only(table) for table in OF_REPORT),
        migrations.RunSQL(INDEXES, migrations.RunSQL.noop),
    ]
