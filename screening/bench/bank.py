"""The bench's bank: one organisation with two teams of pack ng and the same fifty rules, and its customers.

The customers of one team have names, those of the other have none, so that "without names" means none to screen. They
come into being as any customer does, by a first payment that is decided.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from ratel.statements import driver_connection
from ratel.tenancy import tenant
from screening.answer import Evaluated
from screening.bench.names import write_list
from screening.bench.payments import CUSTOMER_SINCE, customer_names, reference
from screening.bench.rules import rule_documents
from screening.dialects import native
from screening.evaluate import evaluate
from screening.models import Rule, RuleVersion
from screening.rulesets import write_ruleset
from screening.team_setup import prepare_team
from screening.watchlists.generations import load_public_list
from teams import keys
from teams.limits.tiers import Tier
from teams.models import Team
from teams.principal import Principal
from teams.roles import SCOPES
from teams.services import create_organisation, create_team

PLAIN: Final = "Payments without names"
NAMED: Final = "Payments with names"
PACK: Final = "ng"
CURRENCY: Final = "NGN"
LIST_CODE: Final = "bench"
CHUNK: Final = 500


@dataclass(frozen=True)
class BenchTeam:
    """A team with a fresh key of its own."""

    team: Team
    key: str
    principal: Principal


def make(*, customers: int, list_names: int) -> None:
    """Everything but the past."""
    _load_list(list_names)
    with transaction.atomic():
        organisation = create_organisation(name="Bench Bank")
        teams = [
            create_team(organisation=organisation, name=name, pack=PACK, currency=CURRENCY)
            for name in (PLAIN, NAMED)
        ]
    for team in teams:
        prepare_team(team)
        _write_rules(team)
        names = customer_names(customers) if team.name == NAMED else [None] * customers
        _make_customers(_with_key(team), names)


def teams() -> dict[str, BenchTeam]:
    """Both teams by name, each with a new key: call in the process that sends the requests."""
    return {team.name: _with_key(team) for team in stored_teams()}


def stored_teams() -> list[Team]:
    """Row-level security shows nothing until the organisation is named; the stamps, which hold ids only, tell it."""
    with driver_connection().cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT organisation_id FROM teams_configurationstamp WHERE organisation_id IS NOT NULL"
        )
        ((organisation_id,),) = cursor.fetchall()
    with tenant(organisation_id):
        return list(Team.objects.filter(name__in=[PLAIN, NAMED]).order_by("name"))


def _with_key(team: Team) -> BenchTeam:
    with tenant(team.organisation_id, [team.id]):
        _, text = keys.create_key(team=team, name="bench", is_live=True, scopes=SCOPES, tier=Tier.UNLIMITED)
    return BenchTeam(team, text, keys.authenticate(text, "127.0.0.1"))


def _load_list(list_names: int) -> None:
    path = settings.RATEL_STATE_DIRECTORY / "names.csv"
    write_list(path, list_names)
    load_public_list("csv", path, code=LIST_CODE, name="Bench list")


def _write_rules(team: Team) -> None:
    with tenant(team.organisation_id, [team.id]):
        for position, document in enumerate(rule_documents(), start=1_000):
            ids = {"organisation_id": team.organisation_id, "team_id": team.id}
            rule = Rule.objects.create(
                **ids,
                code=document["code"],
                layer="custom_rules",
                status=Rule.Status.ACTIVE,
                position=position,
                live_version=1,
            )
            RuleVersion.objects.create(
                **ids, rule=rule, version=1, document=document, status=Rule.Status.ACTIVE
            )
        write_ruleset(team.organisation_id, team.id)


def _make_customers(bench: BenchTeam, names: Sequence[str | None]) -> None:
    now = timezone.now()
    for chunk in _chunks(list(enumerate(names))):
        first = [_first_payment(number, name, now - timedelta(days=180)) for number, name in chunk]
        parsed = [native.parse(payment, bench.principal.team, now) for payment in first]
        answers = evaluate(parsed, bench.principal, "127.0.0.1")
        if not all(isinstance(answer, Evaluated) for answer in answers):
            raise RuntimeError("a first payment was refused")


def _first_payment(number: int, name: str | None, occurred_at: Any) -> dict[str, Any]:
    """Says all that the bank knows of its customer. Its external id is held for a day, as those of a live bank are: a
    planner that finds that table empty would read all of it once it has filled."""
    return {
        "externalId": f"first-{number}",
        "customerId": reference(number),
        "customerSince": CUSTOMER_SINCE,
        "kycStatus": "verified",
        "kycTier": "standard",
        "direction": "credit",
        "amount": 25_000,
        "channel": "transfer",
        "occurredAt": occurred_at.isoformat(),
        **({"customerName": name} if name else {}),
    }


def _chunks(items: list[tuple[int, str | None]]) -> Iterator[list[tuple[int, str | None]]]:
    for number in range(math.ceil(len(items) / CHUNK)):
        yield items[number * CHUNK : (number + 1) * CHUNK]
