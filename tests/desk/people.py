"""People of a bank at the desk, without a browser: signed-in clients that name a team in every address."""

from dataclasses import dataclass
from typing import Any

from django.test import Client
from django.urls import reverse

from tests.cast import PASSWORD, Bank


@dataclass
class Seat:
    """One person signed in, at the desk of one team."""

    bank: Bank
    pack: str
    client: Client

    @property
    def team_id(self) -> Any:
        return self.bank.teams[self.pack].id

    def url(self, name: str, *arguments: Any) -> str:
        return reverse(name, args=[self.team_id, *arguments])

    def get(self, name: str, /, *arguments: Any, **query: Any) -> Any:
        return self.client.get(self.url(name, *arguments), query)

    def post(self, name: str, /, *arguments: Any, **form: Any) -> Any:
        """The answer to the form, without following it."""
        return self.client.post(self.url(name, *arguments), form)

    def do(self, name: str, /, *arguments: Any, **form: Any) -> Any:
        """The page that the person sees after the form."""
        return self.client.post(self.url(name, *arguments), form, follow=True)


def seat(bank: Bank, role: str, pack: str) -> Seat:
    client = Client()
    assert client.login(username=bank.people[role].email, password=PASSWORD)
    return Seat(bank, pack, client)
