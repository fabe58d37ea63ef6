"""Changing a team's decision policy: every change is a new version, live at once or after a second person's approval."""

from collections.abc import Mapping
from typing import Any

from ratel.problem import Conflict, Forbidden, NotFound
from screening.models import DecisionPolicy
from screening.policy import merged, parse_policy, policy_document
from screening.rules.problems import RuleProblems
from screening.services.changes import differences, invalid, team_change, tell
from teams.audit import note
from teams.principal import Principal, TeamFacts

LARGEST_VERSION = 2**31 - 1


def policy_live(*, team: TeamFacts) -> DecisionPolicy:
    """The version that decides; call inside `tenant(...)`."""
    return DecisionPolicy.objects.filter(team_id=team.id, status=DecisionPolicy.Status.LIVE).order_by(
        "-version"
    )[0]


def policy_fields(version: DecisionPolicy) -> dict[str, Any]:
    """Every field of a stored version, also those that an older one did not have yet."""
    return policy_document(parse_policy(merged({}, version.document)))


def policy_change(*, caller: Principal, change: Mapping[str, Any]) -> DecisionPolicy:
    """The version with `change` over the live one: live, or proposed where the team's policy asks for four eyes.

    A change that changes nothing gives the live version back. Raises Invalid with every problem.
    """
    with team_change(caller):
        live = policy_live(team=caller.team)
        current = policy_fields(live)
        try:
            wanted = policy_document(parse_policy(merged(current, change)))
        except RuleProblems as found:
            raise invalid(found) from None
        if wanted == current:
            return live
        version = DecisionPolicy.objects.create(
            organisation_id=caller.team.organisation_id,
            team_id=caller.team.id,
            version=_next_version(caller.team),
            document=wanted,
            status=DecisionPolicy.Status.PROPOSED,
            changed_by=caller.id,
            changed_by_person=caller.person_id,
        )
        if current["fourEyes"]["policy"]:
            _note(caller, "policy.proposed", live, version)
        else:
            _go_live(caller, live, version)
        return version


def policy_approve(*, caller: Principal, number: int) -> DecisionPolicy:
    """Makes a proposed version live; raises Forbidden for the person who proposed it."""
    with team_change(caller):
        if not 1 <= number <= LARGEST_VERSION:
            raise NotFound
        version = DecisionPolicy.objects.filter(team_id=caller.team.id, version=number).first()
        if version is None:
            raise NotFound
        if version.status != DecisionPolicy.Status.PROPOSED:
            raise Conflict("This version does not wait for approval", extra={"allowed": []})
        if caller.is_the_same_person_as(actor_id=version.changed_by, person_id=version.changed_by_person):
            raise Forbidden("Another person must approve this version", code="four_eyes")
        live = policy_live(team=caller.team)
        _note(caller, "policy.approved", live, version)
        _go_live(caller, live, version)
        return version


def _next_version(team: TeamFacts) -> int:
    newest = (
        DecisionPolicy.objects.filter(team_id=team.id).order_by("-version").values_list("version", flat=True)
    )
    return newest[0] + 1


def _go_live(caller: Principal, live: DecisionPolicy, version: DecisionPolicy) -> None:
    """Supersedes the live version, and every other proposal: each was made over what is no longer live."""
    DecisionPolicy.objects.filter(team_id=caller.team.id).exclude(id=version.id).exclude(
        status=DecisionPolicy.Status.SUPERSEDED
    ).update(status=DecisionPolicy.Status.SUPERSEDED)
    version.status = DecisionPolicy.Status.LIVE
    version.save(update_fields=["status"])
    before, after = _note(caller, "policy.updated", live, version)
    tell(
        caller=caller,
        event="decisionPolicy.updated",
        subject=f"policy:{version.version}",
        data={"version": version.version, "previousVersion": live.version, "before": before, "after": after},
    )


def _note(
    caller: Principal, action: str, live: DecisionPolicy, version: DecisionPolicy
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Writes the audit entry and returns what differs, before and after."""
    before, after = differences(policy_fields(live), version.document)
    note(
        caller=caller,
        action=action,
        subject=("policy", str(version.version)),
        before={"version": live.version, **before},
        after={"version": version.version, **after},
    )
    return before, after
