"""What the bench's bank is made of: rules, names and payments that the product takes, the same in every run."""

import itertools
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from screening.bench.names import Names, write_list
from screening.bench.payments import COUNTERPARTIES, Payments, account, counterparty_names, customer_names
from screening.bench.rules import rule_documents
from screening.dialects import native
from screening.rules.compile import Slots, compile_rules
from screening.rules.parse import parse_rule
from screening.watchlists.formats import read_all
from teams.principal import TeamFacts


@pytest.fixture(autouse=True)
def only_made_up_names(monkeypatch):
    monkeypatch.delenv("RATEL_DATA", raising=False)


def test_there_are_fifty_rules_and_each_can_be_saved_and_compiled():
    documents = rule_documents()
    rules = [
        parse_rule(document, country_lists={}, rule_id=str(uuid4()), version=1, layer="custom_rules")
        for document in documents
    ]
    slots = Slots()
    compile_rules(rules, slots)
    assert len({rule.code for rule in rules}) == 50
    assert len(slots.aggregates) >= 15, "velocity rules ask for windows"


def test_all_three_input_forms_occur_among_the_rules():
    conditions = [document["conditions"] for document in rule_documents()]
    tree = [one for one in conditions if "all" in one]
    typed = [one for one in conditions if "conditions" in one]
    assert tree and typed and len(conditions) > len(tree) + len(typed)


def test_a_stream_of_names_repeats_itself_in_the_next_run_and_never_within_one():
    first, second = (list(itertools.islice(iter(Names("customers").person, None), 3_000)) for _ in range(2))
    assert first == second
    assert len(set(first)) == len(first)


def test_the_list_has_as_many_names_as_asked_and_reads_without_a_bad_record(tmp_path):
    path = tmp_path / "names.csv"
    write_list(path, 2_000)
    contents = read_all("csv", path)
    assert not contents.bad_records
    assert 2_000 <= sum(len(entity.names) for entity in contents.entities) <= 2_010
    assert {"sanctions", "pep"} <= {entity.kind for entity in contents.entities}


@pytest.mark.parametrize("with_names", [False, True])
def test_every_payment_is_valid_and_has_an_external_id_of_its_own(with_names):
    team = TeamFacts(uuid4(), uuid4(), "ng", "NGN", False)
    stream = Payments(50, with_names=with_names, seed="test")
    payments = [stream.payment() for _ in range(500)]
    parsed = [native.parse(payment, team, datetime.now(UTC)) for payment in payments]
    assert len({one.transaction.external_id for one in parsed}) == 500
    assert all(bool(one.transaction.customer.name) is with_names for one in parsed)


def test_the_same_payments_are_sent_in_every_run_but_for_their_time():
    first, second = (
        [Payments(50, with_names=True, seed="test").payment() | {"occurredAt": None} for _ in range(1)]
        for _ in range(2)
    )
    assert first == second


def test_about_half_of_the_counterparties_were_never_seen_before():
    known_names, known_accounts = (
        set(counterparty_names()),
        {account(number) for number in range(COUNTERPARTIES)},
    )
    stream = Payments(50, with_names=True, seed="test")
    payments = [stream.payment() for _ in range(2_000)]
    strangers = [payment for payment in payments if payment["counterpartyAccount"] not in known_accounts]
    assert 900 < len(strangers) < 1_100
    names = [payment["counterpartyName"] for payment in strangers]
    assert len(set(names)) == len(names)
    assert not set(names) & (known_names | set(customer_names(50)))
