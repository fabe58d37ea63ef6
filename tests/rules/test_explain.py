"""What a hit says for itself."""

from decimal import Decimal

import pytest

from screening.rules.explain import Compared, explain
from screening.rules.template import TemplateError, parse_template
from tests.rules.desk import rule

DAY = {"function": "count", "window": "P1D", "as": "day"}
QUARTER = {"function": "count", "window": "P90D", "as": "quarter"}
SPIKE = {"aggregate": DAY, "times": 90, "operator": ">=", "value": {"aggregate": QUARTER, "times": 5}}
NEAR = {
    "all": [
        {"field": "amount", "operator": ">=", "value": 9000},
        {"field": "amount", "operator": "<", "value": 10000},
    ]
}
TOTAL = {
    "aggregate": {"function": "sum", "of": "amount", "window": "PT24H", "as": "total"},
    "operator": ">",
    "value": 5,
}


def line(conditions, values, currency="USD", **more):
    return explain(rule(conditions, **more), 0, values, currency).line


def test_a_template_is_filled_and_ends_in_the_points():
    text = "Amount {amount} just below the 10,000 USD threshold"
    assert line(NEAR, {"amount": Decimal(9850)}, explanation=text, scoreContribution=32) == (
        "Amount 9,850 USD just below the 10,000 USD threshold (+32 points)"
    )


def test_a_template_computes_a_ratio_to_one_decimal():
    text = "Transaction velocity {day*90/quarter}x higher than average"
    values = {"day": 12, "quarter": 90}
    assert (
        line(SPIKE, values, explanation=text) == "Transaction velocity 12x higher than average (+10 points)"
    )
    assert line(SPIKE, {"day": 7, "quarter": 47}, explanation=text).startswith("Transaction velocity 13.4x")


def test_values_may_be_given_by_aggregate_as_well_as_by_name():
    spike = rule(SPIKE, explanation="{day} of {quarter}")
    left, right = spike.conditions.left.aggregate, spike.conditions.right.aggregate
    assert explain(spike, 0, {left: 5, right: 10}, "USD").line == "5 of 10 (+10 points)"


def test_what_is_unknown_is_said_to_be_unknown():
    assert line(NEAR, {}, explanation="{amount} from {city}") == "unknown from unknown (+10 points)"
    assert line(SPIKE, {"day": 5, "quarter": 0}, explanation="{day/quarter}x") == "unknownx (+10 points)"


def test_without_a_template_the_line_names_what_was_compared_and_seen():
    first, second = line(NEAR, {"amount": Decimal("9850.5")}).split("; ")
    assert first == "Amount (9,850.50 USD) is at least 9,000 USD"
    assert second == "amount (9,850.50 USD) is less than 10,000 USD (+10 points)"


def test_only_the_alternative_that_holds_is_told():
    either = {"any": [{"field": "customerMatchesPep", "operator": "==", "value": True}, NEAR]}
    values = {"customerMatchesPep": False, "amount": Decimal(9500)}
    assert "PEP" not in line(either, values)
    assert (
        line(either, {"customerMatchesPep": True, "amount": None})
        == "Customer matches a PEP list: yes (+10 points)"
    )


def test_a_denied_comparison_is_told_as_its_opposite():
    denied = {"not": {"any": [{"field": "kycTier", "operator": "==", "value": "premium"}, NEAR]}}
    told = explain(rule(denied), 0, {"kycTier": "basic", "amount": Decimal(5)}, "USD").compared
    assert [(one.operator, one.threshold, one.seen) for one in told[:2]] == [
        ("is not", "premium", "basic"),
        ("is less than", "9,000 USD", "5 USD"),
    ]


def test_what_was_compared_is_kept_with_units():
    assert explain(rule(TOTAL), 0, {"total": Decimal(1234567)}, "NGN").compared == (
        Compared("sum of amounts in 24 hours", "is more than", "5 NGN", "1,234,567 NGN"),
    )


def test_multiplied_sides_show_their_products():
    assert explain(rule(SPIKE), 0, {"day": 5, "quarter": 10}, "USD").compared == (
        Compared(
            "90 x number of transactions in 24 hours",
            "is at least",
            "5 x number of transactions in 90 days (50)",
            "450",
        ),
    )


def test_a_filter_and_a_grouping_are_told():
    where = {
        "all": [
            {"field": "isCash", "operator": "==", "value": True},
            {"field": "channel", "operator": "in", "value": ["atm"]},
        ]
    }
    aggregate = {"function": "distinct", "of": "device", "window": "P7D", "where": where}
    told = line({"aggregate": aggregate, "operator": ">", "value": 3}, {}, groupBy=["country"])
    assert (
        "Number of devices in 7 days with the same country where cash is yes and channel is one of atm"
        in told
    )


def test_a_long_text_is_cut():
    told = line({"field": "narration", "operator": "contains", "value": "a"}, {"narration": "a" * 5000})
    assert len(told) < 600


def test_one_point_is_singular():
    assert line(NEAR, {"amount": Decimal(9000)}, scoreContribution=1).endswith("(+1 point)")


def test_a_variant_explains_itself_with_its_own_points():
    variants = [
        {"conditions": NEAR, "scoreContribution": 85, "explanation": "near"},
        {"conditions": NEAR, "scoreContribution": 50},
    ]
    varied = rule(variants=variants, scoreContribution=None, explanation="the rule's own")
    assert explain(varied, 0, {}, "USD").line == "near (+85 points)"
    assert explain(varied, 1, {}, "USD").line == "the rule's own (+50 points)"


@pytest.mark.parametrize(
    "template",
    [
        "{",
        "}",
        "{}",
        "{a",
        "{a b}",
        "{a+}",
        "{(a}",
        "{a)}",
        "{a**b}",
        "{a.}{",
        "{f(a)}",
        "{a[0]}",
        "{{a}}",
        "{1a}",
        "{'a'}",
    ],
)
def test_a_template_that_cannot_be_read_is_refused(template):
    with pytest.raises(TemplateError):
        parse_template(template)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("a+b*2", "11"),
        ("(a+b)*2", "16"),
        ("a-b-1", "1"),
        ("a/b", "1.7"),
        ("a*90/b", "150"),
        ("2", "2"),
        ("a/0", "unknown"),
    ],
)
def test_arithmetic_binds_as_usual(expression, expected):
    both = {
        "all": [
            {"aggregate": {**DAY, "as": "a"}, "operator": ">", "value": 1},
            {"aggregate": {**QUARTER, "as": "b"}, "operator": ">", "value": 1},
        ]
    }
    assert line(both, {"a": 5, "b": 3}, explanation=f"{{{expression}}}") == f"{expected} (+10 points)"
