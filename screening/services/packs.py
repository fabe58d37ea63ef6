"""Bringing a changed pack into force for the teams that decide by it.

Only its country lists: a team's rules and policy are its own from the day it was made, and change by approval.
"""

from typing import Any

from django.db import transaction

from ratel.tenancy import tenant
from screening.rulesets import lists_now, newest_ruleset, write_ruleset
from screening.services.changes import differences, lock_configuration
from teams import audit
from teams.configuration import STAMPS
from teams.principal import TeamFacts


def pack_refresh(team: TeamFacts) -> bool:
    """Writes a new ruleset where the pack's country lists are others than those in force; whether it did."""
    with tenant(team.organisation_id, [team.id]):
        lock_configuration(team.id)
        newest = newest_ruleset(team.id)
        if newest is None or newest.country_lists == lists_now(team.id, newest):
            return False
        written = write_ruleset(team.organisation_id, team.id)
        before, after = differences(newest.country_lists, written.country_lists)
        _note(team, {"countryLists": before}, {"countryLists": after, "ruleset": written.number})
        transaction.on_commit(STAMPS.forget)
        return True


def _note(team: TeamFacts, before: dict[str, Any], after: dict[str, Any]) -> None:
    audit.record(
        organisation_id=team.organisation_id,
        team_id=team.id,
        actor=audit.system(),
        action="pack.refreshed",
        subject=("team", str(team.id)),
        before=before,
        after=after,
    )
