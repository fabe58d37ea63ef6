"""The read for enrichment at two sizes of the table, each in a process of its own, in turns.

The large table has more rows for each customer too, as a bank's has when it grows older; a third, small table with as
many rows per customer as the large one tells the two effects apart.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import IO, Any, Final, cast

from ratel.launcher.progress import step
from screening.bench import databases
from screening.bench.databases import BenchFailed
from screening.bench.options import PROJECT, Options

MOST_TIMES: Final = 4.0
LABELS: Final = {databases.SMALL: "small", databases.SMALL_DENSE: "small, dense", databases.LARGE: "large"}
Numbers = dict[str, float]


def compare(options: Options, directory: Path) -> dict[str, Any]:
    """Medians over the rounds, and how many times the small table's the large table's are."""
    tables = databases.enrichment_tables(options)
    found: dict[str, list[Numbers]] = {name: [] for name, _, _ in tables}
    with step("The read for enrichment, three tables in turns"), ExitStack() as stack:
        readers = {
            name: stack.enter_context(_reader(name, customers, directory)) for name, _, customers in tables
        }
        for number in range(options.rounds):
            for name in list(readers)[:: 1 if number % 2 == 0 else -1]:
                found[name].append(_ask(readers[name]))
    small, large = found[databases.SMALL], found[databases.LARGE]
    return {
        "tables": [_row(name, rows, customers, found[name]) for name, rows, customers in tables],
        "ratio": _times(small, large, "median_us"),
        "ratio_p95": _times(small, large, "p95_us"),
        "ratio_database": _times(small, large, "database_us"),
        "required": MOST_TIMES,
    }


@contextmanager
def _reader(name: str, customers: int, directory: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that measures a round for each line it gets, and ends with its input."""
    with subprocess.Popen(
        [sys.executable, "-m", "screening.bench.child", "reads", str(customers)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
        env=databases.environment(name, directory),
    ) as reader:
        yield reader


def _ask(reader: subprocess.Popen[str]) -> Numbers:
    requests, answers = cast(IO[str], reader.stdin), cast(IO[str], reader.stdout)
    requests.write("measure\n")
    requests.flush()
    line = answers.readline()
    if not line:
        raise BenchFailed("a process that measures the enrichment ended")
    numbers: Numbers = json.loads(line)
    return numbers


def _times(small: Sequence[Numbers], large: Sequence[Numbers], key: str) -> float:
    return median(one[key] / max(other[key], 0.001) for one, other in zip(large, small, strict=True))


def _row(name: str, rows: int, customers: int, rounds: Sequence[Numbers]) -> dict[str, Any]:
    return {
        "table": LABELS[name],
        "rows": rows,
        "customers": customers,
        "rows_per_customer": rows / customers,
        **{key: median(one[key] for one in rounds) for key in rounds[0]},
    }


def table(found: dict[str, Any]) -> str:
    columns = (
        "enrichment",
        "rows",
        "customers",
        "rows of each",
        "in 90 days",
        "median us",
        "p95 us",
        "database us",
    )
    lines = ["".join(f"{column:>13}" for column in columns)]
    for row in found["tables"]:
        numbers = (
            row["rows_per_customer"],
            row["rows_in_window"],
            row["median_us"],
            row["p95_us"],
            row["database_us"],
        )
        lines.append(
            f"{row['table']:>13}{row['rows']:>13,}{row['customers']:>13,}"
            + "".join(f"{number:>13,.1f}" for number in numbers)
        )
    lines.append(
        f"large / small: {found['ratio']:.2f} at the median (required <= {found['required']:g}),"
        f" {found['ratio_p95']:.2f} at p95, {found['ratio_database']:.2f} in PostgreSQL's processor time"
    )
    return "\n".join(lines)
