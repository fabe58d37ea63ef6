"""What the command line of the bench may change; the defaults are the measurement that the documentation quotes."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent.parent
CASES = ("floor", "single", "named", "batch", "batch_named")


@dataclass(frozen=True)
class Options:
    """Sizes of the bank, and how long each case is measured."""

    rounds: int
    seconds: float
    cases: tuple[str, ...]
    customers: int
    past_transactions: int
    list_names: int
    small_rows: int
    large_rows: int
    enrichment: bool
    profile: bool
    profile_requests: int
    fresh: bool
    drop: bool
    connections: int
    batch_connections: int
    batch_size: int
    workers: int
    threads: int
    server_settings: Path


def read_options(arguments: Sequence[str] | None = None) -> Options:
    parser = argparse.ArgumentParser(prog="make bench ARGS=...", description=__doc__)
    whole = [("rounds", 5), ("customers", 12_000), ("past-transactions", 200_000), ("list-names", 20_000)]
    whole += [("small-rows", 10_000), ("large-rows", 5_000_000), ("profile-requests", 2_000)]
    whole += [
        ("connections", 8),
        ("batch-connections", 4),
        ("batch-size", 500),
        ("workers", 2),
        ("threads", 2),
    ]
    for name, default in whole:
        parser.add_argument(f"--{name}", type=_at_least_one, default=default)
    parser.add_argument("--seconds", type=float, default=4.0, help="of each case in each round")
    parser.add_argument(
        "--cases", type=_cases, default=CASES, help=f"some of {','.join(CASES)}; floor is always there"
    )
    parser.add_argument("--quick", action="store_true", help="one round of one second")
    parser.add_argument(
        "--no-enrichment", dest="enrichment", action="store_false", help="without the large table"
    )
    parser.add_argument(
        "--profile", action="store_true", help="where the time of one evaluation goes, and nothing else"
    )
    parser.add_argument("--fresh", action="store_true", help="make the bench's databases anew")
    parser.add_argument("--drop", action="store_true", help="remove the bench's databases, and nothing else")
    settings = PROJECT / "ratel" / "gunicorn.py"
    parser.add_argument(
        "--server-settings", type=Path, default=settings, help="of gunicorn (default: the project's)"
    )
    given = vars(parser.parse_args(arguments))
    quick = given.pop("quick")
    options = Options(**given)
    return replace(options, rounds=1, seconds=1.0) if quick else options


def _at_least_one(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def _cases(text: str) -> tuple[str, ...]:
    wanted = {name.strip() for name in text.split(",")} | {"floor"}
    if wanted - set(CASES):
        raise argparse.ArgumentTypeError(f"known are {', '.join(CASES)}")
    # Batches are compared with singles of the same kind.
    wanted |= {"single"} if "batch" in wanted else set()
    wanted |= {"named"} if "batch_named" in wanted else set()
    return tuple(name for name in CASES if name in wanted)
