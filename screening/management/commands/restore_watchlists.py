"""`manage.py restore_watchlists [GENERATION]`: sets the public lists back, by default to before the last change."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from screening.watchlists.formats import ListRefused
from screening.watchlists.restoring import restore


class Command(BaseCommand):
    help = "Sets the public lists back to an earlier generation; their sources rest until they are resumed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("generation", nargs="?", help="default: the one before the current")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            generation = restore(
                options["generation"], progress=lambda step: self.stdout.write(f"{step} ...")
            )
        except ListRefused as refused:
            raise CommandError(f"the lists are as they were: {refused}") from None
        for code, counts in generation.changes.items():
            self.stdout.write(
                f"{code}: {counts['added']} added, {counts['changed']} changed, {counts['removed']} removed"
            )
        self.stdout.write(
            f"generation {generation.name}; resume refreshing with `manage.py watchlist_source resume CODE`"
        )
