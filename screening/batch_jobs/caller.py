"""Who handed something over, kept in columns until it is decided in their name."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from teams.principal import Principal, TeamFacts


@dataclass(frozen=True)
class KeptCaller:
    """Four columns. What they were allowed was checked when they called; nothing is checked again."""

    kind: str
    id: UUID
    person_id: UUID | None
    address: str

    @classmethod
    def of(cls, caller: Principal) -> "KeptCaller":
        return cls(caller.kind, caller.id, caller.person_id, caller.address)

    def columns(self) -> dict[str, Any]:
        return {
            "caller_kind": self.kind,
            "caller_id": self.id,
            "caller_person_id": self.person_id,
            "caller_address": self.address,
        }

    def as_principal(self, team: TeamFacts) -> Principal:
        return Principal(
            kind="key" if self.kind == "key" else "person",
            id=self.id,
            team=team,
            scopes=frozenset({"evaluate"}),
            person_id=self.person_id,
            address=self.address,
        )
