"""The overview of a team: figures that agree with what was decided and done, each with where it leads."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cases.models import Alert
from cases.services.alerts import alert_assign, alert_dismiss
from cases.team_figures import kept as kept_module
from cases.team_figures.alerts import flow_of, waiting_of
from cases.team_figures.decisions import decisions_of, today_of
from cases.team_figures.windows import BY_CODE, USUAL
from cases.web.charts import Bar, round_up, stacked
from teams.authentication import memberships_of, person_principal
from tests.cast import make_bank
from tests.desk.people import seat
from tests.web.pages import assert_is_strict, text_of

MOST_QUERIES = 12


@pytest.fixture(scope="module")
def acme():
    """Three passes, two large payments that are alerts: one dismissed, one assigned to the analyst."""
    bank = make_bank("Acme Bank", "us", people=True)
    caller = bank.callers["us"]
    for number in range(3):
        answer = caller.evaluate(amount=50 + number, customerId="quiet", kycStatus="verified")
        assert answer.data["decision"] == "pass"
    for customer in ("dismissed", "taken"):
        answer = caller.evaluate(
            amount=25_000, customerId=customer, counterpartyName="Somebody New", kycStatus="verified"
        )
        assert answer.data["decision"] == "review"
    analyst = person_principal(memberships_of(bank.people["analyst"])[0], address="192.0.2.1")
    with bank.seeing("us"):
        first, second = Alert.objects.order_by("id")
    alert_dismiss(caller=analyst, alert_id=first.id, reason="A car, contract seen.")
    alert_assign(caller=analyst, alert_id=second.id, person_id=analyst.person_id)
    return bank


@pytest.fixture
def analyst(acme):
    return seat(acme, "analyst", "us")


def figures(bank, read, *arguments):
    with bank.seeing("us"):
        return read(bank.teams["us"].id, *arguments)


def test_decisions_are_counted_by_hour_and_by_day(acme):
    for code in ("24h", "7d", "30d", "90d"):
        found = figures(acme, decisions_of, BY_CODE[code], timezone.now())
        assert len(found.steps) == BY_CODE[code].steps
        assert found.counts == {"pass": 3, "review": 2, "escalate": 0, "block": 0}
        assert (found.total, found.alerted) == (5, 2)


def test_what_was_decided_before_the_window_is_not_counted(acme):
    later = timezone.now() + timedelta(days=30)
    assert figures(acme, decisions_of, USUAL, later).total == 0
    assert figures(acme, today_of, later).decided == 0


def test_what_is_finished_is_kept_for_longer_than_what_is_running():
    bank = make_bank("Another Bank", "us")
    assert figures(bank, decisions_of, USUAL, timezone.now()).total == 0
    bank.callers["us"].evaluate(amount=60, kycStatus="verified")
    counted = figures(bank, decisions_of, USUAL, timezone.now())
    assert counted.total == 1
    assert [step.begins for step in counted.steps] == sorted(step.begins for step in counted.steps)
    assert len(counted.steps) == USUAL.steps
    # Kept now: the next payment shows once those seconds are over.
    bank.callers["us"].evaluate(amount=61, kycStatus="verified")
    assert figures(bank, decisions_of, USUAL, timezone.now()).total == 1
    kept_module._store.delete(*kept_module._store.keys("overview:*-running"))
    assert figures(bank, decisions_of, USUAL, timezone.now()).total == 2


def test_the_time_of_the_layers_and_what_they_lacked_is_told(acme):
    today = figures(acme, today_of, timezone.now())
    assert today.decided == 5
    assert 0 < today.microseconds_p50 <= today.microseconds_p95 <= today.microseconds_p99
    assert today.partial >= max(today.missing.values())
    assert len(today.missing) == 6


def test_alerts_are_counted_by_day_in_time_or_late_and_by_what_they_are_about(acme):
    flow = figures(acme, flow_of, timezone.now())
    assert (flow.created, flow.in_time, flow.late, flow.share_in_time) == (2, 1, 0, 100)
    (cause,) = flow.causes
    assert (cause.alerts, cause.false_positives, cause.true_positives, cause.false_share) == (2, 1, 0, 100)
    assert cause.rule_id is not None


def test_what_waits_is_counted_for_everybody_and_for_oneself(acme):
    me = acme.people["analyst"].id
    waiting = figures(acme, waiting_of, me, timezone.now())
    assert (waiting.total, waiting.mine, waiting.unassigned, waiting.overdue) == (1, 1, 0, 0)
    overdue = figures(acme, waiting_of, None, timezone.now() + timedelta(days=3))
    assert (overdue.overdue, overdue.mine) == (1, 0)


def test_the_page_says_what_waits_and_leads_to_it(analyst):
    answer = analyst.get("overview")
    text = text_of(answer)
    assert "1 alert waits, none past due" in text
    assert "5 in 30 days, 2 not a pass" in text
    assert "High Transaction Amount" in text
    content = answer.content.decode()
    for filters in ("view=mine", "view=due", "view=unassigned"):
        assert f"{analyst.url('alerts')}?{filters}" in content


def test_every_address_that_a_number_leads_to_is_there(analyst):
    content = analyst.get("overview", window="7d").content.decode()
    main = content.split("<main", 1)[1]
    found = {part.split('"')[0].replace("&amp;", "&") for part in main.split('href="')[1:]}
    assert len(found) > 8
    for address in found:
        target = analyst.url("overview") + address if address.startswith("?") else address
        assert analyst.client.get(target).status_code == 200, target


@pytest.mark.parametrize("window", ["24h", "7d", "90d"])
def test_each_window_has_a_chart_and_its_numbers_as_a_table(analyst, window):
    answer = analyst.get("overview", window=window)
    assert_is_strict(answer)
    assert answer.content.decode().count("<title>") >= BY_CODE[window].steps
    assert answer.content.decode().count("closed alerts</a>") >= 1


def test_a_window_that_is_not_known_is_refused(analyst):
    assert analyst.get("overview", window="1y").status_code in {400, 422}


def test_the_page_costs_few_statements(acme, analyst):
    analyst.get("overview")
    for read in ("24h", "30d"):
        kept_module._store.delete(*kept_module._store.keys("overview:*"))
        with CaptureQueriesContext(connection) as queries:
            analyst.get("overview", window=read)
        reads = [one["sql"] for one in queries.captured_queries if "set_config" not in one["sql"]]
        assert len([sql for sql in reads if sql.lstrip().startswith("SELECT")]) <= MOST_QUERIES


def test_without_redis_everything_is_counted_each_time(analyst, monkeypatch):
    gone = kept_module.redis.Redis(host="127.0.0.1", port=1, socket_connect_timeout=0.2)
    monkeypatch.setattr(kept_module, "_store", gone)
    assert "5 in 30 days, 2 not a pass" in text_of(analyst.get("overview"))


def test_counts_are_kept_for_some_time_and_hold_nothing_about_anybody(acme, analyst):
    kept_module._store.delete(*kept_module._store.keys("overview:*"))
    analyst.get("overview")
    names = kept_module._store.keys(f"overview:{acme.teams['us'].id}:*")
    assert len(names) == 3
    for name in names:
        longest = kept_module.FINISHED_SECONDS if b"decisions" in name else kept_module.KEPT_SECONDS
        assert 0 < kept_module._store.ttl(name) <= longest
        assert b"quiet" not in kept_module._store.get(name)


def test_a_team_without_anything_is_told_what_to_do():
    rival = make_bank("Rival Bank", "ng", people=True)
    text = text_of(seat(rival, "auditor", "ng").get("overview"))
    assert "nothing was decided in the last 24 hours" in text
    assert "No alert in 30 days" in text


def test_who_may_not_know_of_reports_sees_no_number_of_them(acme):
    assert "to approve" in text_of(seat(acme, "officer", "us").get("overview"))
    assert "to approve" not in text_of(seat(acme, "admin", "us").get("overview"))


def test_columns_end_below_the_scale_and_rare_ones_can_be_seen():
    chart = stacked([Bar([("block", 1), ("pass", 4_999)], "one"), Bar([], "nothing")])
    parts = chart.columns[0].parts
    assert parts[0].height == 1.0
    assert chart.columns[1].parts == ()
    assert [line.label for line in chart.lines] == ["3,000", "6,000"]
    assert all(part.y >= 0 for part in parts)


@pytest.mark.parametrize(
    ("number", "top"), [(0, 2), (2, 2), (3, 4), (9, 10), (55, 60), (101, 200), (8_001, 10_000)]
)
def test_a_scale_ends_at_a_round_number(number, top):
    assert round_up(number) == top


def test_the_steps_of_a_window_end_with_the_one_that_we_are_in():
    now = datetime(2026, 3, 10, 15, 12, tzinfo=UTC)
    hours, days = BY_CODE["24h"].beginnings(now), BY_CODE["7d"].beginnings(now)
    assert (hours[-1].hour, len(hours)) == (15, 24)
    assert (days[-1].day, days[0].day) == (10, 4)
