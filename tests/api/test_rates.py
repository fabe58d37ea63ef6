"""`manage.py load_rates` and what it changes: an amount in another currency is compared once it can be converted."""

import io
import json
import uuid

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from screening.models import ExchangeRate
from teams.configuration import STAMPS
from teams.models import AuditEntry, ConfigurationStamp
from tests.cast import make_bank

# 1 EUR = 1.25 USD = 20,000 IDR, so 1 USD = 16,000 IDR.
HISTORY = "Date,USD,JPY,IDR,\n2026-11-20,1.25,N/A,20000,\n2026-11-19,1.20,180.5,19000,\n"
ONE_DAY = "Date, USD, IDR, \n20 November 2026, 1.25, 20000, \n"
ON = {"occurredAt": "2026-11-20T12:00:00+00:00", "persist": False}


@pytest.fixture
def bank():
    return make_bank("Acme", "id", "us")


@pytest.fixture
def load(bank, tmp_path):
    def loads(text, *options):
        file = tmp_path / "rates.csv"
        file.write_text(text)
        shown = io.StringIO()
        call_command("load_rates", str(file), *(options or whose(bank)), stdout=shown)
        return shown.getvalue()

    return loads


def whose(bank, pack="id"):
    return ("--team", str(bank.teams[pack].id))


def states(answer):
    return {one["ruleCode"]: one["state"] for one in answer.data["ruleStates"]}


def rates(bank, pack="id"):
    with bank.seeing(pack):
        found = ExchangeRate.objects.filter(team_id=bank.teams[pack].id).order_by("day", "currency")
        return [(str(rate.day), rate.currency, float(rate.per_euro)) for rate in found]


def test_without_a_rate_amount_rules_end_in_incomplete_fields(bank):
    answer = bank.callers["id"].explain(amount=100_000, currency="USD", **ON)
    assert states(answer)["HIGH_AMT_IDR"] == "incomplete_fields"
    assert "HIGH_AMT_IDR" not in {hit["ruleCode"] for hit in answer.data["hits"]}


def test_an_amount_in_another_currency_is_converted_exactly(bank, load):
    caller = bank.callers["id"]
    load(HISTORY)
    # 31,250 USD x 16,000 = 500,000,000 IDR, the threshold.
    assert states(caller.explain(amount=31_250, currency="USD", **ON))["HIGH_AMT_IDR"] == "triggered"
    assert states(caller.explain(amount="31249.99", currency="USD", **ON))["HIGH_AMT_IDR"] == "not_triggered"
    assert states(caller.explain(amount=25_000, currency="EUR", **ON))["HIGH_AMT_IDR"] == "triggered"


def test_the_rate_of_the_transactions_own_day_counts_and_an_old_one_does_not(bank, load):
    caller = bank.callers["id"]
    load(HISTORY)
    for day, state in (
        ("2026-11-18", "incomplete_fields"),
        ("2026-11-19", "not_triggered"),
        ("2026-11-20", "triggered"),
        ("2026-11-21", "triggered"),
    ):
        answer = caller.explain(
            amount=31_250, currency="USD", occurredAt=f"{day}T00:00:00+00:00", persist=False
        )
        assert states(answer)["HIGH_AMT_IDR"] == state, day
    answer = caller.explain(amount=100, currency="JPY", occurredAt="2026-11-20T00:00:00Z", persist=False)
    assert states(answer)["HIGH_AMT_IDR"] == "not_triggered", "N/A leaves the rate of the day before"


def test_both_forms_of_the_file_are_read_and_a_day_is_replaced(bank, load):
    assert "5 rates of 3 currencies, 2026-11-19 to 2026-11-20" in load(HISTORY)
    load(ONE_DAY.replace("1.25", "1.5"))
    assert rates(bank) == [
        ("2026-11-19", "IDR", 19000.0),
        ("2026-11-19", "JPY", 180.5),
        ("2026-11-19", "USD", 1.2),
        ("2026-11-20", "IDR", 20000.0),
        ("2026-11-20", "USD", 1.5),
    ]


def test_days_that_nobody_needs_are_left_out(bank, load):
    load(HISTORY, *whose(bank), "--since", "2026-11-20")
    assert rates(bank) == [("2026-11-20", "IDR", 20000.0), ("2026-11-20", "USD", 1.25)]
    with pytest.raises(CommandError, match="no rates since"):
        load(HISTORY, *whose(bank), "--since", "2026-11-21")


def test_a_load_is_stamped_and_audited_for_its_team_alone(bank, load):
    def stamps():
        STAMPS.forget()
        return dict(ConfigurationStamp.objects.values_list("scope", "value"))

    before = stamps()
    load(HISTORY)
    after = stamps()
    own = bank.teams["id"].id
    assert after[own] > before[own]
    assert after[bank.teams["us"].id] == before[bank.teams["us"].id]
    assert rates(bank, "us") == []
    with bank.seeing("id"):
        assert AuditEntry.objects.filter(team_id=own, action="rates.loaded").count() == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Date,USD\n",
        "<html></html>",
        "Date,dollar\n2026-11-20,1\n",
        "Date,USD,USD\n2026-11-20,1,2\n",
        "Date,USD\nyesterday,1\n",
        "Date,USD\n2026-11-20,0\n",
        "Date,USD\n2026-11-20,-1\n",
        "Date,USD\n2026-11-20,NaN\n",
        "Date,USD\n2026-11-20,1e99\n",
        "Date,USD\n2026-11-20,one\n",
        "Date,USD\n2026-11-20,1,2\n",
        "Date,USD\n2026-11-20,1.1\n2026-11-19,x\n",
    ],
)
def test_a_file_that_is_not_a_table_of_rates_is_refused_whole(bank, load, text):
    with pytest.raises(CommandError, match="refused"):
        load(text)
    assert rates(bank) == []


def test_an_unknown_team_is_refused(load):
    with pytest.raises(CommandError, match="no team"):
        load(HISTORY, "--team", str(uuid.uuid4()))


def test_a_team_of_the_demo_bank_is_found_by_its_name(bank, load):
    file = settings.RATEL_STATE_DIRECTORY / "demo.json"
    file.write_text(json.dumps({"teams": {"us": {"id": str(bank.teams["us"].id), "live_key": "x"}}}))
    try:
        load(HISTORY, "--demo-team", "us")
        assert len(rates(bank, "us")) == 5
    finally:
        file.unlink()
    with pytest.raises(CommandError, match="demo bank"):
        load(HISTORY, "--demo-team", "us")
