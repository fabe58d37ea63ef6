"""A hand at work on back-tests in its own process, for tests that kill it: `python -m tests.rule_trials.worker`.

Ranges are small. It says "judged" when the result of one is about to be committed; with `--led`
it goes on to the next only when it is sent a line.
"""

import sys
from typing import Any

import django

django.setup()

from screening.rule_trials import ranges, work  # noqa: E402 - the settings must be there first


def main() -> None:
    ranges.EVALUATIONS_A_RANGE = 10  # type: ignore[misc]
    done = ranges.done

    def told(*arguments: Any) -> bool:
        written = done(*arguments)
        sys.stdout.write("judged\n")
        sys.stdout.flush()
        if "--led" in sys.argv:
            sys.stdin.readline()
        return written

    ranges.done = told
    work.work(run_seconds=60)


if __name__ == "__main__":
    main()
