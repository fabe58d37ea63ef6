"""`manage.py load_watchlist FORMAT PATH`: loads a public list for every organisation, in effect within seconds."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from screening.watchlists.formats import FORMATS, ListRefused
from screening.watchlists.generations import load_public_list

SHOWN_BAD_RECORDS = 10


class Command(BaseCommand):
    help = (
        "Loads a public watchlist (for every organisation) and publishes a new generation of the name index."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("format", choices=sorted(FORMATS))
        parser.add_argument("path", type=Path, help="the publisher's file, or the folder of its files")
        parser.add_argument("--code", help="under which code the list is kept (default: the format)")
        parser.add_argument("--name", help="what people call the list")
        parser.add_argument("--kind", choices=["sanctions", "pep", "internal", "adverse_media"])
        parser.add_argument(
            "--minimum-share",
            type=float,
            default=0.8,
            help="refuse a list that shrank below this share of what is loaded (default 0.8)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["path"].exists():
            raise CommandError(f"{options['path']} does not exist")
        try:
            loaded = load_public_list(
                options["format"],
                options["path"],
                code=options["code"],
                kind=options["kind"],
                name=options["name"],
                minimum_share_of_previous=options["minimum_share"],
                progress=lambda step: self.stdout.write(f"{step} ..."),
            )
        except ListRefused as refused:
            raise CommandError(f"refused, the lists are as they were: {refused}") from None
        for record in loaded.bad_records[:SHOWN_BAD_RECORDS]:
            self.stdout.write(f"skipped {record}")
        if len(loaded.bad_records) > SHOWN_BAD_RECORDS:
            self.stdout.write(f"and {len(loaded.bad_records) - SHOWN_BAD_RECORDS} more bad records")
        self.stdout.write(
            f"{loaded.code}: {loaded.entries} entries ({loaded.added} added, {loaded.changed} changed,"
            f" {loaded.removed} removed), generation {loaded.generation}"
        )
