"""`manage.py limit_organisation ID --per-minute 50000 --burst 5000`: a ceiling over all keys of an organisation together.

It is the operator's, not the organisation's own: its administrators set limits of keys, never this one. In effect
within a second. Without numbers there is no ceiling any more.
"""

from argparse import ArgumentTypeError
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ratel.tenancy import tenant
from teams import audit
from teams.limits.tiers import LARGEST_BURST, LARGEST_RATE
from teams.models import Organisation


class Command(BaseCommand):
    help = "Sets how many calls all keys of an organisation together may make; without numbers nothing limits them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("organisation", type=UUID)
        parser.add_argument("--per-minute", type=_up_to(LARGEST_RATE))
        parser.add_argument("--burst", type=_up_to(LARGEST_BURST))

    def handle(self, *args: Any, **options: Any) -> None:
        per_minute, burst = options["per_minute"], options["burst"]
        if (per_minute is None) != (burst is None):
            raise CommandError("--per-minute and --burst go together")
        identifier: UUID = options["organisation"]
        with tenant(identifier):
            organisation = Organisation.objects.select_for_update().filter(id=identifier).first()
            if organisation is None:
                raise CommandError("there is no such organisation")
            before = _shown(organisation)
            organisation.ceiling_per_minute, organisation.ceiling_burst = per_minute, burst
            organisation.save(update_fields=["ceiling_per_minute", "ceiling_burst"])
            audit.record(
                organisation_id=identifier,
                team_id=None,
                actor=audit.system(),
                action="organisation.limited",
                subject=("organisation", str(identifier)),
                before=before,
                after=_shown(organisation),
            )
        self.stdout.write(f"{per_minute} a minute, burst {burst}" if burst else "no ceiling")


def _shown(organisation: Organisation) -> dict[str, Any]:
    return {"perMinute": organisation.ceiling_per_minute, "burst": organisation.ceiling_burst}


def _up_to(largest: int) -> Any:
    def number(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= largest:
            raise ArgumentTypeError(f"must be a whole number from 1 to {largest}")
        return int(text)

    return number
