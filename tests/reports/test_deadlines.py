"""By when a report is due: hours, days and working days from detection, with the source of each."""

from datetime import UTC, datetime

import pytest

from cases.reports.deadlines import DEADLINES, STRICTEST, check_settings, clock, deadline_of, due_at
from ratel.environment import BadSetting
from screening.packs import load_pack, pack_codes

FRIDAY = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("pack", "kind", "due"),
    [
        ("ng", "SAR", datetime(2026, 11, 21, 15, 30, tzinfo=UTC)),
        ("ng", "CTR", datetime(2026, 11, 27, 15, 30, tzinfo=UTC)),
        ("id", "SAR", datetime(2026, 11, 25, 15, 30, tzinfo=UTC)),
        ("id", "CTR", datetime(2026, 12, 10, 15, 30, tzinfo=UTC)),
        ("us", "SAR", datetime(2026, 12, 20, 15, 30, tzinfo=UTC)),
        ("us", "CTR", datetime(2026, 12, 5, 15, 30, tzinfo=UTC)),
    ],
)
def test_the_clock_runs_from_detection(pack, kind, due):
    assert due_at(pack, kind, FRIDAY) == due


def test_every_report_of_every_jurisdiction_has_its_rule_and_source():
    for pack in pack_codes():
        for kind in load_pack(pack).report_types:
            assert DEADLINES[pack, kind].source
    assert deadline_of("xx", "SAR") is STRICTEST


def test_a_deployment_sets_its_own(settings):
    settings.RATEL_REPORT_DEADLINES = ("ng.SAR=12h", "id.SAR=2wd")
    assert deadline_of("ng", "SAR").words == "12 hours"
    assert due_at("id", "SAR", FRIDAY) == datetime(2026, 11, 24, 15, 30, tzinfo=UTC)
    assert deadline_of("ng", "CTR").words == "7 days"


@pytest.mark.parametrize("written", ["ng.SAR", "ng.SAR=0h", "ng.XYZ=1d", "ng.SAR=1y"])
def test_what_cannot_be_read_stops(settings, written):
    settings.RATEL_REPORT_DEADLINES = (written,)
    with pytest.raises(BadSetting, match="RATEL_REPORT_DEADLINES"):
        check_settings()


def test_cash_counts_from_when_it_was_paid_and_a_suspicion_from_when_it_was_found():
    paid = datetime(2026, 11, 1, tzinfo=UTC)
    assert clock("ng", "CTR", FRIDAY, paid)[0] == paid
    assert clock("ng", "SAR", FRIDAY, paid)[0] == FRIDAY
