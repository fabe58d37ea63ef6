"""`manage.py watchlist_source add | show | resume | remove`: where public lists are read from, and how often."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from screening.management.commands.load_watchlist import column
from screening.models import WatchlistSource
from screening.watchlists.formats import FORMATS
from screening.watchlists.sources import (
    LONGEST_CADENCE_SECONDS,
    SHORTEST_CADENCE_SECONDS,
    is_remote,
)
from screening.watchlists.writing import writing
from webhooks.egress import Refused, Targets, check_url


class Command(BaseCommand):
    help = "Adds, shows or removes a source that a public list is refreshed from."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        add = actions.add_parser("add", help="a new source, or another definition of the one with this code")
        add.add_argument("code", help="the code of the list")
        add.add_argument("format", choices=sorted(FORMATS))
        add.add_argument(
            "location",
            help="an https address, or a path on the worker's host; a folder where files belong together",
        )
        add.add_argument("--every", type=int, default=86_400, metavar="SECONDS", help="default: a day")
        add.add_argument("--name", help="what people call the list")
        add.add_argument("--kind", choices=["sanctions", "pep", "internal", "adverse_media"])
        add.add_argument("--minimum-share", type=float, default=0.8, help="as of load_watchlist")
        add.add_argument(
            "--canary", action="append", default=[], help="a name that must be found in the list"
        )
        add.add_argument("--column", action="append", type=column, default=[], metavar="OURS=THEIRS")
        actions.add_parser("show", help="all sources and what came of their last refresh")
        resume = actions.add_parser(
            "resume", help="refreshes a list again that was set back to an older generation"
        )
        resume.add_argument("code")
        remove = actions.add_parser("remove", help="the list stays as it is and is refreshed no more")
        remove.add_argument("code")

    def handle(self, *args: Any, **options: Any) -> None:
        actions = {"add": self._add, "show": self._show, "resume": self._resume, "remove": self._remove}
        actions[options["action"]](options)

    def _add(self, options: dict[str, Any]) -> None:
        cadence = options["every"]
        if not SHORTEST_CADENCE_SECONDS <= cadence <= LONGEST_CADENCE_SECONDS:
            raise CommandError(f"--every must be {SHORTEST_CADENCE_SECONDS} to {LONGEST_CADENCE_SECONDS}")
        if is_remote(options["location"]):
            try:
                check_url(options["location"], Targets.from_settings())
            except Refused as refused:
                raise CommandError(f"lists are not fetched from there: {refused.reason}") from None
        with writing(None):
            WatchlistSource.objects.update_or_create(
                organisation_id=None,
                code=options["code"],
                defaults={
                    "name": options["name"] or options["code"],
                    "kind": options["kind"],
                    "format": options["format"],
                    "location": options["location"],
                    "columns": dict(options["column"]),
                    "cadence_seconds": cadence,
                    "minimum_share": options["minimum_share"],
                    "canaries": options["canary"],
                    "is_enabled": True,
                    "due_at": timezone.now(),
                    "validators": {},
                },
            )
        self.stdout.write(f"{options['code']}: every {cadence} s, for the first time within a minute")

    def _show(self, options: dict[str, Any]) -> None:
        for source in WatchlistSource.objects.filter(organisation_id=None).order_by("code"):
            outcome = source.last_failure or f"refreshed {source.last_success_at or 'never'}"
            if not source.is_enabled:
                outcome += ", rests since the lists were set back"
            self.stdout.write(
                f"{source.code} ({source.format}, every {source.cadence_seconds} s): {outcome},"
                f" due {source.due_at}"
            )

    def _resume(self, options: dict[str, Any]) -> None:
        sources = WatchlistSource.objects.filter(organisation_id=None, code=options["code"])
        with writing(None):
            resumed = sources.update(is_enabled=True, due_at=timezone.now(), validators={})
        if not resumed:
            raise CommandError(f"no source is called {options['code']}")
        self.stdout.write(f"{options['code']}: refreshed again within a minute")

    def _remove(self, options: dict[str, Any]) -> None:
        with writing(None):
            removed, _ = WatchlistSource.objects.filter(organisation_id=None, code=options["code"]).delete()
        if not removed:
            raise CommandError(f"no source is called {options['code']}")
        self.stdout.write(f"{options['code']}: refreshed no more")
