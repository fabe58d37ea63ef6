"""`manage.py load_watchlist FORMAT PATH`: loads a list for every organisation, or a private one for a single one."""

from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from screening.models import Watchlist
from screening.watchlists.formats import FORMATS, ListRefused
from screening.watchlists.formats.csv_list import COLUMNS
from screening.watchlists.generations import ListFile, load_list
from teams.audit.chain import organisations

SHOWN_BAD_RECORDS = 10


def column(text: str) -> tuple[str, str]:
    """`OURS=THEIRS` of a CSV with other column names."""
    ours, _, theirs = text.partition("=")
    if ours not in COLUMNS or not theirs:
        raise ArgumentTypeError(f"must be OURS=THEIRS, with OURS one of {', '.join(COLUMNS)}")
    return ours, theirs


class Command(BaseCommand):
    help = (
        "Loads a watchlist (for every organisation, or with --organisation a private one) and puts a new generation"
        " of the name index in force."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("format", choices=sorted(FORMATS))
        parser.add_argument("path", type=Path, help="the publisher's file, or the folder of its files")
        parser.add_argument("--code", help="under which code the list is kept (default: the format)")
        parser.add_argument("--name", help="what people call the list")
        parser.add_argument("--kind", choices=["sanctions", "pep", "internal", "adverse_media"])
        parser.add_argument("--organisation", type=UUID, help="whose private list it is (default: public)")
        parser.add_argument("--column", action="append", type=column, default=[], metavar="OURS=THEIRS")
        parser.add_argument("--canary", action="append", default=[], help="a name that must be found in it")
        parser.add_argument(
            "--minimum-share",
            type=float,
            default=0.8,
            help="refuse a list that shrank below this share of what is loaded (default 0.8)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["path"].exists():
            raise CommandError(f"{options['path']} does not exist")
        if options["organisation"] is not None and options["organisation"] not in organisations():
            raise CommandError("there is no such organisation")
        code = options["code"] or options["format"]
        if options["organisation"] and Watchlist.objects.filter(organisation_id=None, code=code).exists():
            raise CommandError(f"a public list is called {code}: give another --code")
        file = ListFile(
            format=options["format"],
            path=options["path"],
            code=code,
            name=options["name"],
            kind=options["kind"],
            columns=dict(options["column"]),
            canaries=options["canary"],
            minimum_share_of_previous=options["minimum_share"],
        )
        try:
            loaded = load_list(
                file,
                organisation_id=options["organisation"],
                progress=lambda step: self.stdout.write(f"{step} ..."),
            )
        except ListRefused as refused:
            raise CommandError(f"refused, the lists are as they were: {refused}") from None
        for record in loaded.bad_records[:SHOWN_BAD_RECORDS]:
            self.stdout.write(f"skipped {record}")
        if loaded.bad > SHOWN_BAD_RECORDS:
            self.stdout.write(f"and {loaded.bad - SHOWN_BAD_RECORDS} more bad records")
        self.stdout.write(
            f"{loaded.code}: {loaded.entries} entries ({loaded.added} added, {loaded.changed} changed,"
            f" {loaded.removed} removed), generation {loaded.generation}"
        )
