"""`manage.py show_demo`: prints how to enter the demo bank, and a request to paste for each of its teams.

It prints passwords and keys to the terminal of whoever may read `demo.json`; it must never log them.
"""

from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import orjson
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from screening.demo import document as demo_document
from screening.demo.bank import TEAM_NAMES
from screening.demo.document import Document

# A first payment for each pack, chosen so that the answer has something to say.
EXAMPLES: Final[dict[str, dict[str, object]]] = {
    "id": {"amountIdr": 500_000_000, "channel": "transfer"},
    "ng": {"amount": 6_200_000, "channel": "branch", "type": "cash_deposit", "kycStatus": "verified"},
    "us": {"amount": "9850.25", "channel": "wire", "counterpartyName": "Viktor Bout"},
}
DIRECTIONS: Final = {"id": "debit", "ng": "credit", "us": "debit"}


class Command(BaseCommand):
    help = "Prints the demo bank's address, logins, keys and ready-to-paste requests."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        path = demo_document.path_in(Path(settings.RATEL_STATE_DIRECTORY))
        document = demo_document.read(path)
        if document is None:
            raise CommandError(f"there is no {path.name} yet: `make run` writes it at its first start")
        self.stdout.write("\n".join(lines(document, path)))


def lines(document: Document, path: Path) -> list[str]:
    """What is printed, line by line."""
    logins = [f"  {role:<8} {login.email:<30} {login.password}" for role, login in document.users.items()]
    keys = [
        line
        for pack, held in document.teams.items()
        for line in (
            f"  {pack}  {TEAM_NAMES[pack]:<20} {held.live_key}",
            f"      {'its sandbox':<20} {held.test_key}",
        )
    ]
    return [
        "",
        f"Ratel Demo Bank at {document.base_url} (the same in {path})",
        "",
        "People, each with the role in all three teams:",
        *logins,
        "",
        "API keys:",
        *keys,
        "",
        "A first decision (paste one):",
        *(curl(document, pack) for pack in EXAMPLES),
        "",
        f"The API and all of its fields: {document.base_url}/api/docs",
        "",
    ]


def curl(document: Document, pack: str) -> str:
    """One line for a shell; its external id is new each time it is printed, so the first paste decides."""
    body = {
        "customerId": "newcomer",
        "direction": DIRECTIONS[pack],
        **EXAMPLES[pack],
        "externalId": f"first-{uuid4().hex[:8]}",
    }
    return (
        f"  curl -X POST {document.base_url}/api/transactions/evaluate -H 'X-API-Key: {document.teams[pack].live_key}'"
        f" -H 'Content-Type: application/json' -d '{orjson.dumps(body).decode()}'"
    )
