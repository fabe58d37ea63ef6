"""Every team of this database, for commands and tasks that go through all of them, one organisation at a time."""

from collections.abc import Iterator

from ratel.tenancy import tenant
from teams.audit.chain import organisations
from teams.models import Team
from teams.principal import TeamFacts


def all_teams() -> Iterator[TeamFacts]:
    for organisation_id in organisations():
        with tenant(organisation_id):
            teams = list(Team.objects.order_by("id"))
        for team in teams:
            yield facts_of(team)


def facts_of(team: Team) -> TeamFacts:
    """What a request needs of its team, out of the team's row."""
    is_sandbox = team.sandbox_of_id is not None
    return TeamFacts(team.id, team.organisation_id, team.pack, team.currency, is_sandbox)
