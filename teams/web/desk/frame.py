"""What a page of the desk knows of whoever looks at it, and how it answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.module_loading import import_string

from ratel.problem import Refusal
from teams.models import Membership, Person, Team
from teams.principal import Principal
from teams.web.desk.sections import SECTIONS
from teams.web.see_other import see_other

# Where a form says to which address of the desk its answer leads.
BACK = "back"
_LONGEST_ADDRESS = 2_000


@dataclass(frozen=True)
class MenuItem:
    code: str
    label: str
    url: str
    count: int | None


@dataclass
class Desk:
    """One request of a person who acts in a team. Pages read inside a transaction that sees this team only."""

    request: HttpRequest
    person: Person
    membership: Membership
    memberships: Sequence[Membership]
    caller: Principal
    section: str

    @property
    def team(self) -> Team:
        return self.membership.team

    def may(self, scope: str) -> bool:
        return self.caller.may(scope)

    @cached_property
    def rights(self) -> dict[str, bool]:
        """The rights of the person's role for templates, with underscores for dots: `desk.rights.case_write`."""
        return {scope.replace(".", "_"): True for scope in self.caller.scopes}

    def url(self, name: str, *arguments: Any) -> str:
        """An address of this team's desk by its name."""
        return reverse(name, args=[self.team.id, *arguments])

    @cached_property
    def menu(self) -> list[MenuItem]:
        """The sections that the role may see; numbers come from the app that knows them."""
        shown = [section for section in SECTIONS if self.may(section.needs)]
        counts: Mapping[str, int] = import_string(settings.RATEL_DESK_COUNTS)(self.caller) if shown else {}
        return [
            MenuItem(one.code, one.label, self.url(one.code), counts.get(one.count) if one.count else None)
            for one in shown
        ]

    def render(
        self, template: str, context: Mapping[str, Any] | None = None, *, status: int = 200
    ) -> HttpResponse:
        return render(
            self.request,
            template,
            {"desk": self, "team": self.team, "section": self.section, **(context or {})},
            status=status,
        )

    def say(self, text: str) -> None:
        """One sentence on the next page: what has been done."""
        messages.success(self.request, text)

    def complain(self, refusal: Refusal) -> None:
        """Why something was not done, with what is wrong and what has changed meanwhile."""
        words = [refusal.detail.rstrip(".") + "."]
        words += [f"{problem.path}: {problem.message}." for problem in refusal.errors]
        current = refusal.extra.get("current")
        if isinstance(current, dict) and "status" in current:
            words.append(f"It is {str(current['status']).replace('_', ' ').lower()} now.")
        messages.error(self.request, " ".join(words))

    def to(self, name: str, *arguments: Any) -> HttpResponse:
        """On to a page of the desk by its name."""
        return see_other(self.url(name, *arguments))

    def back(self, name: str, *arguments: Any) -> HttpResponse:
        """To the address that the form came from, as long as it is one of ours; else to the page of that name."""
        wanted = self.request.POST.get(BACK, "")
        if _is_local(wanted):
            return see_other(wanted)
        return self.to(name, *arguments)


def _is_local(url: str) -> bool:
    return (
        len(url) <= _LONGEST_ADDRESS
        and url.startswith("/")
        and url_has_allowed_host_and_scheme(url, allowed_hosts=None)
    )
