"""Workers of the ongoing lane that are killed at any moment: nothing is lost, nobody is alerted on twice."""

import random
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from cases.models import Alert
from screening.models import KnownMatch, OngoingRange, Screening
from screening.ongoing import ranges
from tests.cast import Bank, make_bank
from tests.evaluate.stored import events
from tests.screenings.lists import load

CODE = "ongoing"
OTHER = "Perpetua Thistlewood,,,person,,,,o-2,sanctions,"
PERSON = "Ozymandias Quillfeather,,,person,1950,GB,,o-1,sanctions,"
CUSTOMERS = 120
KILLS = 5


def start(bank: Bank, *arguments: str) -> subprocess.Popen[str]:
    command = [
        sys.executable,
        "-m",
        "tests.ongoing.worker",
        str(bank.id),
        str(bank.teams["us"].id),
        *arguments,
    ]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True)


def let_leases_lapse(bank: Bank) -> None:
    """The dead keep their leases for minutes; nobody waits for that here. Latecomers go on waiting."""
    with bank.seeing("us"):
        held = OngoingRange.objects.filter(done_at__isnull=True, attempts__gt=0)
        held.update(leased_until=timezone.now() - timedelta(seconds=1))


def left(bank: Bank) -> int:
    with bank.seeing("us"):
        return OngoingRange.objects.filter(done_at__isnull=True, last_customer_id__lt=_LATECOMERS).count()


_LATECOMERS = "f0000000-0000-0000-0000-000000000000"


def test_every_listed_customer_is_alerted_on_exactly_once_whenever_a_worker_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(tmp_path / "list.csv", OTHER, code=CODE)
    bank = make_bank("Acme Bank", "us")
    for number in range(CUSTOMERS):
        name = "Ozymandias Quillfeather" if number % 3 == 0 else f"Ngozi Wintersgill {number}"
        body = {"customerId": f"c-{number}", "fullName": name}
        assert bank.callers["us"].post("/api/customers", body).status == 201
    generation = load(tmp_path / "list.csv", OTHER, PERSON, code=CODE)
    monkeypatch.setattr(ranges, "CUSTOMERS_A_RANGE", 50)
    with bank.seeing("us"):
        assert ranges.plan(bank.team_facts("us"))

    chance = random.Random(7)
    for _ in range(KILLS):
        worker = start(bank, "--led")
        assert worker.stdout is not None
        assert worker.stdin is not None
        # Before, in or after the commit of the last of these pages.
        for _ in range(chance.randrange(1, 6)):
            assert worker.stdout.readline() == "page\n"
            worker.stdin.write("go on\n")
            worker.stdin.flush()
        time.sleep(chance.uniform(0.0, 0.01))
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        let_leases_lapse(bank)
    while left(bank):
        assert start(bank).wait() == 0

    with bank.seeing("us"):
        alerted = list(Alert.objects.values_list("customer_id", flat=True))
        screenings = list(Screening.objects.values_list("customer_id", flat=True))
        done = list(OngoingRange.objects.filter(generation=generation, done_at__isnull=False))
        assert KnownMatch.objects.count() == len(alerted)
    assert any(one.attempts > 1 for one in done), "nobody was killed in the middle of a range"
    assert len(alerted) == len(set(alerted)) == CUSTOMERS // 3
    assert sorted(screenings) == sorted(alerted)
    assert [one.event for one in events(bank, "us")].count("screening.review") == CUSTOMERS // 3
    assert sum(one.screened for one in done) == CUSTOMERS
    assert sum(one.alerted for one in done) == CUSTOMERS // 3
