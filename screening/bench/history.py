"""The past of the bench's customers, written in SQL as the owner: payments in the order of time, over 180 days.

Customers are drawn at random, so one customer's rows lie scattered over the table as they do in a bank's. The keys of
devices, addresses and counterparties are those that the same payments would have got through the API.
"""

import os
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
import psycopg
from psycopg import sql

from ratel.sealing import seal
from screening.bench import payments
from screening.bench.bank import PLAIN, stored_teams
from screening.bench.payments import Payments
from screening.dialects import native
from screening.enrich import Keys, keys_of
from screening.request import EvaluateRequest
from teams.models import Team
from teams.principal import TeamFacts

DAYS: Final = 180
CHUNK_ROWS: Final = 250_000
_CUSTOMERS: Final = """
    CREATE TEMPORARY TABLE bench_customer (n int PRIMARY KEY, id uuid, counterparties bigint[], devices bigint[],
        addresses bigint[])"""
# `n` numbers the rows of the whole table; identifiers grow with time as those of the application do.
_ROWS: Final = """
    WITH drawn AS MATERIALIZED (
        SELECT i, %(start)s::timestamptz + i * %(step)s::interval AS occurred_at,
            floor(random() * %(customers)s)::int AS n, floor(random() * 100)::int AS kind, random() AS way,
            random() AS place, random() AS known, floor(random() * %(counterparties)s)::int AS other,
            floor(random() * %(devices)s)::int AS device, floor(random() * %(addresses)s)::int AS address,
            (random() + random() + random() + random() - 2) * 1.732 AS spread, random() AS stranger
        FROM generate_series(%(first)s::int, %(last)s::int) AS i)
    INSERT INTO screening_transaction (id, organisation_id, team_id, customer_id, external_id, occurred_at,
        received_at, direction, amount, currency, base_amount, type, channel, is_cash, is_cross_border, country,
        counterparty_key, device_key, ip_key, sealed_input)
    SELECT (lpad(to_hex((extract(epoch FROM occurred_at) * 1000)::bigint), 12, '0')
            || substr(md5(random()::text || i), 1, 20))::uuid,
        %(organisation)s, %(team)s, c.id, 'past-' || i, occurred_at, occurred_at,
        CASE WHEN way < %(debits)s THEN 'debit' ELSE 'credit' END, a.amount, 'NGN', a.amount,
        (%(types)s::text[])[kind + 1], (%(channels)s::text[])[kind + 1], (%(cash)s::boolean[])[kind + 1],
        place < %(foreign)s, CASE WHEN place < %(foreign)s THEN 'GH' ELSE 'NG' END,
        CASE WHEN known < %(new)s THEN (stranger * 9e18)::bigint ELSE c.counterparties[other + 1] END,
        c.devices[device + 1], c.addresses[address + 1], %(sealed)s
    FROM drawn JOIN bench_customer c USING (n)
    CROSS JOIN LATERAL (SELECT round(exp(ln(%(median)s::float8) + %(deviation)s * spread)::numeric, 2) AS amount) a
    ORDER BY i"""


def fill(*, rows: int, customers: int, named: bool) -> None:
    """`rows` payments of the team without names and, if asked, as many of the other."""
    teams = stored_teams()
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as connection:
        indexes = _without_indexes(connection) if rows > CHUNK_ROWS else []
        for team in teams:
            _see(connection, team)
            connection.execute("DELETE FROM screening_transaction WHERE team_id = %s", [team.id])
            if named or team.name == PLAIN:
                _fill_team(connection, team, rows, customers)
        connection.execute("SET LOCAL maintenance_work_mem = '512MB'")
        for definition in indexes:
            connection.execute(definition.encode())
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")


def _see(connection: psycopg.Connection, team: Team) -> None:
    connection.execute(
        "SELECT set_config('ratel.organisation', %s, true), set_config('ratel.teams', %s, true)",
        [str(team.organisation_id), "{" + str(team.id) + "}"],
    )


