"""`manage.py refresh_packs`: brings changed country lists of the packs into force, for every team."""

from typing import Any

from django.core.management.base import BaseCommand

from screening.services.packs import pack_refresh
from teams.directory import all_teams


class Command(BaseCommand):
    help = "Writes a new ruleset for every team whose pack has other country lists than those in force."

    def handle(self, *args: Any, **options: Any) -> None:
        refreshed = [pack_refresh(team) for team in all_teams()]
        self.stdout.write(f"{sum(refreshed)} of {len(refreshed)} teams have new country lists")
