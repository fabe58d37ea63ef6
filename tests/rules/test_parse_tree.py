"""The tree form: what it accepts, and how it names what it refuses."""

from decimal import Decimal

import pytest

from screening.rules.fields import FIELDS
from screening.rules.nodes import (
    AggregateRef,
    AllOf,
    AnyOf,
    Comparison,
    CountryList,
    FieldRef,
    Literal,
    Not,
    Values,
)
from tests.rules.desk import problems, rule

AMOUNT = {"field": "amount", "operator": ">=", "value": 5}


def test_a_tree_becomes_nodes():
    tree = rule(
        {"all": [AMOUNT, {"not": {"field": "isCash", "operator": "==", "value": True}}, {"any": [AMOUNT]}]}
    )
    amount = Comparison(FieldRef("amount"), ">=", Literal(Decimal(5)))
    cash = Comparison(FieldRef("isCash"), "==", Literal(True))
    assert tree.conditions == AllOf((amount, Not(cash), AnyOf((amount,))))


def test_every_field_of_the_catalogue_can_be_read():
    samples = {"decimal": 1, "integer": 1, "boolean": True, "strings": "pep"}
    words = {
        "direction": "debit",
        "kycTier": "basic",
        "country": "NG",
        "homeCountry": "NG",
        "currency": "USD",
    }
    for name, field in FIELDS.items():
        operator = "contains" if field.type == "strings" else "=="
        value = samples.get(field.type, words.get(name, "x"))
        assert problems({"field": name, "operator": operator, "value": value}) == {}, name


def test_every_field_says_what_it_is():
    assert all(field.sentence.endswith(".") and field.label for field in FIELDS.values())


def test_older_names_of_fields_are_understood():
    tree = rule(
        {
            "any": [
                {**AMOUNT, "field": "amountIdr"},
                {"field": "counterpartyCountry", "operator": "==", "value": "ng"},
            ]
        }
    )
    assert [child.left.name for child in tree.conditions.children] == ["amount", "country"]


def test_words_take_the_letter_case_that_their_field_is_stored_in():
    assert rule({"field": "channel", "operator": "in", "value": ["ATM", "Cash"]}).conditions.right == Values(
        ("atm", "cash")
    )
    assert rule({"field": "country", "operator": "==", "value": "kp"}).conditions.right == Literal("KP")
    assert rule({"field": "kycTier", "operator": "==", "value": "TIER_3"}).conditions.right == Literal(
        "premium"
    )


def test_a_fraction_is_kept_exactly():
    for written in (0.1, "0.1"):
        assert rule({**AMOUNT, "value": written}).conditions.right == Literal(Decimal("0.1"))


def test_a_country_list_of_the_pack_is_resolved():
    right = rule(
        {"field": "country", "operator": "in", "value": {"list": "fatf_call_for_action"}}
    ).conditions.right
    assert right == CountryList("fatf_call_for_action", frozenset({"KP", "IR", "MM"}))


def test_an_aggregate_carries_window_filter_and_the_grouping_of_the_rule():
    aggregate = {
        "function": "distinct",
        "of": "device",
        "window": "rolling:P7D",
        "where": {**AMOUNT},
        "as": "devices",
    }
    found = rule(
        {"aggregate": aggregate, "operator": ">", "value": 3}, groupBy=["counterparty"]
    ).conditions.left
    assert isinstance(found, AggregateRef)
    assert (found.aggregate.window_seconds, found.aggregate.group_by, found.alias) == (
        604_800,
        ("counterparty",),
        "devices",
    )


def test_all_problems_are_listed_each_with_its_exact_place():
    found = problems(
        {
            "all": [
                AMOUNT,
                {"field": "amount", "operator": "=>", "value": 1},
                {
                    "any": [
                        {"field": "nonsense", "operator": "==", "value": 1},
                        {"field": "channel", "operator": ">", "value": "a"},
                    ]
                },
                {"aggregate": {"function": "sum", "window": "P91D"}, "operator": ">", "value": 1},
            ]
        },
        severity="grave",
        surprise=1,
        appliesWhen={"field": "isCash", "operator": "==", "value": "yes"},
    )
    assert set(found) == {
        "surprise",
        "severity",
        "conditions.all[1].operator",
        "conditions.all[2].any[0].field",
        "conditions.all[2].any[1].operator",
        "conditions.all[3].aggregate.window",
        "conditions.all[3].aggregate.of",
        "appliesWhen.value",
    }


