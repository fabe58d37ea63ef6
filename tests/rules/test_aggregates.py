"""Aggregates as values: equality, filters and windows."""

import pytest

from screening.rules.aggregates import duration_text, matches, stored_fields, window_seconds
from tests.rules.desk import rule


def aggregate(where=None, group_by=None):
    asked = {"function": "count", "window": "P7D", **({"where": where} if where else {})}
    return rule({"aggregate": asked, "operator": ">", "value": 1}, groupBy=group_by).conditions.left.aggregate


CASH = {"field": "isCash", "operator": "==", "value": True}
LARGE = {"field": "amount", "operator": ">=", "value": 100}


def test_equal_aggregates_are_one_key():
    assert len({aggregate(CASH), aggregate(dict(CASH)), aggregate(LARGE), aggregate(CASH, ["device"])}) == 3


def test_a_transaction_satisfies_the_filter_or_does_not():
    both = aggregate({"all": [CASH, LARGE]})
    assert matches(both, {"isCash": True, "amount": 100})
    assert not matches(both, {"isCash": True, "amount": 99})


def test_an_unknown_value_does_not_satisfy_a_filter():
    assert not matches(aggregate(LARGE), {"amount": None})
    assert not matches(aggregate({"not": LARGE}), {})


def test_without_a_filter_every_transaction_counts():
    assert matches(aggregate(), {})


def test_the_stored_fields_are_these():
    assert stored_fields() == {
        *("direction", "channel", "type", "isCash", "isCrossBorder", "country", "currency", "amount")
    }


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("PT1H", 3600),
        ("P7D", 604_800),
        ("rolling:P7D", 604_800),
        ("P1W", 604_800),
        ("P1DT12H", 129_600),
        ("PT90M", 5400),
    ],
)
def test_a_duration_is_read_in_seconds_and_written_back(text, seconds):
    assert window_seconds(text) == seconds
    assert window_seconds(duration_text(seconds)) == seconds


@pytest.mark.parametrize("text", ["", "P", "PT", "P1DT", "7D", "P1M", "P1Y", "P-1D", "PT1.5H", "p1d", "P1D "])
def test_what_is_no_duration_is_refused(text):
    assert window_seconds(text) is None
