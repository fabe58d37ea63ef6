"""Whose work there may be: every organisation with its teams, so that each is worked on in transactions of its own.

Ids only, from the configuration stamps, which no row-level security hides. A transaction that names one organisation's
teams must never touch another's.
"""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from ratel.statements import read_rows
from ratel.tenancy import tenant


@dataclass(frozen=True)
class Tenant:
    """One organisation and all of its teams."""

    organisation_id: UUID
    team_ids: tuple[UUID, ...]

    @contextmanager
    def seen(self) -> Iterator[None]:
        """A transaction that sees the rows of this organisation's teams, as the application's role."""
        with tenant(self.organisation_id, self.team_ids):
            yield


def all_tenants() -> list[Tenant]:
    """Every organisation that has teams, oldest first."""
    teams: dict[UUID, list[UUID]] = defaultdict(list)
    rows = read_rows(
        "SELECT organisation_id, scope FROM teams_configurationstamp"
        " WHERE organisation_id IS NOT NULL AND scope <> organisation_id ORDER BY organisation_id, scope"
    )
    for organisation_id, team_id in rows:
        teams[organisation_id].append(team_id)
    return [Tenant(organisation_id, tuple(team_ids)) for organisation_id, team_ids in teams.items()]
