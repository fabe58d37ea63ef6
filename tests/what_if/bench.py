"""Measures a what-if over a million stored evaluations: with closed days counted, and with none counted yet.

Beside the clock's time stands the processor's, of the database's process and this one together, which a busy machine
hardly changes. Prints the numbers and leaves them in `var/bench/what_if.json`.
"""

import json
import os
import statistics
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

# Before anything reads the settings: this run gets a database and a Redis of its own.
import tests.isolation  # noqa: F401
from tests import database

PROJECT: Final = Path(__file__).resolve().parents[2]
ROWS: Final = int(os.environ.get("ROWS", "1000000"))
ROUNDS: Final = 9


def main() -> None:
    state = Path(os.environ["RATEL_STATE_DIRECTORY"])
    (state / "static").mkdir(parents=True, exist_ok=True)
    with database.test_database(), ExitStack() as stack:
        import django

        django.setup()
        from django.db import connections

        stack.callback(connections.close_all)
        found = {"evaluations": ROWS, "load_before": os.getloadavg()[0], **measure()}
    print(json.dumps(found, indent=2))  # noqa: T201
    target = PROJECT / "var" / "bench"
    target.mkdir(parents=True, exist_ok=True)
    (target / "what_if.json").write_text(json.dumps(found, indent=2))


def measure() -> dict[str, Any]:
    from django.utils import timezone

    from screening.models import Rule, Ruleset
    from screening.what_if.days import close_days
    from tests.cast import make_bank
    from tests.what_if.stored import Past, fill

    bank = make_bank("Bench Bank", "us")
    team = bank.teams["us"]
    with bank.seeing("us"):
        ruleset = Ruleset.objects.filter(team_id=team.id).order_by("-number")[0]
        rules = list(Rule.objects.filter(team_id=team.id).order_by("position").values_list("id", flat=True))
    began = time.perf_counter()
    fill(Past(bank.id, team.id, ruleset.id, rules), rows=ROWS)
    found: dict[str, Any] = {"fill_seconds": round(time.perf_counter() - began, 1)}
    facts = bank.team_facts("us")
    found["nothing_counted_yet"] = asked(bank, facts)
    began = time.perf_counter()
    days = close_days(facts, timezone.now())
    found["days_closed"] = days
    found["close_seconds"] = round(time.perf_counter() - began, 2)
    found["days_counted"] = asked(bank, facts)
    return found


def asked(bank: Any, facts: Any) -> dict[str, Any]:
    """Milliseconds of a what-if, each with another draft, as the page and the API ask it."""
    from ratel.statements import driver_connection
    from screening.services.policy import policy_fields, policy_live
    from screening.what_if.compare import what_if

    backend = driver_connection().info.backend_pid
    took, busy = [], _processor_seconds(backend)
    for number in range(ROUNDS):
        with bank.seeing("us"):
            fields = policy_fields(policy_live(team=facts))
        draft = {**fields, "txReviewScore": 41 + number}
        began = time.perf_counter()
        with bank.seeing("us"):
            answer = what_if(team=facts, live=fields, draft=draft, days=30)
        took.append((time.perf_counter() - began) * 1000)
    return {
        "processor_ms": round((_processor_seconds(backend) - busy) * 1000 / ROUNDS),
        "median_ms": round(statistics.median(took)),
        "first_ms": round(took[0]),
        "slowest_ms": round(max(took)),
        "evaluations": answer.draft.counted.evaluations,
        "closed_alerts_judged": answer.outcomes.judged,
        "alerts_a_day": [str(answer.live.alerts_a_day), str(answer.draft.alerts_a_day)],
    }


def _processor_seconds(process: int) -> float:
    """What that process and this one have used."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") + time.process_time()


if __name__ == "__main__":
    sys.exit(main())
