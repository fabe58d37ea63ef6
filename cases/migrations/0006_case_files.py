"""Files of cases, relations that people saw, and examination bundles."""

from typing import ClassVar

from django.db import migrations, models

import ratel.identifiers
from ratel.row_level_security import BY_TEAM, append_only, isolate

INDEXES = [
    "CREATE INDEX attachment_of_case ON cases_attachment (case_id, id)",
    "CREATE INDEX relation_to ON cases_caserelation (other_id)",
    "CREATE INDEX bundle_newest_first ON cases_bundle (team_id, id DESC)",
    "CREATE INDEX bundle_waiting ON cases_bundle (team_id, id) WHERE state = 'waiting'",
    "CREATE INDEX bundle_kept ON cases_bundle (team_id, finished_at) WHERE state = 'ready'",
    # The newest alerts that belong to cases: where related cases are looked for.
    "CREATE INDEX alert_in_case_newest ON cases_alert (team_id, id DESC) WHERE case_id IS NOT NULL",
]
RELATION_KINDS = [("case", "Case"), ("alert", "Alert")]
STATES = [("waiting", "Waiting"), ("ready", "Ready"), ("failed", "Failed"), ("removed", "Removed")]


def _of_team() -> list[tuple[str, models.Field]]:
    return [
        (
            "id",
            models.UUIDField(
                default=ratel.identifiers.new_id, editable=False, primary_key=True, serialize=False
            ),
        ),
        ("organisation_id", models.UUIDField()),
        ("team_id", models.UUIDField()),
    ]


class Migration(migrations.Migration):
    dependencies: ClassVar = [("cases", "0005_alert_joining")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="Attachment",
            fields=[
                *_of_team(),
                ("case_id", models.UUIDField()),
                ("kind", models.CharField(max_length=8)),
                ("sealed_name", models.BinaryField()),
                ("size_bytes", models.IntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("stored_as", models.CharField(max_length=64)),
                ("added_by_kind", models.CharField(max_length=8)),
                ("added_by_id", models.UUIDField(null=True)),
                ("added_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="CaseRelation",
            fields=[
                *_of_team(),
                ("case_id", models.UUIDField()),
                ("kind", models.CharField(choices=RELATION_KINDS, max_length=8)),
                ("other_id", models.UUIDField()),
                ("sealed_reason", models.BinaryField()),
                ("related_by_kind", models.CharField(max_length=8)),
                ("related_by_id", models.UUIDField(null=True)),
                ("related_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=["case_id", "kind", "other_id"], name="a_relation_is_made_once"
                    )
                ]
            },
        ),
        migrations.CreateModel(
            name="Bundle",
            fields=[
                *_of_team(),
                ("scope", models.CharField(max_length=8)),
                ("subject_id", models.UUIDField(null=True)),
                ("period_start", models.DateTimeField(null=True)),
                ("period_end", models.DateTimeField(null=True)),
                ("with_reports", models.BooleanField()),
                ("asked_by_kind", models.CharField(max_length=8)),
                ("asked_by_id", models.UUIDField()),
                ("asked_at", models.DateTimeField()),
                ("state", models.CharField(choices=STATES, default="waiting", max_length=8)),
                ("attempts", models.IntegerField(default=0)),
                ("leased_until", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("stored_as", models.CharField(blank=True, default="", max_length=64)),
                ("size_bytes", models.BigIntegerField(null=True)),
                ("sha256", models.CharField(blank=True, default="", max_length=64)),
                ("files", models.IntegerField(default=0)),
            ],
        ),
        isolate("cases_attachment", rows=BY_TEAM),
        isolate("cases_caserelation", rows=BY_TEAM),
        isolate("cases_bundle", rows=BY_TEAM),
        append_only("cases_attachment"),
        append_only("cases_caserelation"),
        migrations.RunSQL(INDEXES, migrations.RunSQL.noop),
    ]
