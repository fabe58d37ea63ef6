"""The read for enrichment at two sizes of the table, each in a process of its own, in turns.

The large table has more rows for each customer too, as it has in a bank that grows older; a third, small table with the
large one's rows per customer tells the two apart. The time is that of the one statement's round trip: begin, tenant,
lock and read, as the decision path sends them.
"""

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import IO, Any, Final

import django

from ratel.launcher.progress import step
from screening.bench import databases
from screening.bench.databases import BenchFailed
from screening.bench.options import PROJECT, Options

READS: Final = 1_500
WARM_UP_READS: Final = 200
MOST_TIMES: Final = 4.0
LABELS: Final = {databases.SMALL: "small", databases.SMALL_DENSE: "small, dense", databases.LARGE: "large"}


def compare(options: Options, directory: Path) -> dict[str, Any]:
    """Medians over the rounds, and how many times the small table's the large table's is."""
    tables = databases.enrichment_tables(options)
    found: dict[str, list[dict[str, float]]] = {name: [] for name, _, _ in tables}
    with ExitStack() as stack, step("The read for enrichment at three tables"):
        readers = {
            name: stack.enter_context(_reader(name, customers, directory)) for name, _, customers in tables
        }
        for number in range(options.rounds):
            order = list(readers) if number % 2 == 0 else list(readers)[::-1]
            for name in order:
                found[name].append(_ask(readers[name]))
    rows = [_row(name, rows, customers, found[name]) for name, rows, customers in tables]
    small, large = found[databases.SMALL], found[databases.LARGE]
    ratios = [
        [one[key] / other[key] for one, other in zip(large, small, strict=True)] for key in ("median_us", "p95_us")
    ]
    return {"tables": rows, "ratio": median(ratios[0]), "ratio_p95": median(ratios[1]), "required": MOST_TIMES}


def _reader(name: str, customers: int, directory: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "screening.bench.enrichment", str(customers)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
        env=databases.environment(name, directory),
    )


def _ask(reader: subprocess.Popen[str]) -> dict[str, float]:
    """One round of one table; the line it answers with."""
    requests, answers = reader.stdin, reader.stdout
    assert requests is not None and answers is not None
    requests.write("measure\n")
    requests.flush()
    line = answers.readline()
    if not line:
        raise BenchFailed("a process that measures the enrichment ended")
    answer: dict[str, float] = json.loads(line)
    return answer


def _row(name: str, rows: int, customers: int, rounds: Sequence[dict[str, float]]) -> dict[str, Any]:
    return {
        "table": LABELS[name],
        "rows": rows,
        "customers": customers,
        "rows_per_customer": rows / customers,
        **{key: median(one[key] for one in rounds) for key in rounds[0]},
    }


def table(found: dict[str, Any]) -> str:
    lines = [f"{'enrichment':<16}{'rows':>12}{'per customer':>14}{'in 90 days':>12}{'median us':>11}{'p95 us':>9}{'database us':>13}"]
    for row in found["tables"]:
        lines.append(
            f"{row['table']:<16}{row['rows']:>12,}{row['rows_per_customer']:>14,.1f}{row['rows_in_window']:>12,.1f}"
            f"{row['median_us']:>11,.0f}{row['p95_us']:>9,.0f}{row['database_us']:>13,.0f}"
        )
    lines.append(
        f"large / small: {found['ratio']:.2f} at the median (required <= {found['required']:g}), {found['ratio_p95']:.2f} at p95"
    )
    return "\n".join(lines)


def main(customers: int, requests: IO[str], answers: IO[str]) -> None:
    """The measuring process: a line in, a round's numbers out."""
    django.setup()
    reads = _Reads(customers)
    reads.measure(WARM_UP_READS)
    for _ in requests:
        answers.write(json.dumps(reads.measure(READS)) + "\n")
        answers.flush()


class _Reads:
    """Reads for payments of random customers of the team without names."""

    def __init__(self, customers: int) -> None:
        from screening.bench import bank
        from screening.bench.payments import Payments
        from screening.configuration import configuration_of

        self._team = bank.teams()[bank.PLAIN].principal.team
        self._configuration = configuration_of(self._team)
        self._payments = Payments(customers, with_names=False, seed=f"reads {time.time_ns()}")

    def measure(self, count: int) -> dict[str, float]:
        from screening.bench import processor_time

        backend = [_backend()]
        before = processor_time.used_seconds(backend)
        taken = sorted(self._one() for _ in range(count))
        used = processor_time.used_seconds(backend) - before
        return {
            "median_us": taken[count // 2] * 1_000_000,
            "p95_us": taken[count * 95 // 100] * 1_000_000,
            "database_us": used / count * 1_000_000,
            "rows_in_window": self._rows_in_window(),
        }

    def _one(self) -> float:
        from django.utils import timezone

        from ratel.sealing import blind_index
        from screening.dialects import native
        from screening.enrich import enrich
        from screening.unit_of_work import UnitOfWork

        now = timezone.now()
        request = native.parse(self._payments.payment(), self._team, now)
        locks = [blind_index(self._team.id.bytes, request.transaction.customer_id)]
        with _timed(UnitOfWork)(self._team, locks=locks) as work:
            enrich(work, [request], self._configuration, now)
        return float(work.taken)

    def _rows_in_window(self) -> float:
        """How many rows of one customer lie in the longest window, on average."""
        from django.db import connection

        from ratel.tenancy import tenant

        with tenant(self._team.organisation_id, [self._team.id]), connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return 0.0


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.stdin, sys.stdout)
