"""`manage.py build_name_index [GENERATION]`: makes the directory of a published generation on a host that lacks it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from screening.models import WatchlistGeneration
from screening.watchlists.building import (
    build_public,
    current_public,
    directory_for,
    lists_of,
    remove_old_directories,
)


class Command(BaseCommand):
    help = "Builds the name index of the public lists on this host, where it is not there yet."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("generation", nargs="?", help="default: the one in force")

    def handle(self, *args: Any, **options: Any) -> None:
        generation = current_public()
        if options["generation"]:
            generation = WatchlistGeneration.objects.filter(
                organisation_id=None, name=options["generation"]
            ).first()
        if generation is None:
            raise CommandError("there is no such generation of the public lists")
        build_public(directory_for(generation), lists_of(generation))
        remove_old_directories()
        self.stdout.write(f"{generation.name}: {generation.entry_count} entries")
