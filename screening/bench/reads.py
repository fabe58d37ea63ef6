"""Times the enrichment's read over and over, in a process that works on one database: a line in, a line out.

The time is that of the statement's round trip as the decision path makes it: begin, tenant, lock and read together.
"""

import json
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import IO, Any, Final

from django.db import connection
from django.utils import timezone

from ratel.sealing import blind_index
from ratel.tenancy import tenant
from screening.bench import processor_time
from screening.bench.bank import PLAIN, teams
from screening.bench.payments import Payments
from screening.configuration import configuration_of
from screening.dialects import native
from screening.enrich import enrich
from screening.layers.history import NINETY_DAYS
from screening.unit_of_work import UnitOfWork

READS: Final = 1_500
WARM_UP_READS: Final = 300


class TimedWork(UnitOfWork):
    """Keeps how long its read took."""

    read_seconds = 0.0

    def read(self, sql: bytes, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        started = time.perf_counter()
        rows = super().read(sql, parameters)
        self.read_seconds = time.perf_counter() - started
        return rows


def answer(requests: IO[str], answers: IO[str], *, customers: int) -> None:
    reads = Reads(customers)
    reads.measure(WARM_UP_READS)
    for _ in requests:
        answers.write(json.dumps(reads.measure(READS)) + "\n")
        answers.flush()


class Reads:
    """Reads for payments of random customers of the team without names."""

    def __init__(self, customers: int) -> None:
        self._team = teams()[PLAIN].principal.team
        self._payments = Payments(customers, with_names=False, seed=f"reads {time.time_ns()}")
        self._rows_in_window = self._count_window() / customers

    def measure(self, count: int) -> dict[str, float]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            backend = [cursor.fetchone()[0]]
        before = processor_time.used_seconds(backend)
        taken = sorted(self._read_once() for _ in range(count))
        used = processor_time.used_seconds(backend) - before
        return {
            "median_us": taken[count // 2] * 1_000_000,
            "p95_us": taken[count * 95 // 100] * 1_000_000,
            "database_us": used / count * 1_000_000,
            "rows_in_window": self._rows_in_window,
        }

    def _read_once(self) -> float:
        now = timezone.now()
        request = native.parse(self._payments.payment(), self._team, now)
        lock = blind_index(self._team.id.bytes, request.transaction.customer_id)
        with TimedWork(self._team, wait_for=lock) as work:
            enrich(work, [request], configuration_of(self._team), now)
        return work.read_seconds

    def _count_window(self) -> int:
        since = timezone.now() - timedelta(seconds=NINETY_DAYS)
        with tenant(self._team.organisation_id, [self._team.id]), connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM screening_transaction WHERE occurred_at > %s", [since])
            return int(cursor.fetchone()[0])
