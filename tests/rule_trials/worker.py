"""A hand at work on a team's back-tests in its own process, for tests that kill it: `python -m tests.rule_trials.worker
ORG TEAM`.

Ranges are small. It says "judged" when the result of one is about to be committed; with `--led`
it goes on to the next only when it is sent a line.
"""

import sys
import time
from typing import Any
from uuid import UUID

import django

django.setup()

from ratel.tenancy import tenant  # noqa: E402 - the settings must be there first
from screening.rule_trials import ranges  # noqa: E402
from screening.rule_trials.work import work_on  # noqa: E402
from teams.directory import facts_of  # noqa: E402
from teams.models import Team  # noqa: E402


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
    organisation_id, team_id = UUID(sys.argv[1]), UUID(sys.argv[2])
    with tenant(organisation_id, [team_id]):
        team = facts_of(Team.objects.get(id=team_id))
    work_on(team, time.monotonic() + 600)


if __name__ == "__main__":
    main()
