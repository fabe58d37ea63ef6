"""`persist: false` runs the whole pipeline and writes nothing at all, in any table, of any organisation."""

from typing import Any

import psycopg
import pytest
from psycopg import sql

from tests.cast import Bank, make_bank, payment
from tests.evaluate.lists import SANCTIONED
from tests.evaluate.owner import everything_visible, tables

# A call is counted, dry or not, a few seconds after it was answered.
COUNTED_LATER = {"teams_keyusage"}
BATCH = "/api/transactions/evaluate/batch"
# A payment that would leave everything there is: customer, alert, case, report drafts, events.
WORST = {
    "amount": 20_000_000,
    "channel": "cash",
    "type": "cash_deposit",
    "direction": "credit",
    "country": "KP",
    "counterpartyName": SANCTIONED,
    "externalId": "worst",
    "customerName": "Siti Rahmawati",
    "kycStatus": "rejected",
}


@pytest.fixture
def bank() -> Bank:
    return make_bank("Acme Bank")


def everything(connection: psycopg.Connection) -> dict[str, Any]:
    """Of each table its number of rows, its newest change and a hash of its contents; of each sequence its value."""
    found: dict[str, Any] = {}
    with everything_visible(connection):
        for table in set(tables(connection)) - COUNTED_LATER:
            query = sql.SQL(
                "SELECT count(*), max(t.xmin::text::bigint), md5(COALESCE(string_agg(t::text, ',' ORDER BY t::text), ''))"
                " FROM {} t"
            )
            found[table] = connection.execute(query.format(sql.Identifier(table))).fetchone()
        for name, value in connection.execute("SELECT sequencename, last_value FROM pg_sequences").fetchall():
            found[f"sequence {name}"] = value
    return found


@pytest.mark.parametrize("pack", ["ng", "id", "us"])
def test_a_dry_run_of_an_unknown_customer_leaves_every_table_and_sequence_as_it_was(
    bank: Bank, owner_connection: psycopg.Connection, pack: str
) -> None:
    before = everything(owner_connection)
    answer = bank.callers[pack].explain(**WORST, persist=False)
    assert answer.status == 200
    assert answer.data["decision"] == "escalate"
    assert answer.data["blocked"] is True
    assert everything(owner_connection) == before


def test_a_dry_run_of_a_known_customer_changes_nothing_of_the_customer(
    bank: Bank, owner_connection: psycopg.Connection
) -> None:
    bank.callers["ng"].evaluate(customerName="Siti", kycStatus="verified")
    before = everything(owner_connection)
    bank.callers["ng"].evaluate(**WORST, persist=False)
    assert everything(owner_connection) == before


def test_a_batch_of_dry_runs_leaves_every_table_and_sequence_as_it_was(
    bank: Bank, owner_connection: psycopg.Connection
) -> None:
    before = everything(owner_connection)
    items = [payment(**{**WORST, "externalId": f"worst-{number % 5}"}, persist=False) for number in range(30)]
    answer = bank.callers["id"].post(BATCH, {"batch": [*items, {"customerId": 1}]})
    assert [item["ok"] for item in answer.data] == [True] * 30 + [False]
    assert everything(owner_connection) == before


def test_the_comparison_would_notice_a_single_payment(
    bank: Bank, owner_connection: psycopg.Connection
) -> None:
    before = everything(owner_connection)
    bank.callers["id"].evaluate(**WORST)
    after = everything(owner_connection)
    changed = {table for table in after if after[table] != before[table]}
    assert {
        "screening_transaction",
        "cases_alert",
        "cases_case",
        "teams_auditentry",
        "webhooks_outboxevent",
    } <= changed
    assert any(name.startswith("sequence webhooks_outboxevent") for name in changed)


def test_the_answer_has_the_same_shape_with_no_alert(bank: Bank) -> None:
    dry = bank.callers["ng"].evaluate(**WORST, persist=False)
    real = bank.callers["ng"].evaluate(**WORST)
    assert dry.data["alertId"] is None
    assert real.data["alertId"].startswith("alt_")
    assert {**dry.data, "alertId": ...} == {**real.data, "alertId": ...}
    assert list(dry.body) == list(real.body)


def test_a_dry_run_sees_the_past_and_leaves_none(bank: Bank) -> None:
    for _ in range(20):
        bank.callers["id"].evaluate()
    codes = [
        [hit["ruleCode"] for hit in bank.callers["id"].evaluate(persist=False).data["hits"]] for _ in range(3)
    ]
    assert codes == [["VELOCITY_24H", "NEW_CUSTOMER"]] * 3


def test_items_of_a_batch_that_are_dry_runs_are_not_seen_by_those_that_are_not(bank: Bank) -> None:
    items = [payment(persist=number % 2 == 0) for number in range(42)]
    answer = bank.callers["id"].post(BATCH, {"batch": items})
    # After the first 39 items 20 are stored: each item from there on sees them and itself.
    hits = [[hit["ruleCode"] for hit in item["data"]["hits"]] for item in answer.data]
    assert [number for number, codes in enumerate(hits) if "VELOCITY_24H" in codes] == [39, 40, 41]
