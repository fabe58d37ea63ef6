"""Endpoints, deliveries with their attempts and dead letters, and how they are found."""

import django.contrib.postgres.fields
from django.db import migrations, models

import ratel.identifiers
from ratel.row_level_security import BY_TEAM, isolate

INDEXES = [
    # The queue: what waits to be fanned out, what waits to be sent, what is under way, what holds up its subject.
    "CREATE INDEX outbox_waiting ON webhooks_outboxevent (team_id, sequence) WHERE NOT is_fanned_out",
    "CREATE INDEX delivery_due ON webhooks_delivery (endpoint_id, next_attempt_at, sequence) WHERE state = 'pending'",
    "CREATE INDEX delivery_in_last_wait ON webhooks_delivery (endpoint_id, next_attempt_at) WHERE state = 'last_wait'",
    "CREATE INDEX delivery_under_way ON webhooks_delivery (endpoint_id, lease_until) WHERE state = 'leased'",
    "CREATE INDEX delivery_in_subject ON webhooks_delivery (endpoint_id, subject, sequence)"
    " WHERE state IN ('pending', 'leased') AND attempts_spent = 0",
    # What is shown, replayed and removed.
    "CREATE INDEX delivery_newest_first ON webhooks_delivery (team_id, id DESC)",
    "CREATE INDEX delivery_of_endpoint ON webhooks_delivery (endpoint_id, id DESC)",
    "CREATE INDEX delivery_ended ON webhooks_delivery (team_id, state, completed_at) WHERE state IN ('done', 'dead')",
    "CREATE INDEX attempt_of_delivery ON webhooks_attempt (delivery_id, number)",
    "CREATE INDEX dead_letter_newest_first ON webhooks_deadletter (team_id, id DESC)",
    "CREATE INDEX dead_letter_of_endpoint ON webhooks_deadletter (endpoint_id, id DESC)",
    "CREATE INDEX dead_letter_by_age ON webhooks_deadletter (team_id, died_at)",
    "CREATE INDEX endpoint_of_team ON webhooks_endpoint (team_id, id)",
    "CREATE INDEX notice_to_tell ON webhooks_notice (team_id, id) WHERE told_at IS NULL",
]
# Rows of a queue die young; the usual threshold (a fifth of the table) would leave most of the index dead.
STORAGE = [
    "ALTER TABLE webhooks_delivery SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.05)",
    "ALTER TABLE webhooks_outboxevent SET (autovacuum_vacuum_scale_factor = 0.02)",
]
TEAM_TABLES = (
    "webhooks_endpoint",
    "webhooks_delivery",
    "webhooks_attempt",
    "webhooks_deadletter",
    "webhooks_notice",
)


