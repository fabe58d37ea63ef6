"""Limits and usage behind a real web server of several processes."""

import time
from collections import Counter
from pathlib import Path

import pytest
from django.db.models import Sum

from teams.limits.tiers import Limit, Tier
from teams.models import KeyUsage
from tests import server
from tests.cast import Bank, make_bank, payment
from tests.evaluate.wire import at_once, post


@pytest.fixture
def bank() -> Bank:
    return make_bank("Acme Bank", "us")


def test_many_clients_of_many_processes_get_what_the_key_may_and_no_more(bank: Bank, tmp_path: Path) -> None:
    caller, clients, each = bank.new_key("us", tier=Tier.CUSTOM, limit=Limit(60, 40)), 12, 10

    def call(base_url: str, client: int) -> list[int]:
        bodies = [payment(customerId=f"c-{client}-{number}") for number in range(each)]
        return [post(base_url, caller.key, body).status for body in bodies]

    with server.running(
        tmp_path / "server.log",
        application="tests.limits.patient:application",
        processes=4,
        threads=3,
        stop_seconds=60,
    ) as base_url:
        started = time.monotonic()
        statuses = at_once([lambda client=client: call(base_url, client) for client in range(clients)])
        seconds = time.monotonic() - started
    counted = Counter(status for answers in statuses for status in answers)
    assert set(counted) == {200, 429}
    assert 40 <= counted[200] <= 41 + seconds
    # Each process added what it had counted when it ended.
    with bank.seeing("us"):
        rows = KeyUsage.objects.filter(key__public_id=str(caller.key)[8:20])
        written = rows.aggregate(calls=Sum("calls"), rejected=Sum("rejected"))
    assert written == {"calls": counted[200], "rejected": counted[429]}


def test_a_server_that_goes_on_adds_its_counts_every_few_seconds(
    bank: Bank, live_server_process: str
) -> None:
    caller = bank.callers["us"]
    for number in range(6):
        assert post(live_server_process, caller.key, payment(customerId=str(number))).status == 200
    deadline = time.monotonic() + 120
    while True:
        with bank.seeing("us"):
            calls = sum(KeyUsage.objects.values_list("calls", flat=True))
        if calls == 6:
            break
        assert time.monotonic() < deadline, f"{calls} of 6 calls are written down"
        time.sleep(0.25)
