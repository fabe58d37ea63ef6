"""`manage.py load_demo_volume --evaluations 200000 --alerts 20000`: fills a demo team for measuring its pages.

Everything is marked as synthetic. Refused in production; never part of a first start; each run adds as much again.
"""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from cases.demo.volume import Volume, load
from screening.demo import bank as demo_bank
from screening.demo import document as demo_document
from screening.demo.api import CallRefusedError
from screening.demo.bank import TEAM_NAMES

SAID_EVERY = 20_000


class Command(BaseCommand):
    help = "Fills one demo team with synthetic payments and alerts, for measuring how fast its pages are."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--evaluations", type=int, default=200_000)
        parser.add_argument("--alerts", type=int, default=20_000)
        parser.add_argument("--days", type=int, default=60, help="over how many days back from now")
        parser.add_argument("--team", choices=sorted(TEAM_NAMES), default="us")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.RATEL_ENVIRONMENT == "production":
            raise CommandError("synthetic payments have no place in a production system (RATEL_ENVIRONMENT)")
        bank, pack = demo_bank.find(), options["team"]
        document = demo_document.read(demo_document.path_in(Path(settings.RATEL_STATE_DIRECTORY)))
        if bank is None or document is None:
            raise CommandError("there is no demo bank yet: `make run` makes it at its first start")
        volume = Volume(options["evaluations"], options["alerts"], options["days"])
        if not 0 <= volume.alerts <= volume.evaluations or volume.days < 1:
            raise CommandError("there can be at most as many alerts as evaluations, over at least one day")
        try:
            for done in load(bank.teams[pack], document.teams[pack].live_key, volume, timezone.now()):
                if done % SAID_EVERY == 0:
                    self.stdout.write(f"  {done:,} of {volume.evaluations:,} decided")
        except CallRefusedError as refused:
            raise CommandError(f"a payment got no decision: {refused}") from None
