"""What people do with back-tests: start one, cancel one."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from ratel.identifiers import first_id_of, show
from ratel.problem import Conflict, Invalid, NotFound, Problem
from ratel.tenancy import tenant
from screening.models import BackTest, RuleVersion
from screening.rule_trials import doorbell, ranges
from screening.rulesets import LANE, lists_now, newest_ruleset
from screening.services.changes import team_change
from screening.services.rule_states import REGULATORY, load_state
from teams.audit import note
from teams.principal import Principal

LONGEST_DAYS: Final = 366
MOST_OPEN: Final = 5
USUAL_DAYS: Final = 30


def back_test_start(
    *, caller: Principal, rule_id: UUID | None, days: int, version: int | None = None
) -> BackTest:
    """A back-test of one version of a rule (by default the one that is being worked on) over the last `days`."""
    if not 1 <= days <= LONGEST_DAYS:
        raise Invalid(errors=[Problem("days", f"must be a whole number from 1 to {LONGEST_DAYS}")])
    team, now = caller.team, timezone.now()
    with team_change(caller):
        state = load_state(team.id, rule_id)
        if state.rule.layer == REGULATORY:
            raise Conflict(
                "Regulatory rules are fixed", code="regulatory_rule_is_fixed", extra={"allowed": []}
            )
        tested = state.working if version is None else _version(state.rule.id, version)
        if tested.document.get("lane", LANE) != LANE:
            raise Invalid(errors=[Problem("version", "decides no transactions: its lane is another")])
        if BackTest.objects.filter(team_id=team.id, finished_at=None).count() >= MOST_OPEN:
            raise Conflict(
                f"A team may have at most {MOST_OPEN} back-tests at work: wait or cancel one",
                code="too_many_back_tests",
                extra={"allowed": []},
            )
        test = BackTest.objects.create(
            organisation_id=team.organisation_id,
            team_id=team.id,
            rule_id=state.rule.id,
            version=tested.version,
            document=tested.document,
            country_lists=lists_now(team.id, newest_ruleset(team.id)),
            days=days,
            first_id=first_id_of(now - timedelta(days=days)),
            end_id=first_id_of(now + timedelta(milliseconds=1)),
            started_by=caller.id,
            created_at=now,
        )
        after = {"version": tested.version, "days": days}
        note(
            caller=caller,
            action="back_test.started",
            subject=("back_test", show("bkt", test.id)),
            after=after,
        )
        transaction.on_commit(doorbell.ring)
        return test


def back_test_cancel(*, caller: Principal, rule_id: UUID | None, back_test_id: UUID | None) -> BackTest:
    """Ends a back-test that is at work. Raises Conflict for one that has ended."""
    with tenant(caller.team.organisation_id, [caller.team.id]):
        test = ranges.find(caller.team.id, rule_id, back_test_id, lock=True)
        if test is None:
            raise NotFound
        if test.finished_at is not None:
            raise Conflict(
                f"The back-test is {test.status}", extra={"allowed": [], "current": {"status": test.status}}
            )
        ranges.cancel(test, timezone.now())
        note(caller=caller, action="back_test.cancelled", subject=("back_test", show("bkt", test.id)))
        return test


def _version(rule_id: UUID, number: int) -> RuleVersion:
    version = RuleVersion.objects.filter(rule_id=rule_id, version=number).first()
    if version is None:
        raise Invalid(errors=[Problem("version", "the rule has no such version")])
    return version
