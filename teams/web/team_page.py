"""`team`: what this team is, who works in it, which keys call for it, and what it asks of a sign-in."""

from collections.abc import Mapping
from typing import Any, Final

from django.http import HttpResponse
from django.utils import timezone

from teams import people_services, team_reads
from teams.key_services import keys_of
from teams.limits.tiers import Tier
from teams.models import Team
from teams.roles import SCOPES, Role
from teams.web.desk import Desk, action, page

# What a role is for, in the words of whoever gives it; `docs/roles.md` has the whole table.
ROLE_WORDS: Final = {
    Role.ADMIN: "people, keys, lists and endpoints; decides nothing",
    Role.OFFICER: "decides: approves rules, policy, reports, resolutions",
    Role.ANALYST: "works alerts and cases, drafts rules and reports",
    Role.AUDITOR: "reads everything, changes nothing",
    Role.DEVELOPER: "test keys, webhooks and sandbox; no customer data",
}
SCOPE_WORDS: Final = {
    "evaluate": "have payments decided",
    "evaluate.async": "have them decided in the background",
    "screen.run": "screen names",
    "read": "read alerts, cases, customers, rules",
    "write": "change rules, lists and customers, and approve",
    "policy.write": "change the decision policy",
    "case.write": "work alerts and cases",
    "reports.read": "read reports",
    "reports.write": "draft reports",
    "webhooks": "manage webhooks",
    "admin": "make and revoke keys",
}
# What a new key is for in most cases.
USUAL_SCOPES: Final = frozenset({"evaluate"})
EXPIRIES: Final = {"": "never", "30": "in 30 days", "90": "in 90 days", "365": "in a year"}


@page(section="team", needs="team.read")
def team(desk: Desk) -> HttpResponse:
    now = timezone.now()
    people = list(team_reads.people_of(desk.caller)[: team_reads.BRIEFLY])
    keys = team_reads.living(keys_of(desk.caller)).order_by("-id")[: team_reads.BRIEFLY]
    context = {
        "counts": team_reads.counts_of(desk.caller),
        "people": team_reads.person_rows(people, desk.team),
        "keys": [team_reads.KeyRow(one, now) for one in keys],
        "sandbox": team_reads.sandbox_of(desk.caller),
        "second_factors": Team.SecondFactor.choices,
        **form_context(desk),
    }
    return desk.render("desk/team/team.html", context)


def form_context(desk: Desk) -> Mapping[str, Any]:
    """What the dialogs for new people and new keys offer. Test keys may see the sandbox only, which has nobody in it."""
    is_admin = desk.may("admin")
    return {
        "roles": [(role.value, role.value.title(), words) for role, words in ROLE_WORDS.items()],
        "scopes": [
            (scope, SCOPE_WORDS[scope], scope in USUAL_SCOPES)
            for scope in SCOPES
            if not scope.startswith("reports.") or desk.may(scope)
        ],
        "tiers": [(tier.value, tier.value.title()) for tier in Tier if tier != Tier.SANDBOX],
        "expiries": EXPIRIES.items(),
        "live_for_everything": is_admin,
    }


@action(section="team", needs="team.write")
def change_second_factor(desk: Desk) -> HttpResponse:
    wanted = desk.request.POST.get("requires_second_factor", "")
    people_services.change_second_factor_rule(caller=desk.caller, wanted=wanted)
    desk.say("Saved. Whoever is asked for a second factor and has none sets one up at the next sign-in.")
    return desk.to("team")
