"""Counts what came of every payment, and says it as a table and as JSON.

A payment that was sent ends as exactly one of decided, replay or error. Nothing of a payment's content is
kept, only its row in the file.
"""

import math
import threading
import time
from array import array
from collections import Counter
from collections.abc import Sequence

import msgspec

from screening.replay.answers import Decided, Outcome, Refused, Unanswered
from screening.replay.item import BadRow, ReplayItem

ERRORS_SHOWN = 5


class Latency(msgspec.Struct, frozen=True):
    """Milliseconds of one request, from first byte out to last byte in; only its last try is measured."""

    p50: float
    p95: float
    p99: float
    max: float


class Labels(msgspec.Struct, frozen=True):
    """Labels of the file against the decisions; a share is null where it would divide by zero."""

    labelled: int
    labelled_alerted: int
    recall: float | None
    precision: float | None


class FirstError(msgspec.Struct, frozen=True):
    """One of the first errors; `row` is the line in the file, `paths` the fields that the server named."""

    row: int
    status: int
    code: str
    paths: tuple[str, ...]


class Counted(msgspec.Struct, frozen=True):
    """What came of the payments that were sent: `sent` = `decided` + `replays` + `errors`."""

    sent: int
    decided: int
    replays: int
    errors: int
    requests: int
    retries: int
    duration_seconds: float
    requests_per_second: float
    transactions_per_second: float
    latency_ms: Latency
    decisions: dict[str, int]
    blocked: int
    alerts: int
    alerts_per_thousand: float
    labels: Labels | None
    error_codes: dict[str, int]
    first_errors: tuple[FirstError, ...]


class Report(msgspec.Struct, frozen=True):
    """One run: what was asked, found in the file, and came of it; --resume goes on at `position`."""

    file: str
    format: str
    url: str
    is_dry_run: bool
    batch: int
    connections: int
    payments_in_file: int
    rows_not_read: int
    first_rows_not_read: tuple[BadRow, ...]
    resumed_after: int
    position: int
    stopped: str | None
    counted: Counted


