"""What the page makes of the words of a decision: bars, lines, windows, sentences. No database."""

from decimal import Decimal

import pytest

from cases.alert_view.gauges import gauges_of, limit_of, window_seconds
from cases.alert_view.queue_filter import beyond, order
from cases.alert_view.wording import NOT_SHOWN, sentence_of, tells_of_reports, without_points
from screening.layers.result import Hit
from screening.rules.explain import Compared

SUM = Compared("sum of amounts in 24 hours", "is at least", "4,000,000 NGN", "19,100,000.50 NGN")
COUNT = Compared("number of transactions in 7 days", "is more than", "3", "12")
CEILING = Compared("amount", "is less than", "5,000,000 NGN", "4,790,000 NGN")
WORDS = Compared("channel", "is", "branch", "branch")


def hit(line: str, **fields) -> Hit:
    usual = {
        "rule_id": "r",
        "rule_code": "CODE",
        "rule_name": "Name",
        "rule_version": 1,
        "layer": "regulatory",
    }
    more = {"severity": "high", "action": "review", "points": 5, "compared": ()}
    return Hit(line=line, **{**usual, **more, **fields})


def test_bars_are_of_numbers_only_and_sums_come_first():
    sums, counts = gauges_of([WORDS, CEILING, COUNT, SUM])
    assert (sums.seen, sums.threshold, sums.currency) == (Decimal("19100000.50"), Decimal(4_000_000), "NGN")
    assert sums.short == "NGN 19.1 m, at least 4.0 m"
    assert counts.short == "12, more than 3"
    assert counts.most == 12
    assert sums.label == "sum of amounts in 24 hours: 19,100,000.50 NGN, is at least 4,000,000 NGN"


def test_a_value_that_was_not_known_makes_no_bar():
    assert gauges_of([Compared("amount", "is at least", "5 NGN", "unknown")]) == ()
    assert gauges_of([Compared("amount", "is at least", "5 NGN", "7 USD")]) == ()


@pytest.mark.parametrize(
    ("compared", "words"),
    [
        (SUM, " in all: from there the rule fires"),
        (CEILING, ": each payment stays under it"),
        (
            Compared("amount", "is more than", "10,000 NGN", "12,000 NGN"),
            " at once: from there the rule fires",
        ),
    ],
)
def test_the_line_in_the_chart_says_what_it_is(compared, words):
    limit = limit_of([WORDS, COUNT, compared], "NGN")
    assert limit is not None
    assert limit.words == words


def test_no_line_for_another_currency_or_a_count():
    assert limit_of([COUNT, CEILING], "USD") is None


def test_the_window_is_the_longest_that_was_counted_over():
    assert window_seconds([SUM, COUNT], 60) == 7 * 86_400
    assert window_seconds([SUM], 60) == 86_400
    assert window_seconds([WORDS], 60) == 60


def test_points_are_no_part_of_the_sentence():
    assert without_points("Velocity 8 times the average (+20 points)") == "Velocity 8 times the average"
    assert without_points("One thing (+1 point)") == "One thing"
    assert without_points("Amount (+5) of them") == "Amount (+5) of them"


@pytest.mark.parametrize(
    "text", ["2 prior SARs", "An STR was filed", "suspicious activity report of May", "had a sar"]
)
def test_words_that_tell_of_reports_are_known(text):
    assert tells_of_reports(text)


@pytest.mark.parametrize(
    "text", ["Sarah Okonkwo", "a cash deposit of 5", "structuring", "Start of the month"]
)
def test_other_words_are_not_taken_for_reports(text):
    assert not tells_of_reports(text)


def test_a_hit_that_tells_of_reports_is_silent_for_those_who_may_not_know():
    telling, plain = hit("The customer had 2 prior SARs (+5 points)"), hit("Amount is high (+5 points)")
    assert sentence_of(telling, None) == "The customer had 2 prior SARs"
    assert sentence_of(telling, frozenset()) == NOT_SHOWN
    assert sentence_of(plain, frozenset()) == "Amount is high"
    assert sentence_of(plain, frozenset({"r"})) == NOT_SHOWN


@pytest.mark.parametrize("sort", ["due", "score", "newest"])
def test_every_order_turned_around_is_its_opposite(sort):
    forward, backward = order(sort), order(sort, backwards=True)
    turned = forward.replace("ASC", "x").replace("DESC", "ASC").replace("x", "DESC")
    assert turned == backward
    assert beyond(sort) != beyond(sort, backwards=True)
