"""`manage.py refresh_watchlists [CODE]`: refreshes the sources that are due, or one at once. The worker calls it, too."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from screening.models import WatchlistSource
from screening.watchlists.sources import refresh, refresh_due
from screening.watchlists.writing import writing

LEASE = timedelta(minutes=45)


class Command(BaseCommand):
    help = "Refreshes the lists whose sources are due; with a code, that one now."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("code", nargs="?", help="refresh this list, whether it is due or not")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["code"]:
            self.stdout.write(f"{refresh_due(self._tell)} sources were due")
            return
        source = self._take(options["code"])
        loaded = refresh(source, self._tell)
        source.refresh_from_db()
        if source.last_failure:
            raise CommandError(f"the list is as it was: {source.last_failure}")
        if loaded is None:
            self.stdout.write(f"{source.code}: nothing has changed")
            return
        self.stdout.write(
            f"{loaded.code}: {loaded.entries} entries ({loaded.added} added, {loaded.changed} changed,"
            f" {loaded.removed} removed), generation {loaded.generation}"
        )

    def _tell(self, step: str) -> None:
        self.stdout.write(f"{step} ...")

    def _take(self, code: str) -> WatchlistSource:
        """Whoever calls by hand goes before a lease; loads wait for each other anyway."""
        with writing(None):
            source = WatchlistSource.objects.filter(organisation_id=None, code=code).first()
            if source is None:
                raise CommandError(f"no source is called {code}")
            source.lease_until = timezone.now() + LEASE
            source.save(update_fields=["lease_until"])
        return source
