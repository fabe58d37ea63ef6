"""`python -m tests.chaos --kills 300 --external-ids 5000`: the long form of the crash suite, with its seed and counts."""

import argparse
import random
import sys
from pathlib import Path

from ratel.launcher import services
from tests.chaos.run import LONGEST_RECOVERY_SECONDS, Options, as_text, run


def main() -> int:
    """0 where nothing was lost, doubled or contradicted; the whole result is printed, and written where asked."""
    wanted = _arguments()
    options = Options(
        seed=wanted.seed,
        kills=wanted.kills,
        external_ids=wanted.external_ids,
        rolls=wanted.rolls,
        per_second=wanted.per_second,
        with_webhooks=not wanted.without_webhooks,
        longest_recovery_seconds=wanted.longest_recovery,
        is_forgetful=wanted.forgetful,
    )
    result = run(options, services.state_directory().directory / "chaos", _say)
    _say(as_text(result))
    if wanted.report:
        wanted.report.write_text(as_text(result))
    return 0 if result.is_clean else 1


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument(
        "--seed", type=int, default=random.randrange(1_000_000), help="repeats a run's choices"
    )
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--external-ids", type=int, default=5_000)
    parser.add_argument("--rolls", type=int, default=0, help="rolling restarts, after the kills")
    parser.add_argument("--per-second", type=float, default=60.0, help="calls of all clients together")
    parser.add_argument(
        "--longest-recovery",
        type=float,
        default=LONGEST_RECOVERY_SECONDS,
        help="seconds in which nobody may be answered, after a kill",
    )
    parser.add_argument("--report", type=Path, default=None, help="a file for the result as JSON")
    parser.add_argument("--forgetful", action="store_true", help="with a faulty database: the run must fail")
    parser.add_argument("--without-webhooks", action="store_true", help="decisions and events only")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
