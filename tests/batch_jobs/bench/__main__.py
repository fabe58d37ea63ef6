"""Measures batches as they run in production: the web server, the Celery worker with two processes, PostgreSQL, Redis.

Numbers: how long 10,000 items take to be accepted, from connecting to the last byte of the answer, and how many a
second are decided, without names and with both parties' names against a list. Beside the clock's pace stands the
processor's: what all processes took an item, as items a second of two idle cores. Prints them and leaves them in
`var/bench/batches.json`. It asks for a quiet machine.
"""

import http.client
import json
import os
import signal
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

# Before anything reads the settings: this run gets a database and a Redis of its own.
import tests.isolation  # noqa: F401
from ratel.embedded import process
from tests import database, server

PROJECT = Path(__file__).resolve().parents[3]
ITEMS = 10_000
CUSTOMERS = 2_000
LIST_NAMES = 20_000
PATIENCE_SECONDS = 600
CORES = 2
QUEUED = 400
QUEUED_PER_SECOND = 40
START = datetime(2026, 10, 1, tzinfo=UTC)


def main() -> None:
    state = Path(os.environ["RATEL_STATE_DIRECTORY"])
    (state / "static").mkdir(parents=True, exist_ok=True)
    with database.test_database(), ExitStack() as stack:
        import django

        django.setup()
        from django.db import connections

        stack.callback(connections.close_all)
        _load_list(state)
        log = stack.enter_context(working(state))
        base_url = stack.enter_context(server.running(state / "server.log", processes=CORES))
        found = {"items": ITEMS, "list_names": LIST_NAMES, "load_before": os.getloadavg()[0]}
        for name, with_names in (("without_names", False), ("with_names", True)):
            # The first batch warms caches and prepared statements up.
            run(with_names, 1_000, "warm", log, base_url)
            found[name] = run(with_names, ITEMS, "run", log, base_url)
        found["queue_mode"] = queue()
    print(json.dumps(found, indent=2))  # noqa: T201
    target = PROJECT / "var" / "bench"
    target.mkdir(parents=True, exist_ok=True)
    (target / "batches.json").write_text(json.dumps(found, indent=2))


def _load_list(state: Path) -> None:
    from screening.bench.names import write_list
    from screening.watchlists.generations import load_public_list

    write_list(state / "names.csv", LIST_NAMES)
    load_public_list("csv", state / "names.csv", code="bench-list", name="Bench list")


@contextmanager
def working(state: Path) -> Iterator[Path]:
    log = state / "worker.log"
    arguments = [*("-m", "celery", "-A", "ratel", "worker"), *("--concurrency", str(CORES))]
    quiet = ["--prefetch-multiplier", "1", "--without-gossip", "--without-mingle", "--loglevel", "WARNING"]
    beat = ["--beat", "--schedule", str(state / "celery-beat")]
    with log.open("ab") as output:
        child = process.start([sys.executable, *arguments, *quiet, *beat], log=output, directory=PROJECT)
    try:
        yield log
    finally:
        process.stop(child, [(signal.SIGTERM, 15.0)])


def items(with_names: bool, count: int, prefix: str) -> list[dict[str, Any]]:
    from screening.bench.names import Names

    payers, payees = Names("payers"), Names("payees")
    known = [payers.person() for _ in range(CUSTOMERS)]
    return [
        {
            "transaction_id": f"{prefix}-{number}",
            "amount": 10 + number % 900,
            "currency": "USD",
            "timestamp": (START + timedelta(seconds=37 * number)).isoformat(),
            "sender": _party(f"ent_{number % CUSTOMERS}", known[number % CUSTOMERS] if with_names else None),
            "receiver": _party(f"to_{number % 5_000}", payees.person() if with_names else None),
            "metadata": {"channel": "mobile", "device_id": f"device-{number % CUSTOMERS}"},
        }
        for number in range(count)
    ]


def _party(entity_id: str, name: str | None) -> dict[str, Any]:
    return {"entity_id": entity_id, **({"name": name} if name else {})}


