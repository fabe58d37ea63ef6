"""Writing rules: a draft, its edits, its way to approval, and what may be done with a live one.

Nothing here decides; `write_ruleset` is called whenever what decides changes.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import Max
from django.utils import timezone

from ratel.identifiers import new_id, show
from ratel.problem import Conflict, Forbidden, Invalid, Problem
from screening.models import Rule, RuleVersion
from screening.packs import load_pack
from screening.rules.parse import parse_rule, rule_document
from screening.rules.problems import RuleProblems
from screening.rules.rule import Rule as ParsedRule
from screening.rulesets import LANE, write_ruleset
from screening.services.changes import differences, invalid, team_change, tell
from screening.services.policy import policy_fields, policy_live
from screening.services.rule_states import RuleState, load_state
from teams.audit import note
from teams.principal import Principal, TeamFacts

MOST_RULES: Final = 5_000
LONGEST_BYPASS: Final = timedelta(days=90)
_CONSEQUENCES: Final = ("conditions", "severity", "action", "scoreContribution")


def rule_parsed(*, team: TeamFacts, document: Mapping[str, Any], rule_id: UUID, version: int) -> ParsedRule:
    """The rule that a document describes; raises Invalid with every problem and its path."""
    lists = load_pack(team.pack).country_lists
    try:
        return parse_rule(
            document, country_lists=lists, rule_id=str(rule_id), version=version, layer="custom_rules"
        )
    except RuleProblems as found:
        raise invalid(found) from None


def rule_create(*, caller: Principal, document: Mapping[str, Any]) -> RuleState:
    """A new rule as a draft, version 1."""
    team, rule_id = caller.team, new_id()
    stored = rule_document(rule_parsed(team=team, document=document, rule_id=rule_id, version=1))
    with team_change(caller):
        rules = Rule.objects.filter(team_id=team.id)
        _check_code(team, stored["code"])
        if rules.count() >= MOST_RULES:
            raise Conflict(f"A team may have at most {MOST_RULES} rules", code="too_many_rules")
        last = rules.aggregate(last=Max("position"))["last"]
        rule = Rule.objects.create(
            id=rule_id,
            organisation_id=team.organisation_id,
            team_id=team.id,
            code=stored["code"],
            layer="custom_rules",
            position=0 if last is None else last + 1,
        )
        _add_version(caller, rule, 1, stored)
        _note(caller, "rule.created", rule, after={"version": 1, **stored})
        return load_state(team.id, rule_id)


def rule_update(*, caller: Principal, rule_id: UUID | None, change: Mapping[str, Any]) -> RuleState:
    """A draft is edited in place; a rule that is live gets a new draft version, and the live one stays."""
    team = caller.team
    with team_change(caller):
        state = load_state(team.id, rule_id)
        state.require("update")
        rule, working = state.rule, state.working
        number = working.version if state.pending else state.newest.version + 1
        stored = rule_document(
            rule_parsed(
                team=team, document=_changed(working.document, change), rule_id=rule.id, version=number
            )
        )
        _take_code(team, state, stored["code"])
        current = rule_parsed(team=team, document=working.document, rule_id=rule.id, version=number)
        before, after = differences(rule_document(current), stored)
        if not after:
            return state
        if state.pending and state.pending.version == rule.shadow_version:
            # What runs in the shadow is counted under its version: the change is another one.
            number = state.newest.version + 1
            state.pending.status = Rule.Status.ARCHIVED
            state.pending.save(update_fields=["status"])
            working = _add_version(caller, rule, number, stored)
        elif state.pending:
            working.document = stored
            working.drafted_by, working.drafted_by_person = caller.id, caller.person_id
            working.save(update_fields=["document", "drafted_by", "drafted_by_person"])
        else:
            working = _add_version(caller, rule, number, stored)
        _note(
            caller,
            "rule.updated",
            rule,
            {"version": state.working.version, **before},
            {"version": number, **after},
        )
        return load_state(team.id, rule.id)


def rule_submit(*, caller: Principal, rule_id: UUID | None) -> RuleState:
    """Hands the draft to whoever approves; from here on it cannot be edited."""
    return _move_pending(caller, rule_id, "submit", ("rule.submitted", Rule.Status.PENDING_APPROVAL))


def rule_reject(*, caller: Principal, rule_id: UUID | None, reason: str) -> RuleState:
    """Gives a submitted version back as a draft."""
    return _move_pending(caller, rule_id, "reject", ("rule.rejected", Rule.Status.DRAFT), reason=reason)


def rule_approve(*, caller: Principal, rule_id: UUID | None) -> RuleState:
    """Makes the submitted version the live one; where the policy asks for four eyes, not for whoever drafted it."""
    with team_change(caller):
        state = load_state(caller.team.id, rule_id)
        rule, version = state.rule, state.handed_over("approve")
        needs_another = policy_fields(policy_live(team=caller.team))["fourEyes"]["rules"]
        is_author = caller.is_the_same_person_as(
            actor_id=version.drafted_by, person_id=version.drafted_by_person
        )
        if needs_another and is_author:
            raise Forbidden("Another person must approve this rule", code="four_eyes")
        before = {"status": rule.status, "liveVersion": rule.live_version}
        if state.live:
            state.live.status = Rule.Status.ARCHIVED
            state.live.save(update_fields=["status"])
        # An approved change of a paused rule does not resume it.
        rule.status = Rule.Status.PAUSED if rule.status == Rule.Status.PAUSED else Rule.Status.ACTIVE
        rule.live_version = version.version
        _leave_shadow(rule, of_version=version.version)
        rule.save(update_fields=["status", "live_version", "shadow_version", "shadow_since", "updated_at"])
        version.status = rule.status
        version.approved_by, version.approved_at = caller.id, timezone.now()
        version.save(update_fields=["status", "approved_by", "approved_at"])
        _note(caller, "rule.approved", rule, before, {"status": rule.status, "liveVersion": version.version})
        write_ruleset(caller.team.organisation_id, caller.team.id)
        return load_state(caller.team.id, rule.id)


def rule_pause(*, caller: Principal, rule_id: UUID | None) -> RuleState:
    """The rule decides nothing until it is activated again."""
    return _move_rule(caller, rule_id, "pause", "rule.paused", Rule.Status.PAUSED)


def rule_activate(*, caller: Principal, rule_id: UUID | None) -> RuleState:
    """Resumes a paused rule with the version that was approved."""
    return _move_rule(caller, rule_id, "activate", "rule.activated", Rule.Status.ACTIVE)


def rule_archive(*, caller: Principal, rule_id: UUID | None) -> RuleState:
    """Puts a rule away for good, with what was being worked on."""
    return _move_rule(caller, rule_id, "archive", "rule.archived", Rule.Status.ARCHIVED)


def rule_bypass(*, caller: Principal, rule_id: UUID | None, until: datetime | None, reason: str) -> RuleState:
    """Lets a live rule rest until a time at most 90 days ahead; None ends that at once."""
    now = timezone.now()
    if until is not None and not now < until <= now + LONGEST_BYPASS:
        raise Invalid(errors=[Problem("until", "must be in the future and at most 90 days ahead")])
    with team_change(caller):
        state = load_state(caller.team.id, rule_id)
        state.require("bypass")
        rule = state.rule
        before = {"until": rule.bypassed_until, "reason": rule.bypass_reason}
        rule.bypassed_until, rule.bypass_reason = until, reason if until else ""
        rule.bypassed_by = caller.id if until else None
        rule.save(update_fields=["bypassed_until", "bypass_reason", "bypassed_by", "updated_at"])
        _note(caller, "rule.bypassed", rule, before, {"until": until, "reason": reason})
        if until is not None:
            shown = show("rul", rule.id)
            data = {"ruleId": shown, "ruleCode": rule.code, "until": until, "reason": reason}
            tell(caller=caller, event="rule.bypassed", subject=shown, data=data)
        return load_state(caller.team.id, rule.id)


def rule_shadow(*, caller: Principal, rule_id: UUID | None) -> RuleState:
    """Lets the version that is being worked on run in the shadow: judged and counted live, never decisive."""
    with team_change(caller):
        state = load_state(caller.team.id, rule_id)
        state.require("shadow")
        if state.working.document.get("lane", LANE) != LANE:
            raise Invalid(errors=[Problem("lane", "only rules over transactions run in the shadow")])
        return _into_shadow(caller, state, state.working.version, timezone.now())


def rule_unshadow(*, caller: Principal, rule_id: UUID | None) -> RuleState:
    """Takes it out again; what was counted stays."""
    with team_change(caller):
        state = load_state(caller.team.id, rule_id)
        state.require("unshadow")
        return _into_shadow(caller, state, None, None)


def _into_shadow(
    caller: Principal, state: RuleState, version: int | None, since: datetime | None
) -> RuleState:
    rule, before = state.rule, state.rule.shadow_version
    rule.shadow_version, rule.shadow_since = version, since
    rule.save(update_fields=["shadow_version", "shadow_since", "updated_at"])
    _note(caller, "rule.shadowed", rule, {"version": before}, {"version": version})
    write_ruleset(caller.team.organisation_id, caller.team.id)
    return load_state(caller.team.id, rule.id)


def _leave_shadow(rule: Rule, of_version: int | None = None) -> None:
    """A version that is live now, or a rule that is put away, runs in no shadow."""
    if of_version is None or rule.shadow_version == of_version:
        rule.shadow_version, rule.shadow_since = None, None


def _move_pending(
    caller: Principal, rule_id: UUID | None, action: str, outcome: tuple[str, str], reason: str | None = None
) -> RuleState:
    """Gives the pending version another status, and the rule too while it has no live version. `outcome` is the
    audit entry's name and that status."""
    entry, status = outcome
    with team_change(caller):
        state = load_state(caller.team.id, rule_id)
        rule, version = state.rule, state.handed_over(action)
        before = {"version": version.version, "status": version.status}
        version.status = status
        version.save(update_fields=["status"])
        if rule.live_version is None:
            rule.status = status
            rule.save(update_fields=["status", "updated_at"])
        after = {"version": version.version, "status": status}
        _note(caller, entry, rule, before, after if reason is None else {**after, "reason": reason})
        return load_state(caller.team.id, rule.id)


