"""The numbers as a table for people and as a document for comparisons over time."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any, Final

from django.db import connection

from screening.bench.databases import BenchFailed
from screening.bench.decisions import Decisions
from screening.bench.measure import Case, Round
from screening.bench.options import Options

# Case: compared with which other one, and what the ratio must reach.
BARS: Final = {
    "single": ("floor", 0.55),
    "named": ("floor", 0.40),
    "batch": ("single", 8.0),
    "batch_named": ("named", 4.0),
}
PACKAGES: Final = ("Django", "psycopg", "gunicorn", "msgspec", "orjson", "rapidfuzz")
_COLUMNS: Final = (
    ("case", 32),
    ("requests/s", 11),
    ("transactions/s", 16),
    ("ratio", 28),
    ("required", 10),
    ("by processor", 14),
    ("p50 ms", 8),
    ("p95 ms", 8),
    ("p99 ms", 8),
    ("web us", 8),
    ("database us", 12),
)


def machine() -> dict[str, Any]:
    """What the numbers depend on. Raises BenchFailed where a commit would not wait for the disk."""
    settings = {}
    for name in ("server_version", "synchronous_commit", "fsync", "full_page_writes", "shared_buffers"):
        with connection.cursor() as cursor:
            cursor.execute(f"SHOW {name}")
            settings[name] = cursor.fetchone()[0]
    if settings["synchronous_commit"] != "on" or settings["fsync"] != "on":
        raise BenchFailed("PostgreSQL does not wait for its disk: synchronous_commit and fsync must be on")
    return {
        "cores": os.cpu_count(),
        "processor": _processor(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "postgresql": settings,
        "packages": {name: version(name) for name in PACKAGES},
        "load_average_before": os.getloadavg(),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown"
    )


def summary(cases: Sequence[Case], rounds: Sequence[Round]) -> list[dict[str, Any]]:
    """One row a case: medians over the rounds, ratios of the same round, latencies of all rounds together."""
    return [_row(case, rounds) for case in cases]


def _row(case: Case, rounds: Sequence[Round]) -> dict[str, Any]:
    measured = [one[case.name] for one in rounds]
    latencies = sorted(latency for one in measured for latency in one.shot.latencies_ms)
    row: dict[str, Any] = {
        "case": case.name,
        "label": case.label,
        "requests_per_second": median(one.shot.per_second for one in measured),
        "transactions_per_second": median(one.transactions_per_second for one in measured),
        **{f"latency_ms_p{share}": percentile(latencies, share) for share in (50, 95, 99)},
        "web_us_per_transaction": median(one.web_us for one in measured),
        "database_us_per_transaction": median(one.database_us for one in measured),
    }
    if case.name in BARS:
        against, required = BARS[case.name]
        ratios = [
            one[case.name].transactions_per_second / one[against].transactions_per_second for one in rounds
        ]
        by_processor = median(
            one[against].processor_us / max(one[case.name].processor_us, 1) for one in rounds
        )
        row |= {"against": against, "ratio": median(ratios), "ratios": ratios, "required": required}
        row |= {"ratio_by_processor": by_processor}
    return row


def percentile(ordered: Sequence[float], share: int) -> float | None:
    """Of values in order; None of none."""
    return ordered[min(len(ordered) * share // 100, len(ordered) - 1)] if ordered else None


def table(rows: Sequence[dict[str, Any]]) -> str:
    lines = [
        "".join(f"{name:<{width}}" if name == "case" else f"{name:>{width}}" for name, width in _COLUMNS)
    ]
    lines += [_line(row) for row in rows]
    return "\n".join(lines)


def _line(row: dict[str, Any]) -> str:
    ratio = (
        f"{row['ratio']:.2f} ({min(row['ratios']):.2f}-{max(row['ratios']):.2f})" if "ratio" in row else ""
    )
    required = f">= {row['required']:g}" if "ratio" in row else ""
    cells = [
        row["label"],
        f"{row['requests_per_second']:,.1f}",
        f"{row['transactions_per_second']:,.0f}",
        f"{ratio} {'x ' + row['against'] if ratio else ''}".strip(),
        required,
        f"{row['ratio_by_processor']:.2f}" if ratio else "",
        *(_number(row[f"latency_ms_p{share}"]) for share in (50, 95, 99)),
        f"{row['web_us_per_transaction']:,.0f}",
        f"{row['database_us_per_transaction']:,.0f}",
    ]
    widths = [width for _, width in _COLUMNS]
    return f"{cells[0]:<{widths[0]}}" + "".join(
        f"{cell:>{width}}" for cell, width in zip(cells[1:], widths[1:], strict=True)
    )


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def decision_lines(decided: dict[str, Decisions]) -> str:
    return "\n".join(
        f"{name}: {one.total:,} evaluations, all of them stored; {one.partial} partial; "
        + ", ".join(f"{decision} {share:.1%}" for decision, share in one.shares.items())
        for name, one in decided.items()
    )


def write(directory: Path, options: Options, found: dict[str, Any], rounds: Sequence[Round]) -> Path:
    """The document of one run, `var/bench/<time>.json`."""
    document = {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "options": {name: _plain(value) for name, value in asdict(options).items()},
        **found,
        "rounds": [{name: _one(measured) for name, measured in one.items()} for one in rounds],
    }
    path = directory / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
    path.write_text(json.dumps(document, indent=1, default=_plain))
    return path


def _one(measured: Any) -> dict[str, Any]:
    ordered = sorted(measured.shot.latencies_ms)
    return {
        "completed": measured.shot.completed,
        "seconds": measured.shot.seconds,
        "requests_per_second": measured.shot.per_second,
        "transactions_per_second": measured.transactions_per_second,
        "web_us_per_transaction": measured.web_us,
        "database_us_per_transaction": measured.database_us,
        **{f"latency_ms_p{share}": percentile(ordered, share) for share in (50, 95, 99)},
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Path):
        return value.name
    return asdict(value) if isinstance(value, Decisions) else value
