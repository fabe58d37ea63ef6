"""How often each key called on which day: counted without a write a call, added to rows by every process."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from teams.limits import usage
from teams.limits.tiers import Limit, Tier
from teams.models import ApiKey, KeyUsage
from tests.cast import Bank, Caller, make_bank

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture
def bank() -> Bank:
    return make_bank("Acme Bank", "us", "id")


def used(bank: Bank, caller: Caller, pack: str = "us") -> list[tuple[Any, ...]]:
    """The rows of a key by day: admitted and rejected calls."""
    usage.flush()
    with bank.seeing(pack):
        rows = KeyUsage.objects.filter(key__public_id=str(caller.key)[8:20])
        return list(rows.order_by("day").values_list("day", "calls", "rejected"))


def total(bank: Bank, caller: Caller, pack: str = "us") -> tuple[int, int]:
    """Admitted and rejected calls of a key, on whichever days: one may end in the middle of a test."""
    rows = used(bank, caller, pack)
    return sum(row[1] for row in rows), sum(row[2] for row in rows)


def test_admitted_and_rejected_calls_are_counted_by_day(bank: Bank) -> None:
    caller = bank.new_key("us", tier=Tier.CUSTOM, limit=Limit(1, 3))
    for _ in range(5):
        caller.get("/api/rules")
    assert total(bank, caller) == (3, 2)
    caller.get("/api/rules")
    assert total(bank, caller) == (3, 3)


def test_a_key_without_limits_is_counted_too(bank: Bank) -> None:
    caller = bank.callers["us"]
    for _ in range(4):
        caller.evaluate()
    assert total(bank, caller) == (4, 0)


def test_counting_a_call_writes_nothing(bank: Bank) -> None:
    caller = bank.callers["us"]
    caller.get("/api/rules")
    with CaptureQueriesContext(connection) as queries:
        caller.get("/api/rules")
    assert queries.captured_queries != []
    assert [query["sql"] for query in queries if "keyusage" in query["sql"]] == []


def test_what_could_not_be_written_is_written_the_next_time(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = bank.callers["us"]
    caller.get("/api/rules")
    with monkeypatch.context() as broken:
        broken.setattr(usage, "_ADD", "INSERT INTO nowhere VALUES (%s, %s, %s, %s, %s, %s, %s)")
        usage.flush()
    caller.get("/api/rules")
    assert total(bank, caller) == (2, 0)


def test_a_process_adds_what_it_counted_when_it_ends(bank: Bank) -> None:
    program = (
        "import django, os; django.setup()\n"
        "from django.test import Client\n"
        "for _ in range(7): Client().get('/api/rules', headers={'X-API-Key': os.environ['KEY']})\n"
    )
    caller = bank.callers["id"]
    environment = {**os.environ, "KEY": str(caller.key), "DJANGO_SETTINGS_MODULE": "ratel.settings"}
    for _ in range(2):
        subprocess.run([sys.executable, "-c", program], cwd=PROJECT, env=environment, check=True, timeout=60)
    assert total(bank, caller, "id") == (14, 0)


def test_a_forked_process_does_not_count_again_what_its_parent_counted(bank: Bank) -> None:
    caller = bank.callers["us"]
    usage.flush()
    caller.get("/api/rules")
    child = os.fork()
    if child == 0:
        os._exit(len(usage._counts))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert total(bank, caller) == (1, 0)


def test_each_day_has_its_row(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    caller, today = bank.callers["us"], datetime.now(UTC)
    days = [today, today + timedelta(days=1)]
    for day in days:

        class OfThatDay(datetime):
            @classmethod
            def now(cls, tz: Any = None, day: datetime = day) -> datetime:
                return day

        monkeypatch.setattr(usage, "datetime", OfThatDay)
        caller.get("/api/rules")
    assert used(bank, caller) == [(day.date(), 1, 0) for day in days]


def test_a_key_that_is_gone_holds_up_nobody_elses_counts(bank: Bank) -> None:
    gone, stays = bank.new_key("us"), bank.callers["us"]
    for caller in (gone, stays):
        caller.get("/api/rules")
    with bank.seeing("us"):
        ApiKey.objects.filter(public_id=str(gone.key)[8:20]).delete()
    assert total(bank, stays) == (1, 0)
    assert used(bank, gone) == []
