"""`manage.py refresh_packs`: brings changed country lists of the packs into force, for every team."""

from typing import Any

from django.core.management.base import BaseCommand

from ratel.tenancy import tenant
from screening.services.packs import pack_refresh
from teams.audit.chain import organisations
from teams.models import Team
from teams.principal import TeamFacts


class Command(BaseCommand):
    help = "Writes a new ruleset for every team whose pack has other country lists than those in force."

    def handle(self, *args: Any, **options: Any) -> None:
        refreshed = [pack_refresh(team) for team in _teams()]
        self.stdout.write(f"{sum(refreshed)} of {len(refreshed)} teams have new country lists")


def _teams() -> list[TeamFacts]:
    found = []
    for organisation_id in organisations():
        with tenant(organisation_id):
            found += [
                TeamFacts(team.id, organisation_id, team.pack, team.currency, team.sandbox_of_id is not None)
                for team in Team.objects.all()
            ]
    return found
