"""The compact and the typed form mean what the tree form means."""

import time

import pytest

from screening.rules.document import node_document
from tests.rules.desk import problems, rule, state


def tree_of(conditions):
    return node_document(rule(conditions).conditions)


def test_compact_entries_are_joined_by_and():
    tree = tree_of(
        {"channel": "in:['cash','atm_deposit']", "direction": "==:credit", "amountIdr": "between:[400,499]"}
    )
    assert tree == {
        "all": [
            {"field": "channel", "operator": "in", "value": ["cash", "atm_deposit"]},
            {"field": "direction", "operator": "==", "value": "credit"},
            {"field": "amount", "operator": "between", "value": [400, 499]},
        ]
    }


@pytest.mark.parametrize(
    ("entry", "operator", "value"),
    [
        ({"amount": ">=:5"}, ">=", 5),
        ({"amount": ">: 5.25 "}, ">", 5.25),
        ({"amount": "<=:-5"}, "<=", -5),
        ({"amount": "!=:5"}, "!=", 5),
        ({"amount": 5}, "==", 5),
        ({"isCash": True}, "==", True),
        ({"isCash": "==:false"}, "==", False),
        ({"channel": "ATM"}, "==", "atm"),
        ({"narration": "==:a:b"}, "==", "a:b"),
        ({"narration": "==:'in:[x]'"}, "==", "in:[x]"),
        ({"narration": "match:.*(rent|loan):.*"}, "match", ".*(rent|loan):.*"),
        ({"narration": "contains:loan"}, "contains", "loan"),
        ({"country": "not_in:[\"KP\", IR , 'mm']"}, "not_in", ["KP", "IR", "MM"]),
        ({"narration": r"in:['it\'s, so','b']"}, "in", ["it's, so", "b"]),
        ({"attributes.level": "==:5"}, "==", 5),
        ({"attributes.level": "==:'5'"}, "==", "5"),
        ({"attributes.on": "==:true"}, "==", True),
        ({"attributes.level": "in:[1,2.5]"}, "in", [1, 2.5]),
        ({"type": "==:cash_deposit"}, "==", "cash_deposit"),
    ],
)
def test_a_compact_entry_becomes_one_comparison(entry, operator, value):
    tree = tree_of(entry)
    assert (tree["operator"], tree["value"]) == (operator, value)


@pytest.mark.parametrize(
    "entry",
    [
        {"nonsense": "==:5"},
        {"amount": "like:5"},
        {"amount": "=>:5"},
        {"amount": ">5"},
        {"amount": "==:abc"},
        {"amount": "in:5"},
        {"amount": "in:[]"},
        {"amount": "in:[1,,2]"},
        {"amount": "in:[1,2,]"},
        {"amount": "between:[1,2,3]"},
        {"amount": [1, 2]},
        {"channel": "in:['a]"},
        {"channel": "in:[[a]]"},
        {"channel": "in:[__import__('os')]"},
        {"channel": ">:a"},
        {"narration": "match:("},
        {"isCash": "==:yes"},
    ],
)
def test_a_malformed_compact_entry_is_refused_under_its_field(entry):
    assert list(problems(entry)) == [f"conditions.{next(iter(entry))}"]


def test_a_hostile_compact_list_is_read_in_linear_time():
    started = time.process_time()
    for inside in (" " * 60_000 + "'", "a" * 60_000 + "'", "'" + "\\" * 60_000, "a," * 30_000):
        assert problems({"channel": f"in:[{inside}]"})
    assert time.process_time() - started < 1


def test_an_occurrence_counts_what_is_stored_and_asks_the_current_one_for_everything():
    compact = {
        "isCash": True,
        "customerAgeDays": "<:90",
        "occurrenceWindow": "rolling:P7D",
        "occurrenceThreshold": ">=:3",
    }
    cash = {"field": "isCash", "operator": "==", "value": True}
    assert tree_of(compact) == {
        "all": [
            cash,
            {"field": "customerAgeDays", "operator": "<", "value": 90},
            {
                "aggregate": {"function": "count", "window": "P7D", "where": cash},
                "operator": ">=",
                "value": 3,
            },
        ]
    }
    assert state(compact, {"isCash": True, "customerAgeDays": 5}, 3) == "T"
    assert state(compact, {"isCash": True, "customerAgeDays": 5}, 2) == "N"
    assert state(compact, {"isCash": False, "customerAgeDays": 5}, 3) == "N"


