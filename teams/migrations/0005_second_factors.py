"""Second factors of people, their sign-ins, links to set a password, and what a team asks of whom."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import ratel.identifiers
from ratel.row_level_security import BY_ORGANISATION, isolate, named


def of_person():
    """The columns that every table here has."""
    return [
        (
            "id",
            models.UUIDField(
                default=ratel.identifiers.new_id, editable=False, primary_key=True, serialize=False
            ),
        ),
        ("created_at", models.DateTimeField(auto_now_add=True)),
        (
            "organisation",
            models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="teams.organisation"
            ),
        ),
        (
            "person",
            models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
    ]


class Migration(migrations.Migration):
    dependencies = [("teams", "0004_limits")]

    operations = [
        migrations.AddField(
            "team",
            "requires_second_factor",
            models.CharField(
                max_length=16,
                choices=[
                    ("nobody", "Nobody"),
                    ("leads", "Administrators and officers"),
                    ("everybody", "Everybody"),
                ],
                default="nobody",
                db_default="nobody",
            ),
        ),
        migrations.AddField("person", "factor_reset_at", models.DateTimeField(null=True)),
        migrations.AddField("person", "factor_reset_by", models.UUIDField(null=True)),
        migrations.CreateModel(
            name="TimeCode",
            fields=[
                *of_person(),
                ("sealed_secret", models.BinaryField()),
                ("last_step", models.BigIntegerField()),
                ("last_used_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("person",), name="one_time_code_app_per_person")
                ]
            },
        ),
        migrations.CreateModel(
            name="Passkey",
            fields=[
                *of_person(),
                ("name", models.CharField(max_length=60)),
                ("credential_id", models.BinaryField(max_length=1_023, unique=True)),
                ("public_key", models.BinaryField()),
                ("sign_count", models.BigIntegerField()),
                ("last_used_at", models.DateTimeField(null=True)),
            ],
            options={"indexes": [models.Index(fields=["person"], name="passkey_of_person")]},
        ),
        migrations.CreateModel(
            name="RecoveryCode",
            fields=[
                *of_person(),
                ("code_hash", models.CharField(max_length=64)),
                ("used_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("person", "code_hash"), name="recovery_code_of_person")
                ]
            },
        ),
        migrations.CreateModel(
            name="SignIn",
            fields=[
                *of_person(),
                ("sealed_session_key", models.BinaryField()),
                ("proof", models.CharField(max_length=40)),
                ("address", models.CharField(max_length=45, default="")),
                ("browser", models.CharField(max_length=120, default="")),
                ("seen_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={"indexes": [models.Index(fields=["person", "-seen_at"], name="sign_in_of_person")]},
        ),
        migrations.CreateModel(
            name="PasswordLink",
            fields=[
                *of_person(),
                ("token_hash", models.CharField(max_length=64, unique=True)),
                (
                    "made_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("expires_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
            ],
            options={"indexes": [models.Index(fields=["person"], name="password_link_of_person")]},
        ),
        isolate("teams_timecode", rows=BY_ORGANISATION),
        isolate("teams_passkey", rows=BY_ORGANISATION),
        isolate("teams_recoverycode", rows=BY_ORGANISATION),
        isolate("teams_signin", rows=BY_ORGANISATION),
        # Whoever holds the link may see that it is there, before anything else is known of them.
        isolate(
            "teams_passwordlink", rows=BY_ORGANISATION, readable=named("token_hash", "ratel.password_link")
        ),
    ]
