"""Changing a team's decision policy: every change is a new version, live at once or after a second person's approval."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from ratel.problem import Conflict, Forbidden, Invalid, NotFound, Problem
from screening.models import DecisionPolicy
from screening.policy import merged, parse_policy, policy_document
from screening.rules.problems import RuleProblems
from screening.services.changes import differences, invalid, team_change, tell
from teams.audit import note
from teams.principal import Principal, TeamFacts

LARGEST_VERSION = 2**31 - 1
LONGEST_REASON = 500


def policy_live(*, team: TeamFacts) -> DecisionPolicy:
    """The version that decides; call inside `tenant(...)`."""
    return DecisionPolicy.objects.filter(team_id=team.id, status=DecisionPolicy.Status.LIVE).order_by(
        "-version"
    )[0]


def policy_fields(version: DecisionPolicy) -> dict[str, Any]:
    """Every field of a stored version, also those that an older one did not have yet."""
    return policy_document(parse_policy(merged({}, version.document)))


def policy_change(
    *, caller: Principal, change: Mapping[str, Any], based_on: int | None = None
) -> DecisionPolicy:
    """The version with `change` over the live one: live, or proposed where the team's policy asks for four eyes.

    A change that changes nothing gives the live version back. Raises Invalid with every problem, and Conflict with what
    has changed where the live version is no longer `based_on`.
    """
    with team_change(caller):
        live = policy_live(team=caller.team)
        current = policy_fields(live)
        if based_on not in {None, live.version}:
            raise _overtaken(caller.team, live, based_on or 0)
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
        if current["fourEyes"]["policy"] or _loosens(current, wanted):
            _note(caller, "policy.proposed", live, version)
        else:
            _go_live(caller, live, version)
        return version


def _loosens(current: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether something would need one person less: nobody may arrange that alone."""
    return any(is_on and not wanted["fourEyes"][name] for name, is_on in current["fourEyes"].items())


def policy_approve(*, caller: Principal, number: int) -> DecisionPolicy:
    """Makes a proposed version live; raises Forbidden for the person who proposed it."""
    with team_change(caller):
        version = _proposed(caller.team, number)
        if caller.is_the_same_person_as(actor_id=version.changed_by, person_id=version.changed_by_person):
            raise Forbidden("Another person must approve this version", code="four_eyes")
        live = policy_live(team=caller.team)
        version.decided_by, version.decided_at = caller.id, timezone.now()
        _note(caller, "policy.approved", live, version)
        _go_live(caller, live, version)
        return version


def policy_reject(*, caller: Principal, number: int, reason: str) -> DecisionPolicy:
    """Ends a proposed version with a reason; its own proposer may, too: that withdraws it."""
    words = reason.strip()
    if not 1 <= len(words) <= LONGEST_REASON or "\x00" in words:
        raise Invalid(errors=[Problem("reason", f"must be text of 1 to {LONGEST_REASON} characters")])
    with team_change(caller):
        version = _proposed(caller.team, number)
        is_own = caller.is_the_same_person_as(
            actor_id=version.changed_by, person_id=version.changed_by_person
        )
        if not (caller.may("approve") or is_own):
            raise Forbidden("Who may approve a version may reject it; others only what they proposed")
        version.status = DecisionPolicy.Status.REJECTED
        version.decided_by, version.decided_at, version.decision_reason = caller.id, timezone.now(), words
        version.save(update_fields=["status", "decided_by", "decided_at", "decision_reason"])
        note(
            caller=caller,
            action="policy.rejected",
            subject=("policy", str(version.version)),
            after={"version": version.version, "reason": words},
        )
        return version


def _proposed(team: TeamFacts, number: int) -> DecisionPolicy:
    if not 1 <= number <= LARGEST_VERSION:
        raise NotFound
    version = DecisionPolicy.objects.filter(team_id=team.id, version=number).first()
    if version is None:
        raise NotFound
    if version.status != DecisionPolicy.Status.PROPOSED:
        raise Conflict(
            "This version does not wait for approval",
            extra={"allowed": [], "current": {"status": version.status}},
        )
    return version


def _overtaken(team: TeamFacts, live: DecisionPolicy, based_on: int) -> Conflict:
    """Tells what has changed between the version that a draft was made over and the one that decides now."""
    known = DecisionPolicy.objects.filter(team_id=team.id, version=min(based_on, LARGEST_VERSION)).first()
    before, after = differences(policy_fields(known), policy_fields(live)) if known else ({}, {})
    changed = "; ".join(policy_difference_lines(before, after)) or "nothing that can be told"
    return Conflict(
        f"Version {live.version} decides by now, this draft was made over version {based_on}. Changed since: {changed}",
        extra={"current": {"version": live.version}},
    )


def policy_difference_lines(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """One phrase for each field that differs, such as `txReviewScore from 40 to 45`."""
    lines = []
    for key in after:
        if isinstance(before.get(key), Mapping) and isinstance(after[key], Mapping):
            nested = differences(before[key], after[key])
            lines += [f"{key}.{line}" for line in policy_difference_lines(*nested)]
        else:
            lines.append(f"{key} from {_shown(before.get(key))} to {_shown(after[key])}")
    return lines


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return "none" if value is None else str(value).replace("_", " ")


def _next_version(team: TeamFacts) -> int:
    newest = (
        DecisionPolicy.objects.filter(team_id=team.id).order_by("-version").values_list("version", flat=True)
    )
    return newest[0] + 1


def _go_live(caller: Principal, live: DecisionPolicy, version: DecisionPolicy) -> None:
    """Supersedes the live version, and every other proposal: each was made over what is no longer live."""
    ended = (DecisionPolicy.Status.LIVE, DecisionPolicy.Status.PROPOSED)
    DecisionPolicy.objects.filter(team_id=caller.team.id, status__in=ended).exclude(id=version.id).update(
        status=DecisionPolicy.Status.SUPERSEDED
    )
    version.status = DecisionPolicy.Status.LIVE
    version.save(update_fields=["status", "decided_by", "decided_at"])
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