def run(with_names: bool, count: int, prefix: str, log: Path, base_url: str) -> dict[str, Any]:
    from tests.cast import make_bank

    caller = make_bank("Bench Bank", "us").callers["us"]
    body = {"transactions": items(with_names, count, prefix)}
    raw = json.dumps(body).encode()
    spent, begun = _processor_seconds(), time.monotonic()
    status, accepted = _hand_over(base_url, caller.key or "", raw)
    accepted_seconds = time.monotonic() - begun
    if status != http.HTTPStatus.ACCEPTED:
        raise SystemExit(f"not accepted: {status} {accepted}")
    shown = _wait(caller, accepted["batch_id"], log)
    seconds = time.monotonic() - begun
    started = datetime.fromisoformat(shown["accepted_at"])
    deciding = (datetime.fromisoformat(shown["finished_at"]) - started).total_seconds()
    processor = _processor_seconds() - spent
    promised = datetime.fromisoformat(accepted["estimated_completion"]) - started
    return {
        "accepted_seconds": round(accepted_seconds, 3),
        "megabytes": round(len(raw) / 1e6, 1),
        "items_a_second": round(count / deciding),
        "items_a_second_of_two_idle_cores": round(CORES * count / processor),
        "failed": shown["failed"],
        "seconds_promised": round(promised.total_seconds(), 1),
        "seconds_taken": round(deciding, 1),
        "seconds_until_seen": round(seconds, 1),
    }


def _hand_over(base_url: str, key: str, raw: bytes) -> tuple[int, Any]:
    """Over a connection of its own, as a backend does that hands over a batch at night."""
    address = urlsplit(base_url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=PATIENCE_SECONDS)
    connection.request(
        "POST", "/v1/transactions/batch", raw, {"X-API-Key": key, "Content-Type": "application/json"}
    )
    response = connection.getresponse()
    answer = json.loads(response.read())
    connection.close()
    return response.status, answer


def queue() -> dict[str, Any]:
    """How late single queued payments are answered that come evenly, QUEUED_PER_SECOND, without a batch beside them."""
    from screening.models import QueuedEvaluation
    from tests.cast import make_bank, payment

    bank = make_bank("Queue Bank", "us")
    for number in range(QUEUED):
        sent = payment(customerId=f"c-{number % 50}", externalId=f"q-{number}")
        answer = bank.callers["us"].post("/api/transactions/evaluate", sent, Prefer="respond-async")
        if answer.status != 202:
            raise SystemExit(f"not queued: {answer.status} {answer.body}")
        time.sleep(1 / QUEUED_PER_SECOND)
    time.sleep(5)
    with bank.seeing("us"):
        rows = QueuedEvaluation.objects.exclude(state="waiting").values_list("queued_at", "answered_at")
        late = [(answered - queued).total_seconds() for queued, answered in rows]
    quantiles = statistics.quantiles(late, n=100)
    return {
        "queued": QUEUED,
        "answered": len(late),
        "late_seconds_p50": round(quantiles[49], 3),
        "late_seconds_p95": round(quantiles[94], 3),
        "late_seconds_max": round(max(late), 3),
    }


def _wait(caller: Any, batch_id: str, log: Path) -> dict[str, Any]:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        shown = caller.get(f"/v1/batches/{batch_id}?results=false").body
        if shown["status"] != "PROCESSING":
            return dict(shown)
        if time.monotonic() > deadline:
            raise SystemExit(f"the batch does not end: {shown}\n{process.tail(log, 40)}")
        time.sleep(0.5)


def _processor_seconds() -> float:
    """What this process group's database, worker and this process have used so far: all whose state is in our folder."""
    ticks = 0
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and _is_ours(folder):
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            # Its own, and that of children which have ended.
            ticks += sum(int(field) for field in fields[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")


def _is_ours(folder: Path) -> bool:
    """Below the launcher of this run, which is this process's parent."""
    found, parents = int(folder.name), 0
    while found > 1 and parents < 20:
        if found == os.getppid():
            return True
        try:
            found = int(Path(f"/proc/{found}/stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            return False
        parents += 1
    return False


if __name__ == "__main__":
    main()