def _without_indexes(connection: psycopg.Connection) -> list[str]:
    """Drops the payments' indexes but for its key; returns how to make them again."""
    found = connection.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s AND indexname NOT LIKE '%%pkey'",
        ["screening_transaction"],
    ).fetchall()
    for name, _ in found:
        connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
    return [definition for _, definition in found]


def _fill_team(connection: psycopg.Connection, team: Team, rows: int, customers: int) -> None:
    _see(connection, team)
    facts = TeamFacts(team.id, team.organisation_id, team.pack, team.currency, False)
    _write_customers(connection, facts, customers)
    end = datetime.now(UTC)
    values = {
        "start": end - timedelta(days=DAYS),
        "step": timedelta(days=DAYS) / rows,
        "customers": customers,
        "counterparties": payments.COUNTERPARTIES_OF_EACH,
        "devices": payments.DEVICES_OF_EACH,
        "addresses": payments.ADDRESSES_OF_EACH,
        "organisation": team.organisation_id,
        "team": team.id,
        "debits": payments.DEBIT_SHARE,
        "types": [kind for _, kind in payments.KIND_OF_HUNDRED],
        "channels": [channel for channel, _ in payments.KIND_OF_HUNDRED],
        "cash": [
            _parsed(facts, channel=channel, type=kind).transaction.is_cash
            for channel, kind in payments.KIND_OF_HUNDRED
        ],
        "foreign": payments.FOREIGN_SHARE,
        "new": payments.NEW_COUNTERPARTY_SHARE,
        "median": payments.MEDIAN_AMOUNT,
        "deviation": payments.AMOUNT_SPREAD,
        "sealed": _sealed_sample(facts),
    }
    connection.execute("SELECT setseed(0.42)")
    for first in range(0, rows, CHUNK_ROWS):
        last = min(first + CHUNK_ROWS, rows) - 1
        connection.execute(_ROWS, {**values, "first": first, "last": last})
    connection.execute(
        "UPDATE screening_customer SET first_at = %s WHERE team_id = %s", [values["start"], team.id]
    )


def _write_customers(connection: psycopg.Connection, team: TeamFacts, customers: int) -> None:
    """The customers by number, with the keys that their payments share."""
    connection.execute("DROP TABLE IF EXISTS bench_customer")
    connection.execute(_CUSTOMERS)
    stored = connection.execute("SELECT reference, id FROM screening_customer WHERE team_id = %s", [team.id])
    ids: dict[str, UUID] = dict(stored.fetchall())
    others = [
        _keys(team, counterpartyAccount=payments.account(n)).counterparty
        for n in range(payments.COUNTERPARTIES)
    ]
    with connection.cursor().copy("COPY bench_customer FROM STDIN") as copy:
        for number in range(customers):
            copy.write_row((number, ids[payments.reference(number)], *_shared(team, number, others)))


def _shared(
    team: TeamFacts, customer: int, others: list[int | None]
) -> tuple[list[Any], list[Any], list[Any]]:
    return (
        [others[number] for number in payments.counterparties_of(customer)],
        [_keys(team, deviceId=payments.device(customer, n)).device for n in range(payments.DEVICES_OF_EACH)],
        [
            _keys(team, ipAddress=payments.ip_address(customer, n)).ip
            for n in range(payments.ADDRESSES_OF_EACH)
        ],
    )


def _keys(team: TeamFacts, **shared: str) -> Keys:
    return keys_of(_parsed(team, **shared), team.id)


def _parsed(team: TeamFacts, **given: str) -> EvaluateRequest:
    smallest = {"customerId": "C", "direction": "debit", "amount": 1, "channel": "transfer"}
    return native.parse(smallest | given, team, datetime.now(UTC))


def _sealed_sample(facts: TeamFacts) -> bytes:
    """As many bytes as the stored input of an ordinary payment has."""
    payment = Payments(1, with_names=False, seed="past").payment()
    parsed = native.parse(payment, facts, datetime.now(UTC))
    return seal(msgspec.json.encode(parsed.transaction), facts.id.bytes)
