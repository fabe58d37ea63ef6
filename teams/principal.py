"""Who is calling: a key acting for its one team, or a person acting in one of theirs. Frozen, small, cached."""

from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network
from typing import Literal
from uuid import UUID

from ratel.tenancy import array_literal
from teams.limits.bucket import Bucket


@dataclass(frozen=True)
class TeamFacts:
    """What a request needs of its team."""

    id: UUID
    organisation_id: UUID
    pack: str
    currency: str
    is_sandbox: bool

    @property
    def as_setting(self) -> str:
        """The value of `ratel.teams` under which exactly this team's rows are seen."""
        return array_literal([self.id])


@dataclass(frozen=True)
class Principal:
    """`person_id` is who answers for the action: the person, or the one who made the key (four eyes compare it).

    `buckets` are what each call takes from; none where nothing limits the caller.
    """

    kind: Literal["key", "person"]
    id: UUID
    team: TeamFacts
    scopes: frozenset[str]
    person_id: UUID | None
    address: str = ""
    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    expires_at: datetime | None = None
    buckets: tuple[Bucket, ...] = ()

    is_authenticated = True

    @property
    def pk(self) -> UUID:
        return self.id

    def may(self, scope: str) -> bool:
        return scope in self.scopes

    def is_the_same_person_as(self, *, actor_id: UUID | None, person_id: UUID | None) -> bool:
        """Whether this caller and an earlier actor are one person, also where one of them used a key.

        A key that nobody answers for could be anybody's, so it counts as the same.
        """
        if self.person_id is None or person_id is None:
            return True
        ids = {self.id, self.person_id} - {None}
        return bool(ids & ({actor_id, person_id} - {None}))
