"""Makes the demo's past day by day: the bank sends its payments, its people work on what they are alerted of.

Payments go through the API with the team's key. Only what is not stored yet is sent, and the last payment goes out when
everything else is done, so that an interrupted first start is completed and a complete one is left alone.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.module_loading import import_string

from ratel.tenancy import tenant
from screening.demo import api
from screening.demo.bank import Bank
from screening.demo.bookkeeper import Planned
from screening.demo.clock import Clock, set_back
from screening.demo.document import Document
from screening.demo.episodes import Ending
from screening.demo.traffic import endings, payments
from screening.models import Transaction
from screening.what_if.days import count_again
from teams.directory import facts_of
from teams.models import Team

EVALUATE = "/api/transactions/evaluate"
SCREEN = "/api/screenings"
# Works until a moment of the story; made by what `settings.RATEL_DEMO_PEOPLE` names.
WorkUntil = Callable[[datetime], None]


@dataclass(frozen=True)
class Desk:
    """What the demo's people need to work: whose bank, which team, how each episode ends, and the clock."""

    bank: Bank
    pack: str
    endings: Mapping[str, Ending]
    clock: Clock

    @property
    def team(self) -> Team:
        return self.bank.teams[self.pack]


@dataclass(frozen=True)
class Filled:
    decided: int
    alerts: int


def missing(bank: Bank, now: datetime) -> dict[str, list[Planned]]:
    """By pack, the payments that are not stored; empty when all of them are."""
    found = {pack: _missing_of(bank, pack, team, now) for pack, team in bank.teams.items()}
    return {pack: wanted for pack, wanted in found.items() if wanted}


def fill(
    wanted: Mapping[str, list[Planned]], bank: Bank, document: Document, now: datetime
) -> dict[str, Filled]:
    """Sends them in the order of the story; raises CallRefusedError where one gets no decision."""
    hire = import_string(settings.RATEL_DEMO_PEOPLE)
    filled = {}
    with set_back() as clock:
        for pack, some in wanted.items():
            desk = Desk(bank, pack, endings(pack, now), clock)
            filled[pack] = _fill(some, clock, hire(desk), document.teams[pack].live_key)
            clock.moment = None
            count_again(facts_of(bank.teams[pack]), now)
    return filled


def _fill(some: list[Planned], clock: Clock, work: WorkUntil, key: str) -> Filled:
    alerts, last = 0, some[-1]
    day = some[0].sent_at.date()
    for planned in some:
        if planned.sent_at.date() != day:
            day = planned.sent_at.date()
            work(planned.sent_at.replace(hour=0, minute=0, second=0))
        if planned is last:
            work(planned.sent_at + timedelta(hours=1))
        clock.moment = planned.sent_at
        if planned.screening is not None:
            api.post(SCREEN, planned.screening, key)
        answer = api.post(EVALUATE, planned.payment, key)
        alerts += answer.get("alertId") is not None
    return Filled(len(some), alerts)


def _missing_of(bank: Bank, pack: str, team: Team, now: datetime) -> list[Planned]:
    planned = payments(pack, now)
    with tenant(bank.organisation.id, [team.id]):
        rows = Transaction.objects.filter(
            team_id=team.id, external_id__in=[one.external_id for one in planned]
        )
        stored = set(rows.values_list("external_id", flat=True))
    return [one for one in planned if one.external_id not in stored]
