"""`manage.py repeat_evaluation evl_...`: decides a stored evaluation again and shows whether anything differs."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ratel.identifiers import read
from screening.repeat import Repetition, UnknownEvaluation, repeat
from teams.directory import all_teams


class Command(BaseCommand):
    help = "Repeats stored evaluations from what was stored with them; exits with 1 where one comes out differently."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("evaluation", nargs="+", help="evaluation ids, evl_...")

    def handle(self, *args: Any, **options: Any) -> None:
        different = 0
        for text in options["evaluation"]:
            differences = self._repeat(text).differences
            if differences:
                different += 1
                names = ", ".join(differences)
                self.stdout.write(f"{text}: DIFFERENT in {names}")
            else:
                self.stdout.write(f"{text}: the same decision again")
        if different:
            raise CommandError(f"{different} came out differently")

    def _repeat(self, text: str) -> Repetition:
        identifier = read("evl", text)
        if identifier is None:
            raise CommandError(f"{text} is not an evaluation's id")
        for team in all_teams():
            try:
                return repeat(team, identifier)
            except UnknownEvaluation:
                continue
        raise CommandError(f"{text} is not known")