def _move_rule(caller: Principal, rule_id: UUID | None, action: str, entry: str, status: str) -> RuleState:
    """Gives the rule and its live version another status; what decides is written down anew."""
    with team_change(caller):
        state = load_state(caller.team.id, rule_id)
        state.require(action)
        rule, before = state.rule, state.rule.status
        rule.status = status
        if status == Rule.Status.ARCHIVED:
            _leave_shadow(rule)
        rule.save(update_fields=["status", "shadow_version", "shadow_since", "updated_at"])
        moved = [state.live, state.pending if status == Rule.Status.ARCHIVED else None]
        for version in moved:
            if version is not None:
                version.status = status
                version.save(update_fields=["status"])
        _note(caller, entry, rule, {"status": before}, {"status": status})
        write_ruleset(caller.team.organisation_id, caller.team.id)
        return load_state(caller.team.id, rule.id)


def _changed(document: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """`change` over the document; a rule says its conditions once, so one way of saying them replaces the other."""
    base = dict(document)
    if change.get("variants") is not None:
        base = {key: value for key, value in base.items() if key not in _CONSEQUENCES}
    elif change.get("conditions") is not None:
        base.pop("variants", None)
    return {**base, **change}


def _take_code(team: TeamFacts, state: RuleState, code: str) -> None:
    """A rule that never was live may still be called something else."""
    rule = state.rule
    if code == rule.code:
        return
    if state.live is not None:
        raise Invalid(errors=[Problem("code", "cannot change once the rule was live")])
    _check_code(team, code)
    rule.code = code
    rule.save(update_fields=["code", "updated_at"])


def _check_code(team: TeamFacts, code: str) -> None:
    if Rule.objects.filter(team_id=team.id, code=code).exists():
        raise Conflict("Another rule of the team has this code", code="code_taken")


def _add_version(caller: Principal, rule: Rule, number: int, document: dict[str, Any]) -> RuleVersion:
    return RuleVersion.objects.create(
        organisation_id=rule.organisation_id,
        team_id=rule.team_id,
        rule=rule,
        version=number,
        document=document,
        status=Rule.Status.DRAFT,
        drafted_by=caller.id,
        drafted_by_person=caller.person_id,
    )


def _note(
    caller: Principal,
    action: str,
    rule: Rule,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    note(caller=caller, action=action, subject=("rule", show("rul", rule.id)), before=before, after=after)
