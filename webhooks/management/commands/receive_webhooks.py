"""`manage.py receive_webhooks --port 9000 --secret whsec_...`: listens, verifies each delivery and prints it."""

import signal
import sys
from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any

import orjson
from django.core.management.base import BaseCommand, CommandError, CommandParser

from webhooks.receiver import Manner, server
from webhooks.signing import secret_bytes

LOOPBACK = "127.0.0.1"
STANDARD_INPUT = "-"


class Command(BaseCommand):
    help = "Listens for webhooks, verifies each and prints it as one line of JSON, until Ctrl-C."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--host", default=LOOPBACK, help="the address to listen on (default: this machine only)"
        )
        parser.add_argument(
            "--port", type=int, default=9000, help="the port to listen on; 0 takes a free one"
        )
        known = parser.add_argument_group("the endpoint's secret, of which at least one is needed")
        known.add_argument(
            "--secret", action="append", default=[], metavar="whsec_...", help="may be given twice"
        )
        known.add_argument("--secret-file", metavar="FILE", help="one secret a line; - reads standard input")
        how = parser.add_argument_group("what goes wrong on purpose")
        how.add_argument("--fail-share", type=_share, default=0.0, help="share of calls that get 500, 0 to 1")
        how.add_argument("--delay-seconds", type=_delay, default=0.0, help="how long each answer waits")
        how.add_argument("--seed", type=int, help="makes the same calls fail again")

    def handle(self, *_arguments: str, **options: Any) -> None:
        manner = Manner(
            secrets=_secrets(options["secret"], options["secret_file"]),
            fail_share=options["fail_share"],
            delay_seconds=options["delay_seconds"],
            seed=options["seed"],
        )
        try:
            listening = server((options["host"], options["port"]), manner, self._say)
        except (OSError, OverflowError) as problem:
            raise CommandError(f"cannot listen on {options['host']}:{options['port']}: {problem}") from None
        host, port = listening.server_address[:2]
        self.stderr.write(f"Listening on http://{host!s}:{port}/; Ctrl-C stops.")
        self.stderr.flush()
        # A polite kill ends like Ctrl-C.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        with listening:
            try:
                listening.serve_forever(poll_interval=0.1)
            except KeyboardInterrupt:
                return

    def _say(self, report: dict[str, Any]) -> None:
        self.stdout.write(orjson.dumps(report).decode())
        self.stdout.flush()


def _secrets(given: list[str], file: str | None) -> list[str]:
    secrets = [*given, *(_lines(file) if file else [])]
    if not secrets:
        raise CommandError("give --secret or --secret-file: without one, nothing can be told from a forgery")
    for secret in secrets:
        try:
            secret_bytes(secret)
        except ValueError as problem:
            raise CommandError(str(problem)) from None
    return secrets


def _lines(file: str) -> list[str]:
    try:
        text = sys.stdin.read() if file == STANDARD_INPUT else Path(file).read_text()
    except OSError as problem:
        raise CommandError(f"the file with the secret cannot be read: {problem.strerror}") from None
    return [line.strip() for line in text.splitlines() if line.strip()]


def _share(text: str) -> float:
    return _number(text, 0.0, 1.0)


def _delay(text: str) -> float:
    return _number(text, 0.0, 60.0)


def _number(text: str, lowest: float, highest: float) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not lowest <= number <= highest:
        raise ArgumentTypeError(f"must be from {lowest:g} to {highest:g}")
    return number
