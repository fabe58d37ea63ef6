"""Row-level security over the tenant tables, the append-only audit trail, and the configuration stamps."""

from django.db import migrations

from ratel.row_level_security import BY_ORGANISATION, ITSELF, append_only, isolate, named

KEY_BY_ID = named("public_id", "ratel.api_key")
TEAM_OF_KEY = f"EXISTS (SELECT 1 FROM teams_apikey k WHERE k.team_id = teams_team.id AND k.{KEY_BY_ID})"
PERSON_BY_NAME = f"{named('email', 'ratel.person_email')} OR {named('id::text', 'ratel.person_id')}"

AUDIT_ORDER = [
    # The order of linking; see teams/audit/chain.py.
    "ALTER TABLE teams_auditentry ADD COLUMN written_in xid8 NOT NULL DEFAULT pg_current_xact_id()",
    "CREATE INDEX audit_in_order ON teams_auditentry (organisation_id, written_in, id)",
    # The organisation is part of the key of every large table, so that it can be distributed by it.
    "ALTER TABLE teams_auditentry DROP CONSTRAINT teams_auditentry_pkey, ADD PRIMARY KEY (id, organisation_id)",
]

STAMPS = """
CREATE FUNCTION ratel_stamp_configuration() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed record := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    changed_scope uuid;
    changed_organisation uuid;
BEGIN
    IF TG_ARGV[0] = 'team' THEN
        changed_scope := changed.team_id;
        changed_organisation := changed.organisation_id;
    ELSIF TG_ARGV[0] = 'itself' THEN
        changed_scope := changed.id;
        changed_organisation := changed.organisation_id;
    ELSE
        changed_organisation := changed.organisation_id;
        changed_scope := COALESCE(changed_organisation, '00000000-0000-0000-0000-000000000000');
    END IF;
    INSERT INTO teams_configurationstamp AS stamp (scope, organisation_id, value)
        VALUES (changed_scope, changed_organisation, 1)
        ON CONFLICT (scope) DO UPDATE SET value = stamp.value + 1;
    RETURN NULL;
END
$$;
"""

TRIGGERS = [
    "CREATE TRIGGER stamp AFTER INSERT OR UPDATE OR DELETE ON teams_team"
    " FOR EACH ROW EXECUTE FUNCTION ratel_stamp_configuration('itself')",
    # Not for the last use, which says nothing about what the key may do.
    "CREATE TRIGGER stamp_change AFTER UPDATE OF secret_hash, is_live, scopes, allowed_networks, expires_at, revoked_at"
    " ON teams_apikey FOR EACH ROW EXECUTE FUNCTION ratel_stamp_configuration('team')",
    "CREATE TRIGGER stamp AFTER INSERT OR DELETE ON teams_apikey"
    " FOR EACH ROW EXECUTE FUNCTION ratel_stamp_configuration('team')",
]


class Migration(migrations.Migration):
    dependencies = [("teams", "0001_tables"), ("ratel", "0001_application_role")]
    operations = [
        migrations.RunSQL(AUDIT_ORDER, migrations.RunSQL.noop),
        migrations.RunSQL(STAMPS, "DROP FUNCTION ratel_stamp_configuration CASCADE"),
        migrations.RunSQL(TRIGGERS, migrations.RunSQL.noop),
        isolate("teams_organisation", rows=ITSELF),
        isolate("teams_apikey", rows=BY_ORGANISATION, readable=KEY_BY_ID),
        isolate("teams_team", rows=BY_ORGANISATION, readable=TEAM_OF_KEY),
        isolate("teams_person", rows=BY_ORGANISATION, readable=PERSON_BY_NAME),
        isolate("teams_membership", rows=BY_ORGANISATION),
        isolate("teams_auditentry", rows=BY_ORGANISATION),
        isolate("teams_auditlink", rows=BY_ORGANISATION),
        append_only("teams_auditentry"),
        append_only("teams_auditlink"),
    ]
