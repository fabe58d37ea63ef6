"""`manage.py load_demo --port PORT`: makes the demo bank where there is none, and checks it where there is.

Safe to repeat and to interrupt. Nothing moves in the database afterwards: it returns when every payment is decided.
"""

from pathlib import Path
from typing import Any, Final

import msgspec
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from screening import watchlists
from screening.demo import bank as demo_bank
from screening.demo import document as demo_document
from screening.demo import fill
from screening.demo.api import CallRefusedError
from screening.demo.bank import Bank
from screening.demo.document import Document
from screening.models import Watchlist
from screening.watchlists.formats import read_all
from screening.watchlists.generations import load_public_list

LIST_CODE: Final = "demo"
LIST_NAME: Final = "Demo list"
LIST_PATH: Final = Path(watchlists.__file__).parent / "demo.csv"


class Command(BaseCommand):
    help = "Makes the demo bank with its teams, people, keys, names and payments, unless it is there."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="where the server will answer")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.RATEL_ENVIRONMENT == "production":
            raise CommandError("the demo bank has no place in a production system (RATEL_ENVIRONMENT)")
        state_directory = Path(settings.RATEL_STATE_DIRECTORY)
        bank, document = self._bank(demo_document.path_in(state_directory), options["port"])
        self._load_list()
        self._send_payments(bank, document)

    def _bank(self, path: Path, port: int) -> tuple[Bank, Document]:
        """The bank of the database with a document that opens it, each made where it is missing."""
        found, kept = demo_bank.find(), demo_document.read(path)
        if found is None:
            bank, document = demo_bank.make()
            self.stdout.write(
                f"  {demo_bank.ORGANISATION}: {len(bank.all_teams)} teams, {len(bank.people)} people"
            )
        elif kept is None or not demo_bank.opens(kept, found):
            bank, document = found, demo_bank.renew(found)
            self.stdout.write(
                f"  {path.name} was lost or is not this bank's: new passwords and keys, the old ones ended"
            )
        else:
            bank, document = found, kept
        current = msgspec.structs.replace(document, base_url=f"http://127.0.0.1:{port}")
        if current != kept:
            demo_document.write(path, current)
        return bank, current

    def _load_list(self) -> None:
        loaded = Watchlist.objects.filter(organisation_id=None, code=LIST_CODE).first()
        if loaded is not None and loaded.source_digest == read_all("csv", LIST_PATH).digest:
            return
        counted = load_public_list("csv", LIST_PATH, code=LIST_CODE, name=LIST_NAME)
        self.stdout.write(f"  {LIST_NAME}: {counted.entries} listed names")

    def _send_payments(self, bank: Bank, document: Document) -> None:
        now = timezone.now()
        wanted = fill.missing(bank, now)
        if not wanted:
            return
        try:
            filled = fill.fill(wanted, bank, document, now)
        except CallRefusedError as refused:
            raise CommandError(f"a payment got no decision: {refused}") from None
        for pack, counted in filled.items():
            self.stdout.write(f"  {pack}: {counted.decided} payments decided, {counted.alerts} alerts")