@pytest.mark.parametrize(
    ("entries", "key"),
    [
        ({"occurrenceWindow": "P7D"}, "occurrenceThreshold"),
        ({"occurrenceThreshold": ">=:3"}, "occurrenceWindow"),
        ({"occurrenceWindow": "P1Y", "occurrenceThreshold": ">=:3"}, "occurrenceWindow"),
        ({"occurrenceWindow": "P7D", "occurrenceThreshold": "match:3"}, "occurrenceThreshold"),
        ({"occurrenceWindow": "P7D", "occurrenceThreshold": ">=:many"}, "occurrenceThreshold"),
    ],
)
def test_window_and_threshold_come_together_and_make_sense(entries, key):
    assert list(problems({"isCash": True, **entries})) == [f"conditions.{key}"]


def test_an_occurrence_without_a_condition_is_refused():
    assert "conditions" in problems({"occurrenceWindow": "P7D", "occurrenceThreshold": ">=:3"})


def check(kind, value):
    return {"type": kind, "value": value}


@pytest.mark.parametrize(
    ("typed", "holds_for", "fails_for"),
    [
        (check("AMOUNT_GREATER_THAN", 1000), {"amount": 1001}, {"amount": 1000}),
        (check("AMOUNT_LESS_THAN", "10.5"), {"amount": 10}, {"amount": 11}),
        (
            check("NAME_EXACT", "Jane ROE"),
            {"customerName": "JANE roe", "counterpartyName": "x"},
            {"customerName": "Jane", "counterpartyName": "x"},
        ),
        (
            check("NAME_CONTAINS", "ROE"),
            {"customerName": "x", "counterpartyName": "jane roe"},
            {"customerName": "x", "counterpartyName": "y"},
        ),
        (check("CHANNEL_EQUALS", "ATM"), {"channel": "atm"}, {"channel": "pos"}),
        (check("TYPE_EQUALS", "TOPUP"), {"type": "topup"}, {"type": "transfer"}),
        (
            check("EXTERNAL_WATCHLIST", "PEP"),
            {"matchedLists": frozenset({"pep"})},
            {"matchedLists": frozenset()},
        ),
        (check("EXTERNAL_WATCHLIST", "ofac-sdn"), {"matchedLists": {"ofac-sdn"}}, {"matchedLists": {"sdn"}}),
        (check("REGEX_MATCH", "(?i)loan \\d+"), {"narration": "LOAN 12"}, {"narration": "a loan 12"}),
    ],
)
def test_every_typed_check_holds_where_it_should(typed, holds_for, fails_for):
    assert state(typed, holds_for) == "T"
    assert state(typed, fails_for) == "N"


def test_typed_checks_are_joined_by_and_or_or():
    checks = [check("AMOUNT_GREATER_THAN", 10), check("CHANNEL_EQUALS", "atm")]
    values = {"amount": 11, "channel": "pos"}
    assert state({"operator": "AND", "conditions": checks}, values) == "N"
    assert state({"operator": "OR", "conditions": checks}, values) == "T"
    assert state({"conditions": [{"operator": "OR", "conditions": checks}, checks[0]]}, values) == "T"


@pytest.mark.parametrize(
    ("typed", "path"),
    [
        (check("AMOUNT_NEAR", 5), "conditions.type"),
        (check("AMOUNT_GREATER_THAN", "many"), "conditions.value"),
        (check("NAME_EXACT", 5), "conditions.value"),
        ({**check("NAME_EXACT", "a"), "fuzzy": True}, "conditions.fuzzy"),
        ({"operator": "XOR", "conditions": [check("NAME_EXACT", "a")]}, "conditions.operator"),
        ({"operator": "AND", "conditions": []}, "conditions.conditions"),
        ({"operator": "AND", "conditions": [5]}, "conditions.conditions[0]"),
        (
            {"conditions": [check("NAME_EXACT", "a"), {"type": "NAME_EXACT"}]},
            "conditions.conditions[1].value",
        ),
    ],
)
def test_a_malformed_typed_check_is_refused_with_its_path(typed, path):
    assert list(problems(typed)) == [path]
