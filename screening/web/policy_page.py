"""The decision policy at the desk: what another one would have done, before it is saved as a version.

The draft lives in the address, so that it can be sent to a colleague; nothing is stored before it is saved.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.http import HttpResponse, QueryDict

from ratel.problem import Invalid, NotFound, Problem
from screening.services.policy import policy_approve, policy_change, policy_reject
from screening.web.policy_chart import chart_of
from screening.web.policy_draft import Draft, change_in, draft_of, query_of
from screening.web.policy_fields import controls_of
from screening.web.policy_figures import figures_of, outcomes_of, rounded
from screening.web.policy_reads import Version, live_and_proposed
from screening.web.policy_words import Difference, differences_in_words
from screening.what_if.compare import WhatIf, what_if
from screening.what_if.window import CHOICES, USUAL_DAYS
from teams.web.desk import Desk, action, page

SECTION: Final = "policy"


@dataclass(frozen=True)
class Proposal:
    """A version that waits for another person; `query` opens it as a draft."""

    version: Version
    differences: list[Difference]
    query: str
    is_own: bool


@page(section=SECTION, needs="read")
def policy(desk: Desk) -> HttpResponse:
    query = desk.request.GET
    days = _days(query)
    live, proposed = live_and_proposed(desk.caller.team)
    draft = draft_of(query, live.fields)
    found = what_if(team=desk.caller.team, live=live.fields, draft=draft.fields, days=days)
    context = {
        **_shown(desk, live, draft, found),
        "proposals": [_proposal(desk, live, one) for one in proposed],
        "controls": controls_of(live.fields, draft),
    }
    is_part = desk.request.headers.get("HX-Request") == "true"
    answer = desk.render(
        f"desk/policy/{'counted' if is_part else 'policy'}.html", context | {"is_part": is_part}
    )
    if is_part:
        answer.headers["HX-Replace-Url"] = f"{desk.url('policy')}?{context['query']}"
    return answer


@action(section=SECTION, needs="policy.write")
def save(desk: Desk) -> HttpResponse:
    form = desk.request.POST
    based_on = _whole(form.get("version", ""))
    if based_on is None:
        raise Invalid(
            errors=[Problem("version", "must be the number of the version that the draft was made over")]
        )
    change = change_in(form)
    version = policy_change(caller=desk.caller, change=change, based_on=based_on)
    if version.version == based_on:
        desk.say(f"Nothing differs from version {based_on}, so nothing was saved.")
    elif version.status == version.Status.LIVE:
        desk.say(f"Version {version.version} decides from now on.")
    else:
        desk.say(f"Version {version.version} is proposed and waits for another person's approval.")
    return desk.to("policy")


@action(section=SECTION, needs="approve")
def approve(desk: Desk, version: str) -> HttpResponse:
    approved = policy_approve(caller=desk.caller, number=_known(version))
    desk.say(f"Version {approved.version} is approved and decides from now on.")
    return desk.to("policy")


@action(section=SECTION, needs="policy.write")
def reject(desk: Desk, version: str) -> HttpResponse:
    reason = desk.request.POST.get("reason", "")
    rejected = policy_reject(caller=desk.caller, number=_known(version), reason=reason)
    desk.say(f"Version {rejected.version} is rejected; it stays in the list of versions.")
    return desk.to("policy")


def _shown(desk: Desk, live: Version, draft: Draft, found: WhatIf) -> dict[str, Any]:
    """What changes with every move of a slider."""
    changes = differences_in_words(live.fields, draft.fields)
    asked = QueryDict(query_of(draft.fields, live.fields), mutable=True)
    own = asked.urlencode()
    if found.window.days != USUAL_DAYS:
        asked["days"] = str(found.window.days)
    sees_reports = desk.may("reports.read")
    return {
        "live": live,
        "found": found,
        "problems": draft.problems,
        "changes": changes,
        "chart": chart_of(found.draft, live.fields, draft.fields),
        "figures": figures_of(found, sees_reports=sees_reports),
        "outcomes": outcomes_of(found),
        "still_saved": _still_saved(found),
        "saved_fields": [(name, value) for name, values in QueryDict(own).lists() for value in values],
        "query": asked.urlencode(),
        "own_query": own,
        "choices": CHOICES,
        "next_number": live.number + 1,
        "proposes": live.fields["fourEyes"]["policy"],
        "fewer_alerts": found.live.alerts - found.draft.alerts,
    }


def _proposal(desk: Desk, live: Version, version: Version) -> Proposal:
    is_own = desk.caller.is_the_same_person_as(actor_id=version.by_id, person_id=version.by_person_id)
    differences = differences_in_words(live.fields, version.fields)
    return Proposal(version, differences, query_of(version.fields, live.fields), is_own)


def _still_saved(found: WhatIf) -> Decimal | None:
    """How many alerts a day less than now there would be with what is suggested; None where there would be more."""
    if found.suggestion is None:
        return None
    fewer = found.live.alerts - found.draft.alerts - found.suggestion.more_alerts
    return rounded(found.draft.a_day(fewer)) if fewer > 0 else None


def _days(query: QueryDict) -> int:
    days = _whole(query.get("days", str(USUAL_DAYS)))
    if days not in CHOICES:
        raise Invalid(errors=[Problem("days", f"must be one of {', '.join(map(str, CHOICES))}")])
    return days or USUAL_DAYS


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 10 else None


def _known(version: str) -> int:
    number = _whole(version)
    if number is None:
        raise NotFound("There is no such version of the policy")
    return number
