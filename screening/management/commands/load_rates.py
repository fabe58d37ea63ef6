"""`manage.py load_rates FILE --team ID`: loads a team's dated exchange rates, in effect within a second."""

from datetime import date
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import msgspec
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from screening.services.rates import RatesRefused, rates_load

DEMO_TEAMS: Final = ("ng", "id", "us")


class DemoTeam(msgspec.Struct):
    id: UUID


class Demo(msgspec.Struct):
    """The part of the demo's file that is read here."""

    teams: dict[str, DemoTeam]


class Command(BaseCommand):
    help = "Loads exchange rates in the European Central Bank's CSV form (eurofxref) for one team."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="eurofxref.csv or eurofxref-hist.csv")
        parser.add_argument(
            "--since",
            type=date.fromisoformat,
            default=date.min,
            help="leave out earlier days: the whole table is read again at each change of the configuration",
        )
        whose = parser.add_mutually_exclusive_group(required=True)
        whose.add_argument("--team", type=UUID, help="the team's id")
        whose.add_argument("--demo-team", choices=DEMO_TEAMS, help="a team of the demo bank")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["file"].is_file():
            raise CommandError(f"{options['file']} is not a file")
        team_id = options["team"] or _demo_team(options["demo_team"])
        try:
            loaded = rates_load(team_id=team_id, path=options["file"], since=options["since"])
        except RatesRefused as refused:
            raise CommandError(f"refused, the rates are as they were: {refused}") from None
        self.stdout.write(
            f"{loaded.rates} rates of {loaded.currencies} currencies, {loaded.first_day} to {loaded.last_day}"
        )


def _demo_team(code: str) -> UUID:
    try:
        demo = msgspec.json.decode((settings.RATEL_STATE_DIRECTORY / "demo.json").read_bytes(), type=Demo)
        return demo.teams[code].id
    except (OSError, msgspec.DecodeError, KeyError):
        raise CommandError(
            "the demo bank is not there: start it once with make run, or give --team"
        ) from None
