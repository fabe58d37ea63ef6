"""What a bundle is about, and for whom."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from teams.principal import TeamFacts


@dataclass(frozen=True)
class Scope:
    """What a bundle is about: `kind` is case, customer or period."""

    team: TeamFacts
    kind: str
    subject_id: UUID | None
    start: datetime | None
    end: datetime | None
    with_reports: bool

    @property
    def subject(self) -> UUID:
        """Of a case or a customer, which have one."""
        if self.subject_id is None:
            raise ValueError(f"a {self.kind} has no subject")
        return self.subject_id
