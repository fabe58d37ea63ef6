"""`manage.py export_audit ORGANISATION FILE`: writes the chain of one organisation as a file that verifies offline."""

from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ratel.tenancy import tenant
from teams.audit import export, offline
from teams.audit.walk import chain_height

_AT_ONCE = 50_000


class Command(BaseCommand):
    help = "Writes the audit trail of an organisation, all of it, with the script that verifies it beside it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("organisation", help="its id, as `verify_audit` prints it")
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            organisation_id = UUID(options["organisation"])
        except ValueError:
            raise CommandError("the organisation's id is needed") from None
        target: Path = options["file"]
        with tenant(organisation_id):
            height = chain_height(organisation_id)
        if not height:
            raise CommandError("there is no chain of such an organisation")
        with target.open("wb") as file:
            file.write(export.head_line(organisation_id, 1, height))
            for first in range(1, height + 1, _AT_ONCE):
                with tenant(organisation_id):
                    last = min(first + _AT_ONCE - 1, height)
                    file.writelines(export.lines(organisation_id, first, last))
        script = target.with_name("verify_audit.py")
        script.write_bytes(Path(offline.__file__).read_bytes())
        self.stdout.write(f"{height} links; verify them with: python3 {script.name} {target.name}")
