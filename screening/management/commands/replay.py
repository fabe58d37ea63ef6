"""`manage.py replay FILE`: sends recorded payments to a running server over HTTP and reports what it decided.

It must not touch the database: what it measures is what a bank's backend would see.
"""

import sys
from argparse import ArgumentTypeError, BooleanOptionalAction
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from screening.replay import demo
from screening.replay.item import FileRefusedError, ReadOptions
from screening.replay.readers import FORMATS, find_reader
from screening.replay.report import Report, as_json, as_table
from screening.replay.run import Plan, replay
from screening.replay.sender import LARGEST_BATCH, MOST_CONNECTIONS, Manner
from screening.replay.stream import Source

INTERRUPTED_EXIT_CODE = 130
DEFAULT_TEAM = "ng"


class Command(BaseCommand):
    help = "Sends the payments of a file to a running server over HTTP, in time order, and reports."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        add_where(parser)
        add_what(parser)
        add_how(parser)

    def handle(self, *_arguments: str, **options: Any) -> None:
        """Prints the report; ends with an error when a payment got no decision."""
        try:
            report = replay(plan_of(options), sys.stderr)
        except FileRefusedError as problem:
            raise CommandError(str(problem)) from None
        self.stdout.write(as_table(report))
        if options["report"]:
            options["report"].write_bytes(as_json(report))
        end_as(report)


def add_where(parser: CommandParser) -> None:
    parser.add_argument("--url", help="the server's base URL (default: the one in demo.json)")
    who = parser.add_mutually_exclusive_group()
    who.add_argument("--key", help="an API key with the scope evaluate")
    who.add_argument(
        "--team",
        choices=demo.TEAM_CURRENCIES,
        help=f"a demo team, whose live key is used (default: {DEFAULT_TEAM})",
    )


def add_what(parser: CommandParser) -> None:
    parser.add_argument("--format", choices=["auto", *FORMATS], default="auto")
    parser.add_argument(
        "--currency", type=currency_code, help="sent instead of the file's own; amounts stay as they are"
    )
    parser.add_argument("--names", action=BooleanOptionalAction, default=True, help="send the parties' names")
    parser.add_argument(
        "--account-to-account", action="store_true", help="only payments between two accounts"
    )
    parser.add_argument(
        "--limit", type=number(1, 1_000_000_000), help="stop after the first so many payments of the file"
    )


def add_how(parser: CommandParser) -> None:
    parser.add_argument(
        "--rate", type=rate, metavar="PER_SECOND", help="payments a second (default: as fast as it goes)"
    )
    parser.add_argument(
        "--batch", type=number(1, LARGEST_BATCH), default=1, help="payments a request (default: 1)"
    )
    parser.add_argument(
        "--connections", type=number(1, MOST_CONNECTIONS), default=4, help="connections (default: 4)"
    )
    parser.add_argument(
        "--resume", action="store_true", help="go on after the last payment that was answered"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="decide without storing anything (persist: false)"
    )
    parser.add_argument("--report", type=Path, metavar="FILE.json", help="write the report as JSON as well")


def plan_of(options: dict[str, Any]) -> Plan:
    path: Path = options["file"]
    if not path.is_file():
        raise FileRefusedError(f"{path.name}: no such file")
    team = options["team"] or DEFAULT_TEAM
    read_options = ReadOptions(
        currency=options["currency"],
        default_currency=demo.TEAM_CURRENCIES[team],
        names=options["names"],
        account_to_account=options["account_to_account"],
    )
    state_directory = Path(settings.RATEL_STATE_DIRECTORY)
    return Plan(
        source=Source(path, find_reader(path, options["format"]), read_options),
        destination=demo.destination(state_directory, url=options["url"], key=options["key"], team=team),
        manner=Manner(options["batch"], options["connections"], options["rate"], options["dry_run"]),
        state_folder=state_directory / "replay",
        limit=options["limit"],
        is_resumed=options["resume"],
    )


def end_as(report: Report) -> None:
    """Ends with an error unless every payment was sent and got its decision."""
    if report.stopped:
        code = INTERRUPTED_EXIT_CODE if report.stopped == "interrupted" else 1
        raise CommandError(f"stopped: {report.stopped}", returncode=code)
    if report.counted.errors:
        raise CommandError(f"{report.counted.errors:,} payments got no decision")


def number(minimum: int, maximum: int) -> Callable[[str], int]:
    """A type for arguments: a whole number within limits."""

    def parse(text: str) -> int:
        value = int(text) if text.isascii() and text.isdigit() and len(text) < 12 else minimum - 1
        if not minimum <= value <= maximum:
            raise ArgumentTypeError(f"must be a whole number from {minimum:,} to {maximum:,}")
        return value

    return parse


def rate(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= 1_000_000:
        raise ArgumentTypeError("must be a number above 0, at most 1,000,000")
    return value


def currency_code(text: str) -> str:
    if not (len(text) == 3 and text.isascii() and text.isalpha()):
        raise ArgumentTypeError("must be three letters, as in ISO 4217")
    return text.upper()
