"""A rule's own keys, its variants, and the way back to a document."""

from datetime import timedelta

import pytest

from screening.rules.parse import RuleProblems, parse_rule, rule_document
from tests.rules.desk import LISTS, NOW, problems, rule

AMOUNT = {"field": "amount", "operator": ">=", "value": 5}
COUNT = {"aggregate": {"function": "count", "window": "P1D", "as": "n"}, "operator": ">", "value": 1}
VARIANTS = [
    {"conditions": AMOUNT, "scoreContribution": 50, "severity": "high", "action": "block"},
    {
        "conditions": COUNT,
        "scoreContribution": 85,
        "severity": "low",
        "action": "review",
        "explanation": "{n} times",
    },
]


def test_what_is_not_said_has_plain_defaults():
    plain = rule(AMOUNT)
    assert (plain.lane, plain.type, plain.severity, plain.action) == (
        "transaction",
        "threshold",
        "medium",
        "alert",
    )
    assert (plain.applies_when, plain.group_by, plain.variants, plain.drafts, plain.tags) == (
        None,
        (),
        (),
        (),
        (),
    )


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("code", "lower"),
        ("code", "A" * 65),
        ("code", 5),
        ("name", ""),
        ("name", "x" * 201),
        ("description", "x" * 1001),
        ("lane", "fast"),
        ("type", "guess"),
        ("severity", "grave"),
        ("action", ["block"]),
        ("scoreContribution", 1001),
        ("scoreContribution", -1),
        ("scoreContribution", True),
        ("scoreContribution", 1.5),
        ("groupBy", "device"),
        ("drafts", ["SAR", "XYZ"]),
        ("tags", [""]),
        ("tags", ["t"] * 21),
        ("explanation", ""),
        ("explanation", "{nobody}"),
        ("explanation", "{amount"),
        ("explanation", "{amount.__class__}"),
        ("status", "active"),
        ("appliesWhen", 5),
        ("variants", []),
    ],
)
def test_a_bad_value_of_a_rule_is_refused_under_its_key(key, value):
    assert any(place.startswith(key) for place in problems(AMOUNT, **{key: value}))


@pytest.mark.parametrize("key", ["code", "name", "scoreContribution", "conditions"])
def test_what_a_rule_cannot_do_without_is_named(key):
    document = {"code": "A", "name": "a", "scoreContribution": 1, "conditions": AMOUNT}
    del document[key]
    with pytest.raises(RuleProblems) as refused:
        parse_rule(document, country_lists={}, rule_id="1", version=1, layer="custom_rules")
    assert [problem.path for problem in refused.value.problems] == [key]


def test_something_that_is_no_object_is_refused():
    with pytest.raises(RuleProblems):
        parse_rule([], country_lists={}, rule_id="1", version=1, layer="custom_rules")


def test_grouping_without_a_window_is_refused():
    assert list(problems(AMOUNT, groupBy=["device"])) == ["groupBy"]


def test_variants_stand_instead_of_conditions():
    varied = rule(variants=VARIANTS, scoreContribution=None)
    assert [variant.score_contribution for variant in varied.variants] == [50, 85]
    assert (varied.score_contribution, varied.severity, varied.action) == (85, "low", "review")
    assert varied.chosen(0).action == "block"


def test_a_rule_with_variants_leaves_points_to_them():
    assert set(problems(AMOUNT, variants=VARIANTS)) == {"conditions", "scoreContribution"}


def test_a_problem_in_a_variant_names_the_variant():
    broken = [VARIANTS[0], {**VARIANTS[1], "conditions": {**COUNT, "operator": "~"}, "explanation": "{m}"}]
    assert set(problems(variants=broken, scoreContribution=None)) == {
        "variants[1].conditions.operator",
        "variants[1].explanation",
    }


@pytest.mark.parametrize(
    "written",
    [
        rule(AMOUNT),
        rule(
            {"all": [AMOUNT, COUNT]},
            groupBy=["device", "ip"],
            drafts=["SAR", "CTR"],
            tags=["a", "b"],
            description="d",
        ),
        rule(
            {**AMOUNT, "value": "0.1", "times": "1.5"},
            appliesWhen={"not": COUNT},
            explanation="{amount} and {n*2/3}",
        ),
        rule({**AMOUNT, "value": "123456789012345.123456789012"}),
        rule({"field": "attributes.a-b", "operator": "between", "value": [0.5, 12]}),
        rule({"field": "attributes.x", "operator": "in", "value": [True, False]}),
        rule({"field": "customerName", "operator": "==", "value": {"field": "counterpartyName"}}),
        rule(
            {"field": "country", "operator": "not_in", "value": {"list": "fatf_call_for_action"}},
            layer="regulatory",
        ),
        rule(variants=VARIANTS, scoreContribution=None),
        rule({"isCash": True, "city": "Lagos", "occurrenceWindow": "P1D", "occurrenceThreshold": ">=:3"}),
    ],
)
def test_a_rule_goes_to_a_document_and_back_unchanged(written):
    document = rule_document(written)
    again = parse_rule(document, country_lists=LISTS, rule_id="rul_1", version=1, layer=written.layer)
    assert again == written
    assert rule_document(again) == document


def test_a_bypass_is_kept_beside_the_document():
    until = NOW + timedelta(hours=1)
    assert rule(AMOUNT, bypassed_until=until).bypassed_until == until
    assert "bypassedUntil" not in rule_document(rule(AMOUNT, bypassed_until=until))
