"""Compiled rules: every state, and that no rule disturbs another."""

from datetime import timedelta
from decimal import Decimal

import pytest

from screening.rules.compile import MISSING_GROUPING_KEY, STATE_NAMES, Slots, compile_rules
from tests.rules.desk import NOW, rule, run, state

AMOUNT = {"field": "amount", "operator": ">=", "value": 100}
CASH = {"field": "isCash", "operator": "==", "value": True}
COUNT = {"aggregate": {"function": "count", "window": "P1D"}, "operator": ">=", "value": 3}
RICH = {"amount": Decimal(100), "isCash": True}


def test_every_state_has_a_letter():
    assert set(STATE_NAMES) == set("TNAGIF")


def test_a_rule_triggers_when_its_conditions_hold():
    assert state(AMOUNT, {"amount": Decimal(100)}) == "T"
    assert state(AMOUNT, {"amount": Decimal("99.99")}) == "N"


def test_a_missing_value_makes_a_rule_incomplete_even_where_another_part_is_false():
    assert state({"all": [AMOUNT, CASH]}, {"amount": Decimal(1)}) == "I"
    assert state({"all": [AMOUNT, COUNT]}, {"amount": Decimal(100)}, None) == "I"


def test_a_rule_triggers_in_spite_of_a_missing_value_that_cannot_matter():
    assert state({"any": [AMOUNT, CASH]}, {"amount": Decimal(100)}) == "T"
    assert state({"not": {"all": [AMOUNT, CASH]}}, {"amount": Decimal(1)}) == "T"


def test_zero_and_false_and_empty_text_are_values():
    assert state({**AMOUNT, "operator": "<"}, {"amount": Decimal(0)}) == "T"
    assert state({**CASH, "value": False}, {"isCash": False}) == "T"
    assert state({"field": "deviceId", "operator": "!=", "value": "a"}, {"deviceId": ""}) == "T"


def test_a_rule_that_does_not_apply_says_so():
    assert state(AMOUNT, {**RICH, "isCash": False}, appliesWhen=CASH) == "A"
    assert state(AMOUNT, {"isCash": False}, appliesWhen=CASH) == "A"
    assert state(AMOUNT, RICH, appliesWhen=CASH) == "T"


def test_a_rule_is_incomplete_when_it_is_unknown_whether_it_applies():
    assert state(AMOUNT, {"amount": Decimal(100)}, appliesWhen=CASH) == "I"


def test_a_grouping_key_that_is_absent_has_its_own_state():
    grouped = {"any": [COUNT, AMOUNT]}
    assert state(grouped, {"amount": Decimal(1)}, MISSING_GROUPING_KEY, groupBy=["device"]) == "G"
    assert state(grouped, {}, MISSING_GROUPING_KEY, groupBy=["device"]) == "G"
    assert state(grouped, {"amount": Decimal(100)}, MISSING_GROUPING_KEY, groupBy=["device"]) == "T"
    assert state(grouped, {"amount": Decimal(1)}, 2, groupBy=["device"]) == "N"
    assert state(AMOUNT, RICH, MISSING_GROUPING_KEY, groupBy=["device"], appliesWhen=COUNT) == "G"


def test_a_bypassed_rule_rests_until_its_time_is_over():
    resting = rule(AMOUNT, bypassed_until=NOW)
    assert run([resting], RICH, now=NOW - timedelta(seconds=1)).states == "A"
    assert run([resting], RICH, now=NOW).states == "T"


def test_a_regulatory_rule_cannot_be_bypassed():
    fixed = rule(AMOUNT, layer="regulatory", bypassed_until=NOW + timedelta(days=1))
    assert run([fixed], RICH).states == "T"


def test_a_rule_that_raises_fails_alone():
    text = rule({"field": "narration", "operator": "match", "value": "a"})
    outcome = run([rule(AMOUNT), text, rule(CASH)], {"amount": "much", "narration": 5, "isCash": True})
    assert outcome.states == "FFT"
    assert outcome.errors == {0: "TypeError", 1: "TypeError"}
    assert outcome.triggered == [(2, 0)]


def test_a_rule_that_raises_with_a_value_missing_fails_alone_too():
    outcome = run([rule({"any": [AMOUNT, CASH]}), rule(AMOUNT)], {"amount": "much"})
    assert outcome.states == "FF"


def test_the_first_variant_that_holds_decides():
    varied = rule(
        variants=[
            {"conditions": {**AMOUNT, "value": 200}, "scoreContribution": 85},
            {"conditions": AMOUNT, "scoreContribution": 50},
        ],
        scoreContribution=None,
    )
    for amount, hits in ((300, [(0, 0)]), (150, [(0, 1)]), (50, [])):
        assert run([varied], {"amount": Decimal(amount)}).triggered == hits


def test_a_variant_holds_although_an_earlier_one_is_unknown():
    variants = [{"conditions": CASH, "scoreContribution": 1}, {"conditions": AMOUNT, "scoreContribution": 2}]
    varied = rule(variants=variants, scoreContribution=None)
    assert run([varied], {"amount": Decimal(100)}).triggered == [(0, 1)]


