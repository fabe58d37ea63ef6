"""The role that the application runs as: it owns nothing and is no superuser, so row-level security binds it."""

from django.db import migrations

CREATE_ROLE = """
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'ratel_app') THEN
        CREATE ROLE ratel_app NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
    END IF;
    IF NOT pg_has_role(current_user, 'ratel_app', 'MEMBER') THEN
        BEGIN
            EXECUTE format('GRANT ratel_app TO %I', current_user);
        EXCEPTION WHEN insufficient_privilege THEN
            -- The application logs in as ratel_app itself; the owner need not be able to become it.
            NULL;
        END;
    END IF;
END
$$;
"""

GRANTS = [
    "GRANT USAGE ON SCHEMA public TO ratel_app",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ratel_app",
    "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO ratel_app",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ratel_app",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO ratel_app",
    "REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM ratel_app",
]


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.RunSQL(sql=CREATE_ROLE, reverse_sql=migrations.RunSQL.noop),
        migrations.RunSQL(sql=GRANTS, reverse_sql=migrations.RunSQL.noop),
    ]