@pytest.mark.parametrize(
    ("conditions", "path"),
    [
        ({}, "conditions"),
        ([], "conditions"),
        ("amount > 5", "conditions"),
        ({"all": []}, "conditions.all"),
        ({"all": [AMOUNT], "any": [AMOUNT]}, "conditions.any"),
        ({"not": [AMOUNT]}, "conditions.not"),
        ({"field": "amount", "operator": ">="}, "conditions.value"),
        ({"field": "amount", "value": 5}, "conditions.operator"),
        ({"field": "amount", "operator": ["=="], "value": 5}, "conditions.operator"),
        ({**AMOUNT, "aggregate": {}}, "conditions"),
        ({**AMOUNT, "value": True}, "conditions.value"),
        ({**AMOUNT, "value": "five"}, "conditions.value"),
        ({**AMOUNT, "value": float("nan")}, "conditions.value"),
        ({**AMOUNT, "value": 10**19}, "conditions.value"),
        ({**AMOUNT, "value": "1_000"}, "conditions.value"),
        ({**AMOUNT, "value": None}, "conditions.value"),
        ({**AMOUNT, "times": 0}, "conditions.times"),
        ({**AMOUNT, "operator": "between", "value": [5]}, "conditions.value"),
        ({**AMOUNT, "operator": "between", "value": [5, 4]}, "conditions.value"),
        ({**AMOUNT, "operator": "in", "value": []}, "conditions.value"),
        ({**AMOUNT, "operator": "in", "value": [1, "x"]}, "conditions.value[1]"),
        ({**AMOUNT, "operator": "in", "value": list(range(1001))}, "conditions.value"),
        ({"field": "channel", "operator": "==", "value": "x" * 1001}, "conditions.value"),
        ({"field": "channel", "operator": "==", "value": "a\x00b"}, "conditions.value"),
        ({"field": "channel", "operator": "==", "value": 5}, "conditions.value"),
        ({"field": "channel", "operator": "==", "value": "a", "times": 2}, "conditions"),
        ({"field": "country", "operator": "==", "value": "Iran"}, "conditions.value"),
        ({"field": "direction", "operator": "==", "value": "sideways"}, "conditions.value"),
        ({"field": "isCash", "operator": ">", "value": True}, "conditions.operator"),
        ({"field": "narration", "operator": "match", "value": "("}, "conditions.value"),
        ({"field": "narration", "operator": "match", "value": "a" * 501}, "conditions.value"),
        ({"field": "narration", "operator": "match", "value": "(?:a{999}){999}"}, "conditions.value"),
        ({"field": "narration", "operator": "contains", "value": ""}, "conditions.value"),
        ({"field": "country", "operator": "in", "value": {"list": "nowhere"}}, "conditions.value.list"),
        (
            {"field": "country", "operator": "==", "value": {"list": "fatf_call_for_action"}},
            "conditions.value",
        ),
        ({"field": "amount", "operator": ">", "value": {"field": "channel"}}, "conditions.value"),
        ({"field": "amount", "operator": "in", "value": {"field": "priorSars"}}, "conditions.value"),
        ({"field": "amount", "operator": ">", "value": {}}, "conditions.value"),
        ({"field": "attributes.bad key", "operator": "==", "value": 1}, "conditions.field"),
        ({"field": "attributes.level", "operator": ">", "value": "high"}, "conditions.value"),
        ({"field": "attributes.level", "operator": "in", "value": [1, "a"]}, "conditions.value"),
    ],
)
def test_a_malformed_condition_is_refused_with_its_path(conditions, path):
    expected = "conditions" if path == "conditions" else path
    found = problems(conditions)
    assert found
    assert any(place.startswith(expected) for place in found), found


@pytest.mark.parametrize(
    ("aggregate", "key"),
    [
        ({"function": "median", "window": "P1D"}, "function"),
        ({"function": "count", "of": "amount", "window": "P1D"}, "of"),
        ({"function": "sum", "of": "device", "window": "P1D"}, "of"),
        ({"function": "distinct", "of": "amount", "window": "P1D"}, "of"),
        ({"function": "count", "window": "PT59M"}, "window"),
        ({"function": "count", "window": "P3M"}, "window"),
        ({"function": "count", "window": "P"}, "window"),
        ({"function": "count", "window": "P1DT"}, "window"),
        ({"function": "count"}, "window"),
        ({"function": "count", "window": "P1D", "as": "amount"}, "as"),
        ({"function": "count", "window": "P1D", "as": "a b"}, "as"),
        ({"function": "count", "window": "P1D", "every": 1}, "every"),
        (
            {
                "function": "count",
                "window": "P1D",
                "where": {"field": "city", "operator": "==", "value": "x"},
            },
            "where.field",
        ),
        (
            {
                "function": "count",
                "window": "P1D",
                "where": {"field": "channel", "operator": "match", "value": "x"},
            },
            "where.operator",
        ),
        (
            {"function": "count", "window": "P1D", "where": {**AMOUNT, "value": {"field": "amount"}}},
            "where.value",
        ),
        (
            {"function": "count", "window": "P1D", "where": {"aggregate": {}, "operator": ">", "value": 1}},
            "where.aggregate",
        ),
    ],
)
def test_a_malformed_aggregate_is_refused_with_its_path(aggregate, key):
    assert f"conditions.aggregate.{key}" in problems({"aggregate": aggregate, "operator": ">", "value": 1})


def test_one_name_cannot_stand_for_two_aggregates():
    sides = [
        {"aggregate": {"function": "count", "window": window, "as": "n"}, "operator": ">", "value": 1}
        for window in ("P1D", "P2D")
    ]
    assert list(problems({"all": sides})) == ["conditions.all[1].aggregate.as"]


def test_a_tree_may_be_eight_levels_deep_and_no_deeper():
    def nested(levels):
        return AMOUNT if levels == 1 else {"not": nested(levels - 1)}

    assert problems(nested(8)) == {}
    assert "deeper than 8" in " ".join(problems(nested(9)).values())
    assert problems(nested(5_00)) != {}


def test_a_rule_may_have_two_hundred_nodes_and_no_more():
    assert problems({"all": [AMOUNT] * 199}) == {}
    assert list(problems({"all": [AMOUNT] * 5_000})) == ["conditions.all[199]"]


def test_messages_never_repeat_a_value():
    found = problems(
        {
            "all": [
                {"field": "kycTier", "operator": "==", "value": "Jane Roe"},
                {**AMOUNT, "value": "Jane Roe"},
            ]
        }
    )
    assert len(found) == 2
    assert "Jane" not in str(found)
