"""Where lists come from and how fresh they are; entries know from which revision of their list until which they count."""

import django.db.models.deletion
from django.db import migrations, models

import ratel.identifiers
from ratel.row_level_security import BY_ORGANISATION, isolate

PUBLIC = "organisation_id IS NULL"
MAY_LOAD = f"{PUBLIC} AND (SELECT current_setting('ratel.loads_public_lists', true)) = 'on'"

# What is loaded already is revision 1 of each list. Row-level security binds the owner of the tables too.
FIRST_REVISION = [
    "SELECT set_config('ratel.loads_public_lists', 'on', true)",
    "UPDATE screening_watchlist SET revision = 1",
    "UPDATE screening_watchlistgeneration SET told_at = now(), lists ="
    " COALESCE((SELECT jsonb_object_agg(l.key, l.value || '{\"revision\": 1}') FROM jsonb_each(lists) l), '{}')",
]
# Sealed values do not compress; trying costs more than it saves.
STORAGE = "ALTER TABLE screening_watchlistentry ALTER COLUMN sealed_document SET STORAGE EXTERNAL"

# Telling organisations of a generation changes nothing that anybody decides by.
STAMP = [
    "DROP TRIGGER stamp ON screening_watchlistgeneration",
    "CREATE TRIGGER stamp AFTER INSERT OR DELETE OR UPDATE OF is_current ON screening_watchlistgeneration"
    " FOR EACH ROW EXECUTE FUNCTION ratel_stamp_configuration('organisation')",
]


class Migration(migrations.Migration):
    dependencies = [("screening", "0004_payload_schemas")]
    operations = [
        migrations.CreateModel(
            name="WatchlistNotice",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=ratel.identifiers.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("organisation_id", models.UUIDField()),
                ("generation", models.CharField(max_length=64)),
                ("told_at", models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.CreateModel(
            name="WatchlistSource",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=ratel.identifiers.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("organisation_id", models.UUIDField(null=True)),
                ("code", models.CharField(max_length=64)),
                ("name", models.CharField(max_length=200)),
                ("kind", models.CharField(max_length=16, null=True)),
                ("format", models.CharField(max_length=24)),
                ("location", models.CharField(max_length=2000)),
                ("columns", models.JSONField(default=dict)),
                ("cadence_seconds", models.IntegerField()),
                ("minimum_share", models.FloatField(default=0.8)),
                ("canaries", models.JSONField(default=list)),
                ("is_enabled", models.BooleanField(default=True)),
                ("due_at", models.DateTimeField()),
                ("lease_until", models.DateTimeField(null=True)),
                ("last_success_at", models.DateTimeField(null=True)),
                ("last_failure_at", models.DateTimeField(null=True)),
                ("last_failure", models.CharField(default="", max_length=500)),
                ("failures_in_a_row", models.IntegerField(default=0)),
                ("validators", models.JSONField(default=dict)),
            ],
        ),
        migrations.RemoveConstraint(model_name="watchlistentry", name="one_entry_per_reference"),
        migrations.AddField("watchlist", "revision", models.IntegerField(default=0)),
        migrations.AlterField("watchlist", "source_format", models.CharField(max_length=24)),
        migrations.AddField("watchlistentry", "key", models.UUIDField(null=True)),
        migrations.AddField("watchlistentry", "revision_from", models.IntegerField(default=1)),
        migrations.AddField("watchlistentry", "revision_until", models.IntegerField(null=True)),
        migrations.AddField("watchlistentry", "sealed_document", models.BinaryField(null=True)),
        migrations.AlterField("watchlistentry", "document", models.JSONField(null=True)),
        migrations.AlterField(
            "watchlistentry",
            "watchlist",
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="entries",
                to="screening.watchlist",
            ),
        ),
        migrations.AddField("watchlistgeneration", "previous", models.CharField(max_length=64, null=True)),
        migrations.AddField(
            "watchlistgeneration", "restored_from", models.CharField(max_length=64, null=True)
        ),
        migrations.AddField("watchlistgeneration", "changes", models.JSONField(default=dict)),
        migrations.AddField("watchlistgeneration", "told_at", models.DateTimeField(null=True)),
        migrations.RunSQL(FIRST_REVISION, migrations.RunSQL.noop),
        migrations.AddIndex(
            "watchlistentry", models.Index(fields=["watchlist", "revision_from"], name="entry_begun")
        ),
        migrations.AddIndex(
            "watchlistentry",
            models.Index(
                condition=models.Q(("revision_until__isnull", False)),
                fields=["watchlist", "revision_until"],
                name="entry_ended",
            ),
        ),
        migrations.AddIndex("watchlistentry", models.Index(fields=["watchlist", "id"], name="entry_newest")),
        migrations.AddIndex(
            "watchlistentry",
            models.Index(
                condition=models.Q(("key__isnull", False)), fields=["watchlist", "key"], name="entry_by_key"
            ),
        ),
        migrations.AddConstraint(
            "watchlistentry",
            models.UniqueConstraint(
                fields=("watchlist", "reference", "revision_from"), name="one_entry_per_revision"
            ),
        ),
        migrations.AddConstraint(
            "watchlistentry",
            models.CheckConstraint(
                condition=models.Q(("document__isnull", True), ("sealed_document__isnull", False))
                | models.Q(("document__isnull", False), ("sealed_document__isnull", True)),
                name="entry_plain_or_sealed",
            ),
        ),
        migrations.AddConstraint(
            "watchlistgeneration",
            models.UniqueConstraint(
                condition=models.Q(("is_current", True)),
                fields=("organisation_id",),
                name="one_current_generation",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            "watchlistnotice",
            models.UniqueConstraint(
                fields=("organisation_id", "generation"), name="one_notice_per_generation"
            ),
        ),
        migrations.AddIndex(
            "watchlistsource",
            models.Index(condition=models.Q(("is_enabled", True)), fields=["due_at"], name="source_due"),
        ),
        migrations.AddConstraint(
            "watchlistsource",
            models.UniqueConstraint(
                fields=("organisation_id", "code"), name="one_source_per_list", nulls_distinct=False
            ),
        ),
        migrations.RunSQL(STORAGE, migrations.RunSQL.noop),
        migrations.RunSQL(STAMP, migrations.RunSQL.noop),
        isolate("screening_watchlistnotice", rows=BY_ORGANISATION),
        isolate("screening_watchlistsource", rows=f"({BY_ORGANISATION}) OR ({MAY_LOAD})", readable=PUBLIC),
    ]
