"""`python -m screening.bench`: makes the bench's bank, measures, prints, and leaves the numbers in `var/bench/`.

The exit code says whether the measurement could be made, not whether it was fast enough.
"""

import os
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import django
import psycopg

from ratel.launcher.progress import complain, say, step
from screening.bench import databases
from screening.bench.databases import BenchFailed
from screening.bench.options import Options, read_options


def main() -> int:
    options = read_options()
    try:
        databases.require_services()
        if options.drop:
            databases.drop_all()
            return 0
        directory = databases.bench_directory()
        databases.prepare(options, directory)
        try:
            _become(databases.environment(databases.RUN, directory))
            _profile(options) if options.profile else _measure(options, directory)
        finally:
            _leave()
    except BenchFailed as failed:
        complain(str(failed))
        return 1
    return 0


def _become(variables: dict[str, str]) -> None:
    """From here on this process's Django works on the run's copy."""
    os.environ.update(variables)
    django.setup()


def _leave() -> None:
    from django.db import connections

    connections.close_all()
    databases.drop_run()


def _profile(options: Options) -> None:
    from screening.bench import stages

    say(stages.profile(options))


def _measure(options: Options, directory: Path) -> None:
    """Servers up, every round, everything down, and then the words."""
    # These need the settings, which are only now known to be the run's.
    from django.utils import timezone

    from screening.bench import bank, decisions, enrichment, measure, report, servers

    found: dict[str, Any] = {"machine": report.machine()}
    _create_floor_table()
    since = timezone.now()
    with ExitStack() as stack:
        variables = dict(os.environ)
        with step("Two servers"):
            bare = servers.running(
                "screening.bench.floor:application", options, variables, directory / "floor.log"
            )
            whole = servers.running("ratel.wsgi:application", options, variables, directory / "evaluate.log")
            pair = [stack.enter_context(one) for one in (bare, whole)]
        stand = measure.make_stand(options, pair[0], pair[1], bank.teams())
        rounds = measure.measure(stand)
    decided = {
        name: decisions.count_decisions(stand.teams[name], since, sent) for name, sent in stand.sent.items()
    }
    rows = report.summary(measure.cases(options), rounds)
    found |= {"cases": rows, "decisions": decided}
    say(f"\n{report.table(rows)}\n\n{report.decision_lines(decided)}\n")
    try:
        if options.enrichment:
            found["enrichment"] = enrichment.compare(options, directory)
            say(f"{enrichment.table(found['enrichment'])}\n")
    finally:
        say(f"Written to {report.write(directory, options, found, rounds)}")


def _create_floor_table() -> None:
    """As small as a table with a row for each payment can be: its text, and a key that the database counts up."""
    statement = (
        "CREATE TABLE bench_floor (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text NOT NULL)"
    )
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as connection:
        connection.execute(statement)


if __name__ == "__main__":
    sys.exit(main())
