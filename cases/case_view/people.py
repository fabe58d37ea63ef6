"""Names of those who act: members of the team with their roles, people who have left it, and keys."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from ratel.statements import driver_connection
from teams.roles import ROLE_SCOPES, Role

_PEOPLE: Final = (
    "SELECT p.id, p.name, m.role FROM teams_membership m JOIN teams_person p ON p.id = m.person_id"
    " WHERE m.team_id = %(team)s AND p.is_active"
    " UNION ALL SELECT p.id, p.name, '' FROM teams_person p WHERE p.id = ANY(%(actors)s)"
    " UNION ALL SELECT k.id, k.name, 'key' FROM teams_apikey k WHERE k.id = ANY(%(actors)s)"
)


@dataclass(frozen=True)
class Member:
    id: UUID
    name: str
    role: str

    @property
    def works_on_cases(self) -> bool:
        return "case.write" in ROLE_SCOPES[Role(self.role)]


@dataclass(frozen=True)
class People:
    """`members` are the team's, by name; `names` those of everybody that was asked for."""

    members: tuple[Member, ...]
    names: dict[UUID, str]

    def name(self, kind: str, identifier: UUID | None) -> str:
        if kind == "system" or identifier is None:
            return "Ratel"
        found = self.names.get(identifier)
        if kind == "key":
            return f"API key {found}" if found else "an API key"
        return found or "somebody who has left"

    @property
    def workers(self) -> list[Member]:
        return [one for one in self.members if one.works_on_cases]


def people_of(team_id: UUID, actors: Iterable[UUID | None] = ()) -> People:
    """One statement; call inside `tenant(...)`."""
    wanted = [one for one in dict.fromkeys(actors) if one is not None]
    rows = driver_connection().execute(_PEOPLE, {"team": team_id, "actors": wanted}).fetchall()
    members = [Member(*row) for row in rows if row[2] not in {"", "key"}]
    return People(
        tuple(sorted(members, key=lambda one: one.name.casefold())), {row[0]: row[1] for row in rows}
    )