class Migration(migrations.Migration):
    dependencies = [
        ("webhooks", "0002_isolation"),
    ]

    operations = [
        migrations.CreateModel(
            name="Attempt",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=ratel.identifiers.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("organisation_id", models.UUIDField()),
                ("team_id", models.UUIDField()),
                ("delivery_id", models.UUIDField()),
                ("number", models.IntegerField()),
                ("is_by_hand", models.BooleanField(default=False)),
                ("started_at", models.DateTimeField()),
                ("duration_ms", models.IntegerField()),
                ("status_code", models.IntegerField(null=True)),
                ("error", models.CharField(blank=True, default="", max_length=32)),
                ("sealed_response", models.BinaryField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Endpoint",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=ratel.identifiers.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("organisation_id", models.UUIDField()),
                ("team_id", models.UUIDField()),
                ("url", models.CharField(max_length=2048)),
                ("description", models.CharField(default="", max_length=200)),
                (
                    "events",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40), size=None
                    ),
                ),
                ("is_confidential", models.BooleanField(default=False)),
                ("confidential_by_id", models.UUIDField(null=True)),
                (
                    "schedule",
                    models.CharField(
                        choices=[("standard", "Standard"), ("extended", "Extended")],
                        default="standard",
                        max_length=8,
                    ),
                ),
                ("rate_per_second", models.IntegerField(null=True)),
                ("concurrency_limit", models.IntegerField(default=16)),
                ("sealed_secret", models.BinaryField()),
                ("sealed_previous_secret", models.BinaryField(null=True)),
                ("previous_secret_until", models.DateTimeField(null=True)),
                (
                    "status",
                    models.CharField(
                        choices=[("active", "Active"), ("paused", "Paused")], default="active", max_length=6
                    ),
                ),
                ("paused_at", models.DateTimeField(null=True)),
                ("paused_by_id", models.UUIDField(null=True)),
                (
                    "pause_reason",
                    models.CharField(
                        blank=True,
                        choices=[("by_hand", "By hand"), ("failing", "Failed for long")],
                        default="",
                        max_length=7,
                    ),
                ),
                ("failing_since", models.DateTimeField(null=True)),
                ("last_success_at", models.DateTimeField(null=True)),
                (
                    "breaker",
                    models.CharField(
                        choices=[("closed", "Closed"), ("open", "Open"), ("half_open", "Half open")],
                        default="closed",
                        max_length=9,
                    ),
                ),
                ("breaker_until", models.DateTimeField(null=True)),
                ("breaker_detail", models.JSONField(default=dict)),
                ("last_sequence", models.BigIntegerField(default=0)),
                ("rate_left", models.FloatField(default=0)),
                ("rate_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField()),
                ("updated_at", models.DateTimeField()),
                ("deleted_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Heartbeat",
            fields=[
                ("name", models.CharField(max_length=120, primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("beats", models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=ratel.identifiers.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("organisation_id", models.UUIDField()),
                ("team_id", models.UUIDField()),
                ("endpoint_id", models.UUIDField()),
                ("kind", models.CharField(choices=[("endpoint_paused", "Endpoint paused")], max_length=20)),
                ("created_at", models.DateTimeField()),
                ("told_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name="outboxevent",
            name="is_fanned_out",
            field=models.BooleanField(db_default=False),
        ),
        migrations.CreateModel(
            name="DeadLetter",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=ratel.identifiers.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("organisation_id", models.UUIDField()),
                ("team_id", models.UUIDField()),
                ("delivery_id", models.UUIDField()),
                ("endpoint_id", models.UUIDField()),
                ("event_id", models.UUIDField()),
                ("event", models.CharField(max_length=40)),
                ("subject", models.CharField(max_length=64)),
                ("sequence", models.BigIntegerField()),
                ("is_confidential", models.BooleanField(default=False)),
                ("attempts_made", models.IntegerField()),
                ("last_status_code", models.IntegerField(null=True)),
                ("last_error", models.CharField(blank=True, default="", max_length=32)),
                ("died_at", models.DateTimeField()),
                ("replayed_at", models.DateTimeField(null=True)),
                ("replayed_by_id", models.UUIDField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("replayed_at__isnull", True)),
                        fields=("delivery_id",),
                        name="one_open_dead_letter_of_a_delivery",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=ratel.identifiers.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("organisation_id", models.UUIDField()),
                ("team_id", models.UUIDField()),
                ("endpoint_id", models.UUIDField()),
                ("event_id", models.UUIDField()),
                ("event", models.CharField(max_length=40)),
                ("subject", models.CharField(max_length=64)),
                ("sequence", models.BigIntegerField()),
                ("is_confidential", models.BooleanField(default=False)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "Waiting"),
                            ("leased", "Under way"),
                            ("last_wait", "Last wait"),
                            ("done", "Delivered"),
                            ("dead", "Given up"),
                        ],
                        default="pending",
                        max_length=9,
                    ),
                ),
                ("attempts_made", models.IntegerField(default=0)),
                ("attempts_spent", models.IntegerField(default=0)),
                ("next_attempt_at", models.DateTimeField()),
                ("resumes_at", models.DateTimeField(null=True)),
                ("lease_until", models.DateTimeField(null=True)),
                ("lease_owner", models.UUIDField(null=True)),
                ("last_status_code", models.IntegerField(null=True)),
                ("last_error", models.CharField(blank=True, default="", max_length=32)),
                ("created_at", models.DateTimeField()),
                ("completed_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("event_id", "endpoint_id"), name="one_delivery_of_an_event_to_an_endpoint"
                    )
                ],
            },
        ),
        migrations.RunSQL(INDEXES, migrations.RunSQL.noop),
        migrations.RunSQL(STORAGE, migrations.RunSQL.noop),
        *(isolate(table, rows=BY_TEAM) for table in TEAM_TABLES),
    ]
