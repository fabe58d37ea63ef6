"""Ratios compare cases of the same round, so that noise that hits both cancels."""

import pytest

from screening.bench.load import Shot
from screening.bench.measure import Case, Measured
from screening.bench.report import percentile, summary, table

FLOOR = Case("floor", "floor", "/floor", "t", 1, 8)
SINGLE = Case("single", "single", "/", "t", 1, 8)
BATCH = Case("batch", "batch", "/", "t", 500, 2)


def measured(per_second: int, size: int = 1) -> Measured:
    return Measured(Shot(per_second, per_second, 1.0, (1.0, 2.0)), size, 100.0, 50.0)


ROUNDS = [
    {"floor": measured(2000), "single": measured(1000), "batch": measured(16, 500)},
    {"floor": measured(1000), "single": measured(600), "batch": measured(12, 500)},
    {"floor": measured(3000), "single": measured(1200), "batch": measured(18, 500)},
]


def test_the_ratio_is_the_median_of_the_rounds_own_ratios():
    rows = {row["case"]: row for row in summary([FLOOR, SINGLE, BATCH], ROUNDS)}
    assert rows["single"]["ratios"] == [0.5, 0.6, 0.4]
    assert rows["single"]["ratio"] == 0.5
    assert rows["batch"]["ratio"] == 8.0
    assert rows["floor"]["requests_per_second"] == 2000
    assert rows["batch"]["transactions_per_second"] == 8000
    assert "ratio" not in rows["floor"]


def test_the_table_has_a_line_for_each_case_and_names_what_is_required():
    shown = table(summary([FLOOR, SINGLE, BATCH], ROUNDS)).splitlines()
    assert len(shown) == 4
    assert ">= 0.55" in shown[2] and ">= 8" in shown[3]


@pytest.mark.parametrize(("share", "expected"), [(50, 51), (95, 96), (99, 100)])
def test_percentiles_are_values_that_occurred(share, expected):
    assert percentile(list(range(1, 101)), share) == expected


def test_nothing_measured_has_no_percentile():
    assert percentile([], 50) is None