@pytest.mark.parametrize(
    ("condition", "values", "expected"),
    [
        ({"field": "amount", "operator": "between", "value": [5, 7]}, {"amount": Decimal(7)}, "T"),
        ({"field": "amount", "operator": "between", "value": [5, 7]}, {"amount": Decimal(5)}, "T"),
        ({"field": "amount", "operator": "between", "value": [5, 7]}, {"amount": Decimal("4.99")}, "N"),
        ({"field": "amount", "operator": "between", "value": [5, 7]}, {"amount": Decimal("7.01")}, "N"),
        ({"field": "hourOfDay", "operator": "in", "value": [1, 2]}, {"hourOfDay": 2}, "T"),
        ({"field": "hourOfDay", "operator": "<", "value": "0.5"}, {"hourOfDay": 0}, "T"),
        (
            {"field": "country", "operator": "in", "value": {"list": "fatf_call_for_action"}},
            {"country": "IR"},
            "T",
        ),
        ({"field": "country", "operator": "not_in", "value": ["NG"]}, {"country": "NG"}, "N"),
        ({"field": "narration", "operator": "contains", "value": "Loan"}, {"narration": "my LOAN"}, "T"),
        ({"field": "narration", "operator": "match", "value": "a+"}, {"narration": "aab"}, "N"),
        (
            {"field": "matchedLists", "operator": "contains", "value": "pep"},
            {"matchedLists": frozenset({"pep"})},
            "T",
        ),
        ({"field": "city", "operator": "==", "value": "LAGOS"}, {"city": "Lagos"}, "T"),
        (
            {"field": "customerName", "operator": "!=", "value": {"field": "counterpartyName"}},
            {"customerName": "A", "counterpartyName": "a"},
            "N",
        ),
        (
            {"field": "country", "operator": "!=", "value": {"field": "homeCountry"}},
            {"country": "NG", "homeCountry": "KE"},
            "T",
        ),
        (
            {"field": "priorAlerts", "operator": ">", "value": {"field": "priorSars", "times": 2}},
            {"priorAlerts": 5, "priorSars": 2},
            "T",
        ),
        ({"field": "amount", "times": "0.5", "operator": "<", "value": 5}, {"amount": Decimal("9.99")}, "T"),
        ({"field": "attributes.level", "operator": ">", "value": 5}, {"attributes.level": 5.5}, "T"),
        ({"field": "attributes.level", "operator": "==", "value": 0.1}, {"attributes.level": 0.1}, "T"),
        ({"field": "attributes.level", "operator": ">", "value": 5}, {"attributes.level": "six"}, "I"),
        ({"field": "attributes.level", "operator": ">", "value": 5}, {"attributes.level": True}, "I"),
        ({"field": "attributes.level", "operator": ">", "value": 5}, {"attributes.level": float("nan")}, "I"),
        ({"field": "attributes.tag", "operator": "in", "value": ["a"]}, {"attributes.tag": "a"}, "T"),
        (
            {"field": "attributes.tag", "operator": "==", "value": {"field": "attributes.other"}},
            {"attributes.tag": "a", "attributes.other": 5},
            "N",
        ),
        ({"field": "attributes.on", "operator": "==", "value": True}, {"attributes.on": 1}, "I"),
    ],
)
def test_every_kind_of_comparison(condition, values, expected):
    assert state(condition, values) == expected


def test_the_narration_is_read_up_to_ten_thousand_characters():
    assert (
        state({"field": "narration", "operator": "match", "value": "a*"}, {"narration": "a" * 10_000 + "b"})
        == "T"
    )


def test_a_hostile_pattern_cannot_hang():
    assert (
        state({"field": "narration", "operator": "match", "value": "(a+)+b"}, {"narration": "a" * 10_000})
        == "N"
    )


def test_groups_compiled_one_after_the_other_share_their_slots():
    slots = Slots()
    first = compile_rules([rule({"all": [AMOUNT, COUNT]})], slots)
    second = compile_rules([rule({"all": [CASH, COUNT, AMOUNT]})], slots)
    assert slots.fields == ["amount", "isCash"]
    assert len(slots.aggregates) == 1
    assert first.run([Decimal(100), True], [3], NOW).states == "T"
    assert second.run([Decimal(100), True], [3], NOW).states == "T"


def test_what_an_explanation_names_gets_a_slot_but_no_say():
    named = rule(AMOUNT, explanation="{amount} from {city}")
    slots = Slots()
    compiled = compile_rules([named], slots)
    assert slots.fields == ["amount", "city"]
    assert compiled.run([Decimal(100), None], [], NOW).states == "T"


def test_a_group_without_rules_runs():
    assert run([], {}).states == ""


def test_a_thousand_rules_compile_and_run():
    many = [rule({"all": [{**AMOUNT, "value": index}, CASH]}) for index in range(1000)]
    assert run(many, RICH).states == "T" * 101 + "N" * 899