class Tally:
    """Counts while the run goes on. Used by several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._began = time.monotonic()
        self._latencies = array("d")
        self._decisions: Counter[str] = Counter()
        self._error_codes: Counter[str] = Counter()
        self._first_errors: list[FirstError] = []
        self._replays = self._blocked = self._alerts = self._retries = 0
        self._labels_known = self._labelled = self._labelled_alerted = 0
        self.sent = 0

    def count(
        self, items: Sequence[ReplayItem], outcomes: Sequence[Outcome], latency_ms: float, tries: int
    ) -> None:
        """Adds one request: what came of each of its payments, and how long its last try took."""
        with self._lock:
            self._latencies.append(latency_ms)
            self._retries += tries - 1
            for item, outcome in zip(items, outcomes, strict=True):
                self.sent += 1
                if isinstance(outcome, Decided):
                    self._count_decision(item, outcome)
                else:
                    self._count_error(item, outcome)

    def _count_decision(self, item: ReplayItem, outcome: Decided) -> None:
        self._decisions[outcome.decision] += 1
        self._replays += outcome.is_replay
        self._blocked += outcome.is_blocked
        self._alerts += outcome.is_alerted
        if item.label is not None:
            self._labels_known += outcome.is_alerted
            self._labelled += item.label
            self._labelled_alerted += item.label and outcome.is_alerted

    def _count_error(self, item: ReplayItem, outcome: Refused | Unanswered) -> None:
        self._error_codes[outcome.code] += 1
        if len(self._first_errors) < ERRORS_SHOWN:
            paths = outcome.paths if isinstance(outcome, Refused) else ()
            self._first_errors.append(FirstError(item.row, outcome.status, outcome.code, paths))

    def so_far(self) -> str:
        """A short line for a progress display."""
        with self._lock:
            kinds = [f"{kind} {count:,}" for kind, count in sorted(self._decisions.items())]
            return ", ".join([*kinds, f"errors {self._error_codes.total():,}"])

    def counted(self, *, has_labels: bool) -> Counted:
        """Everything so far."""
        with self._lock:
            return self._counted(has_labels, max(time.monotonic() - self._began, 1e-9))

    def _counted(self, has_labels: bool, seconds: float) -> Counted:
        answered = self._decisions.total()
        return Counted(
            sent=self.sent,
            decided=answered - self._replays,
            replays=self._replays,
            errors=self._error_codes.total(),
            requests=len(self._latencies),
            retries=self._retries,
            duration_seconds=round(seconds, 3),
            requests_per_second=round(len(self._latencies) / seconds, 1),
            transactions_per_second=round(self.sent / seconds, 1),
            latency_ms=latency(self._latencies),
            decisions=dict(sorted(self._decisions.items())),
            blocked=self._blocked,
            alerts=self._alerts,
            alerts_per_thousand=round(1000 * self._alerts / answered, 2) if answered else 0.0,
            labels=self._label_report() if has_labels else None,
            error_codes=dict(self._error_codes.most_common()),
            first_errors=tuple(self._first_errors),
        )

    def _label_report(self) -> Labels:
        return Labels(
            labelled=self._labelled,
            labelled_alerted=self._labelled_alerted,
            recall=share(self._labelled_alerted, self._labelled),
            precision=share(self._labelled_alerted, self._labels_known),
        )


def latency(milliseconds: "array[float]") -> Latency:
    ordered = sorted(milliseconds)
    return Latency(*(percentile(ordered, percent) for percent in (50, 95, 99, 100)))


def percentile(ordered: Sequence[float], percent: int) -> float:
    """The nearest rank: a latency that a request really had; 0 without any."""
    if not ordered:
        return 0.0
    return round(ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)], 2)


def share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def as_json(report: Report) -> bytes:
    return msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n"


def as_table(report: Report) -> str:
    """The report for a terminal."""
    rows = [
        *run_rows(report),
        *decision_rows(report.counted),
        *speed_rows(report.counted),
        *error_rows(report),
    ]
    width = max(len(name) for name, _value in rows)
    return "\n".join(f"{name.ljust(width)}  {value}" for name, value in rows)


def run_rows(report: Report) -> list[tuple[str, str]]:
    counted = report.counted
    rows = [
        ("file", f"{report.file} ({report.format}), {report.payments_in_file:,} payments"),
        (
            "sent",
            f"{counted.sent:,} in {counted.requests:,} requests"
            + (" (dry run)" if report.is_dry_run else ""),
        ),
        ("decided", f"{counted.decided:,}"),
        ("replays", f"{counted.replays:,} (decided before, answered again)"),
        ("errors", f"{counted.errors:,}"),
        ("retries", f"{counted.retries:,}"),
    ]
    if report.resumed_after:
        rows.insert(1, ("resumed after", f"{report.resumed_after:,}"))
    if report.stopped:
        rows.append(("stopped", f"{report.stopped}; --resume goes on after {report.position:,}"))
    return rows


def decision_rows(counted: Counted) -> list[tuple[str, str]]:
    rows = [(f"decision {kind}", f"{count:,}") for kind, count in counted.decisions.items()]
    rows += [
        ("of these blocked", f"{counted.blocked:,}"),
        ("alerts", f"{counted.alerts:,}, {counted.alerts_per_thousand} per thousand decisions"),
    ]
    if labels := counted.labels:
        rows += [
            ("labelled", f"{labels.labelled:,}, of them alerted {labels.labelled_alerted:,}"),
            ("recall", in_percent(labels.recall)),
            ("precision", in_percent(labels.precision)),
        ]
    return rows


def speed_rows(counted: Counted) -> list[tuple[str, str]]:
    took = counted.latency_ms
    speed = f"{counted.requests_per_second:,} requests/s, {counted.transactions_per_second:,} payments/s"
    return [
        ("request latency", f"p50 {took.p50} ms, p95 {took.p95} ms, p99 {took.p99} ms, max {took.max} ms"),
        ("speed", f"{speed}, {counted.duration_seconds:,.1f} s"),
    ]


def error_rows(report: Report) -> list[tuple[str, str]]:
    rows = [(f"error {code}", f"{count:,}") for code, count in report.counted.error_codes.items()]
    rows += [
        (f"row {error.row:,}", f"HTTP {error.status or '-'} {error.code} {', '.join(error.paths)}".rstrip())
        for error in report.counted.first_errors
    ]
    if report.rows_not_read:
        rows.append(("rows not read", f"{report.rows_not_read:,}"))
    return rows + [(f"row {bad.row:,}", f"not read: {bad.reason}") for bad in report.first_rows_not_read]


def in_percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.2%}"
