"""What the limiter costs a call: `python -m tests.limits.cost`, in an environment that names a Redis."""

import os
import statistics
import sys
import time
import uuid
from collections.abc import Callable

import django

CALLS = 5_000


def median_us(call: Callable[[], object]) -> float:
    taken = []
    for _ in range(CALLS):
        started = time.perf_counter_ns()
        call()
        taken.append(time.perf_counter_ns() - started)
    return statistics.median(taken) / 1_000


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ratel.settings")
    django.setup()
    from ratel.direct import DirectCall
    from teams.limits import admission, usage
    from teams.limits.bucket import buckets_of
    from teams.limits.tiers import Limit
    from teams.principal import Principal, TeamFacts

    # Counted, and forgotten again before anybody writes it down: these keys do not exist.
    usage._start = lambda: None
    organisation, key, limit = uuid.uuid4(), uuid.uuid4(), Limit(1_000_000, 100_000)
    team = TeamFacts(uuid.uuid4(), organisation, "us", "USD", False)
    for name, own, ceiling in (
        ("no limits", None, None),
        ("a key's limit", limit, None),
        ("a key's limit and a ceiling", limit, limit),
    ):
        buckets = buckets_of(organisation, key, own, ceiling)
        caller = Principal("key", key, team, frozenset(), None, buckets=buckets)
        call = DirectCall({})
        spent = median_us(lambda caller=caller, call=call: admission.admit(caller, call))
        sys.stdout.write(f"{name}: {spent:.1f} us a call (median of {CALLS}, one client)\n")


if __name__ == "__main__":
    main()
