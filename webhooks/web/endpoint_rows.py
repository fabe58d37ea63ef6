"""What the desk shows of an endpoint: how it is doing, what waits for it, what was given up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.utils import timezone

from ratel.identifiers import read, show
from ratel.problem import NotFound
from teams.principal import Principal
from webhooks.models import Endpoint
from webhooks.selectors import ENDPOINT, SEES_REPORTS, endpoints_of
from webhooks.standing import NOTHING, Standing, standing_of

LAG_ALARM: Final = timedelta(minutes=5)


@dataclass(frozen=True)
class EndpointRow:
    """An endpoint and how it stands. Of a confidential one, who may not see reports is not told how it is doing."""

    endpoint: Endpoint
    standing: Standing
    sees_health: bool
    now: datetime

    @property
    def id(self) -> str:
        return show(ENDPOINT, self.endpoint.id)

    @property
    def events(self) -> list[str]:
        return sorted(self.endpoint.events)

    @property
    def lag(self) -> timedelta | None:
        oldest = self.standing.oldest_at
        return max(self.now - oldest, timedelta(0)) if oldest else None

    @property
    def is_paused(self) -> bool:
        return self.endpoint.status == Endpoint.Status.PAUSED

    @property
    def is_well(self) -> bool:
        if self.is_paused or not self.sees_health:
            return not self.is_paused
        is_late = self.lag is not None and self.lag > LAG_ALARM
        return self.endpoint.breaker == Endpoint.Breaker.CLOSED and not is_late

    @property
    def tone(self) -> str:
        if self.is_paused:
            return "high" if self.endpoint.pause_reason == Endpoint.PauseReason.FAILING else "plain"
        if self.state == "Not tried yet":
            return "plain"
        return "good" if self.is_well else "high"

    @property
    def state(self) -> str:
        """In one or two words how it is doing."""
        if self.is_paused:
            is_failing = self.endpoint.pause_reason == Endpoint.PauseReason.FAILING
            return "Paused, failed for long" if is_failing else "Paused by hand"
        if not self.sees_health:
            return "Active"
        if self.endpoint.breaker != Endpoint.Breaker.CLOSED:
            return f"Breaker {self.endpoint.get_breaker_display().lower()}"
        if self.endpoint.last_success_at is None and self.endpoint.failing_since is None:
            return "Not tried yet"
        return "Well" if self.is_well else "Behind"

    @property
    def overlap_until(self) -> datetime | None:
        until = self.endpoint.previous_secret_until
        return until if until is not None and until > self.now else None

    def cells(self) -> list[Any]:
        one = self.endpoint
        health = (one.breaker, one.last_success_at, one.failing_since) if self.sees_health else (None,) * 3
        return [
            *(self.id, one.url, one.description, one.status, *health, self.standing.waiting),
            *(self.standing.oldest_at, self.standing.dead, one.schedule, " ".join(self.events)),
        ]


def endpoint_rows(caller: Principal, endpoints: Sequence[Endpoint]) -> list[EndpointRow]:
    now = timezone.now()
    standings = standing_of(caller, [one.id for one in endpoints])
    return [
        EndpointRow(one, standings.get(one.id, NOTHING), not is_out_of_reach(caller, one), now)
        for one in endpoints
    ]


def is_out_of_reach(caller: Principal, endpoint: Endpoint) -> bool:
    """When a confidential endpoint was last told something can tell that there was something to tell."""
    return endpoint.is_confidential and not caller.may(SEES_REPORTS)


def find_endpoint(caller: Principal, endpoint_id: str) -> Endpoint:
    """Inside `tenant(...)`; also a callback's address, which is looked at and never changed."""
    identifier = read(ENDPOINT, endpoint_id)
    found = endpoints_of(caller).filter(id=identifier).first() if identifier else None
    if found is None:
        raise NotFound
    return found
