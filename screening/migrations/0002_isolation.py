"""Row-level security, the keys and indexes of the decision path, and the stamps of what it is configured by."""

from django.db import migrations

from ratel.row_level_security import BY_ORGANISATION, BY_TEAM, isolate

PUBLIC = "organisation_id IS NULL"
# Public lists are written only by whoever says so in the transaction: the loader, never a view.
MAY_LOAD = f"{PUBLIC} AND (SELECT current_setting('ratel.loads_public_lists', true)) = 'on'"

TEAM_TABLES = [
    "screening_customer",
    "screening_transaction",
    "screening_evaluation",
    "screening_idempotencykey",
    "screening_rule",
    "screening_ruleversion",
    "screening_ruleset",
    "screening_decisionpolicy",
    "screening_exchangerate",
]

KEYS = [
    "ALTER TABLE screening_transaction DROP CONSTRAINT screening_transaction_pkey, ADD PRIMARY KEY (id, organisation_id)",
    "ALTER TABLE screening_evaluation DROP CONSTRAINT screening_evaluation_pkey, ADD PRIMARY KEY (id, organisation_id)",
    "ALTER TABLE screening_customer DROP CONSTRAINT screening_customer_pkey, ADD PRIMARY KEY (id, organisation_id)",
    # A customer's own past, read by one index-only scan per evaluation, whatever a rule's window is filtered by.
    "CREATE INDEX transaction_history ON screening_transaction (team_id, customer_id, occurred_at)"
    " INCLUDE (direction, base_amount, is_cash, is_cross_border, counterparty_key, device_key, ip_key, country,"
    " currency, channel, type)",
    # Whether this customer ever dealt with this counterparty.
    "CREATE INDEX transaction_counterparty ON screening_transaction (team_id, customer_id, counterparty_key, occurred_at)"
    " WHERE counterparty_key IS NOT NULL",
    "CREATE INDEX evaluation_of_transaction ON screening_evaluation (transaction_id)",
    # Rows arrive in the order of these times, so a summary of each block range does what a tree would, for nothing.
    "CREATE INDEX evaluation_in_time ON screening_evaluation USING brin (decided_at)",
    "CREATE INDEX idempotency_expiry ON screening_idempotencykey USING brin (held_until)",
    # Sealed values do not compress; trying costs more than it saves.
    "ALTER TABLE screening_transaction ALTER COLUMN sealed_input SET STORAGE EXTERNAL",
    "ALTER TABLE screening_evaluation ALTER COLUMN sealed_detail SET STORAGE EXTERNAL",
]

TRIGGERS = [
    f"CREATE TRIGGER stamp AFTER INSERT OR UPDATE OR DELETE ON screening_{table}"
    f" FOR EACH ROW EXECUTE FUNCTION ratel_stamp_configuration('{scope}')"
    for table, scope in (
        ("rule", "team"),
        ("ruleversion", "team"),
        ("ruleset", "team"),
        ("decisionpolicy", "team"),
        ("watchlistgeneration", "organisation"),
    )
]
# One stamp for a whole table of rates would be one per row otherwise: the loader stamps the team once.


class Migration(migrations.Migration):
    dependencies = [("screening", "0001_tables"), ("teams", "0002_isolation")]
    operations = [
        migrations.RunSQL(KEYS, migrations.RunSQL.noop),
        migrations.RunSQL(TRIGGERS, migrations.RunSQL.noop),
        *(isolate(table, rows=BY_TEAM) for table in TEAM_TABLES),
        *(
            isolate(table, rows=f"({BY_ORGANISATION}) OR ({MAY_LOAD})", readable=PUBLIC)
            for table in ("screening_watchlist", "screening_watchlistentry", "screening_watchlistgeneration")
        ),
    ]
