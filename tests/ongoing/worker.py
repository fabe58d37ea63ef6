"""A worker of the ongoing lane in its own process, for tests that kill it: `python -m tests.ongoing.worker ORG TEAM`.

Pages are small, so that there are many moments between two of them. It says "page" when one is about to be committed;
with `--led` it goes on only when it is sent a line.
"""

import sys
from typing import Any

import django

django.setup()

from screening.ongoing import screen, tasks  # noqa: E402 - the settings must be there first


def main() -> None:
    screen.CUSTOMERS_A_PAGE = 2  # type: ignore[misc]
    done = screen.page_done

    def told(*arguments: Any) -> None:
        done(*arguments)
        sys.stdout.write("page\n")
        sys.stdout.flush()
        if "--led" in sys.argv:
            sys.stdin.readline()

    screen.page_done = told
    while tasks.work_ongoing(*sys.argv[1:3]):
        pass


if __name__ == "__main__":
    main()
