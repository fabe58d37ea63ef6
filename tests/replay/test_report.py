"""Counting and percentiles."""

from array import array

from hypothesis import given
from hypothesis import strategies as st

from screening.replay.answers import Decided, Refused, Unanswered, read_batch, read_single
from screening.replay.client import pause_seconds, retry_after_seconds
from screening.replay.report import Tally, latency, percentile


def test_percentiles_are_latencies_that_really_were() -> None:
    took = latency(array("d", range(1, 101)))
    assert (took.p50, took.p95, took.p99, took.max) == (50, 95, 99, 100)


def test_percentiles_of_nothing_are_zero() -> None:
    assert latency(array("d")).max == 0


@given(st.lists(st.integers(0, 10_000), min_size=1), st.integers(1, 100))
def test_that_share_of_all_latencies_is_at_most_its_percentile(values: list[int], percent: int) -> None:
    found = percentile(sorted(map(float, values)), percent)
    assert sum(value <= found for value in values) * 100 >= percent * len(values)


def test_an_empty_run_has_a_report() -> None:
    counted = Tally().counted(has_labels=True)
    assert (counted.sent, counted.alerts_per_thousand) == (0, 0.0)
    assert counted.labels is not None
    assert counted.labels.recall is None


def test_a_replay_is_known_wherever_the_mark_stands() -> None:
    beside = read_single(200, b'{"ok":true,"data":{"decision":"pass"},"idempotent":true}')
    inside = read_single(200, b'{"ok":true,"data":{"decision":"pass","idempotent":true}}')
    assert beside == inside == [Decided("pass", is_blocked=False, is_replay=True)]


def test_an_answer_that_is_not_json_is_no_decision() -> None:
    assert read_single(200, b"<html>") == [Unanswered("ANSWER_NOT_UNDERSTOOD", 200)]
    assert read_single(413, b"<html>") == [Refused(413, "HTTP_413")]
    assert read_batch(500, b"", 2) == [Unanswered("HTTP_500", 500)] * 2


def test_a_batch_refused_as_a_whole_says_nothing_of_its_payments() -> None:
    answer = b'{"ok":false,"error":{"status":413,"code":"TOO_LARGE"}}'
    assert read_batch(413, answer, 2) == [Unanswered("TOO_LARGE", 413)] * 2


def test_a_batch_answer_of_another_length_settles_nothing() -> None:
    answer = b'{"ok":true,"data":[{"ok":true,"data":{"decision":"pass"}}]}'
    assert read_batch(200, answer, 2) == [Unanswered("ANSWER_OF_ANOTHER_LENGTH", 200)] * 2


def test_a_code_cannot_paint_the_terminal() -> None:
    (refused,) = read_single(400, b'{"ok":false,"error":{"status":400,"code":"\\u001b[31mred"}}')
    assert refused == Refused(400, "[31mred")


def test_pauses_double_up_to_a_limit() -> None:
    assert [pause_seconds(tries, None) for tries in (1, 2, 3, 9)] == [0.1, 0.2, 0.4, 5.0]


def test_the_server_may_ask_for_a_pause_but_not_for_hours() -> None:
    assert pause_seconds(1, "3") == 3
    assert pause_seconds(1, "0") == 0.1
    assert pause_seconds(1, "86400") == 60
    assert pause_seconds(1, "Wed, 21 Oct 2015 07:28:00 GMT") == 0.1
    assert retry_after_seconds("later") is None
