"""The delivery engine, in one process: visit each organisation, send what is due, settle what was answered.

    outbox row -> fan_out -> delivery -> claim -> courier -> settle -> done, or waiting again, or a dead letter

One engine serves every endpoint of every organisation; what one endpoint does with its time is nobody else's. It holds
nothing that another engine could not find in the rows after a kill. It must never let one organisation's failure, or an
answer that cannot be settled yet, end its run.
"""

import random
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeVar
from uuid import UUID

import structlog
from django.db import connection
from django.utils import timezone

from ratel.identifiers import new_id
from webhooks.delivery import doorbell, heartbeats
from webhooks.delivery.claim import LEASE, claim
from webhooks.delivery.courier import Courier
from webhooks.delivery.fan_out import fan_out
from webhooks.delivery.letter import SECRET_UNREADABLE, Answer, Letter
from webhooks.delivery.settle import settle
from webhooks.delivery.tenants import Tenant, all_tenants
from webhooks.delivery.upkeep import bury, release_lost

Clock = Callable[[], datetime]
Argument = TypeVar("Argument")
# Attempts that wait for their receivers cost little; this bounds the bodies that are held in memory (64 KiB each).
MOST_UNDER_WAY: Final = 500
# An organisation without work is looked at again after this, or later where looking at all of them takes longer.
QUIET_SECONDS: Final = 0.1
LARGEST_SHARE_OF_LOOKING: Final = 0.1
UPKEEP_SECONDS: Final = 1.0
TENANTS_SECONDS: Final = 1.0
BEAT_SECONDS: Final = 0.5
_NAP_SECONDS: Final = 0.02
_AFTER_FAILURE_SECONDS: Final = 0.2

log = structlog.get_logger(__name__)


@dataclass
class Beat:
    """One organisation's place in the engine's round: when it is visited next (seconds of the monotonic clock)."""

    tenant: Tenant
    visit_at: float = 0.0
    upkeep_at: float = 0.0


@dataclass
class Unsettled:
    """Answers of one organisation that are not written down yet, and until when writing them makes sense."""

    answers: list[Answer] = field(default_factory=list)
    give_up_at: float = 0.0


class Engine:
    """`courier` outlives the engine, so that connections to receivers are kept between runs."""

    def __init__(
        self,
        courier: Courier,
        *,
        name: str = heartbeats.DELIVERY,
        clock: Clock = timezone.now,
        draw: Callable[[], float] = random.random,
        tenants: Callable[[], list[Tenant]] = all_tenants,
    ) -> None:
        self._courier = courier
        self._name = name
        self._clock = clock
        self._draw = draw
        self._tenants = tenants
        self._owner = new_id()
        self._beats: dict[UUID, Beat] = {}
        self._tenants_at = 0.0
        self._beat_at = 0.0
        self._looking_seconds = 0.0
        self._under_way = 0
        self._unsettled: dict[UUID, Unsettled] = defaultdict(Unsettled)
        self.settled = 0

    def run(
        self,
        *,
        budget_seconds: float,
        linger_seconds: float = 0.0,
        stopping: Callable[[], bool] = lambda: False,
        hand_over: Callable[[], None] = lambda: None,
    ) -> int:
        """Works until nothing has been due for `linger_seconds`, the budget is over, or it is asked to stop.

        Then it only ends what it began, after `hand_over` has called for somebody to go on meanwhile. How many
        attempts it settled.
        """
        ends_at = time.monotonic() + budget_seconds
        busy_at = time.monotonic()
        is_claiming = True
        while True:
            now = time.monotonic()
            if is_claiming and (now >= ends_at or stopping()):
                is_claiming = False
                hand_over()
            has_moved = self._guarded(self._round, is_claiming)
            busy_at = now if has_moved else busy_at
            is_idle = not has_moved and self._under_way == 0 and not self._unsettled
            if is_idle and (not is_claiming or now - busy_at >= linger_seconds):
                return self.settled
            self._wait(has_moved)

    def _round(self, is_claiming: bool) -> bool:
        """Settles what has been answered and visits whoever's turn it is; whether anything moved."""
        has_moved = self._settle_all()
        if not is_claiming:
            return has_moved
        self._beat()
        self._meet_tenants()
        begun = time.monotonic()
        for beat in list(self._beats.values()):
            if beat.visit_at <= time.monotonic():
                has_moved = self._guarded(self._visit, beat) or has_moved
                has_moved = self._settle_all() or has_moved
        self._looking_seconds = time.monotonic() - begun
        return has_moved

    def _visit(self, beat: Beat) -> bool:
        """One organisation: what is overdue, what is new, what is due. An idle one is left alone for a while."""
        tenant, now = beat.tenant, self._clock()
        beat.visit_at = time.monotonic() + max(
            QUIET_SECONDS, self._looking_seconds / LARGEST_SHARE_OF_LOOKING
        )
        if beat.upkeep_at <= time.monotonic():
            beat.upkeep_at = time.monotonic() + UPKEEP_SECONDS
            release_lost(tenant, now=now)
            bury(tenant, now=now)
        made = fan_out(tenant, now=now)
        letters = self._claim(tenant, now)
        if made or letters:
            beat.visit_at = 0.0
        return bool(made or letters)

    def _claim(self, tenant: Tenant, now: datetime) -> list[Letter]:
        room = MOST_UNDER_WAY - self._under_way
        letters = claim(tenant, owner=self._owner, most=room, now=now) if room > 0 else []
        self._under_way += len(letters)
        sendable = [letter for letter in letters if letter.secrets]
        for letter in letters:
            if not letter.secrets:
                self._took(Answer(letter, now, now, 0, None, SECRET_UNREADABLE))
        if sendable:
            self._courier.send(sendable)
        return letters

    def _settle_all(self) -> bool:
        for answer in self._courier.collect(wait_seconds=0.0):
            self._took(answer)
        has_moved = False
        for organisation_id in list(self._unsettled):
            has_moved = self._guarded(self._settle, organisation_id) or has_moved
        return has_moved

    def _took(self, answer: Answer) -> None:
        waiting = self._unsettled[answer.letter.organisation_id]
        waiting.answers.append(answer)
        waiting.give_up_at = time.monotonic() + LEASE.total_seconds()
        self._under_way -= 1

    def _settle(self, organisation_id: UUID) -> bool:
        """Kept for the next round where the database does not take it; dropped when the lease is long over."""
        waiting = self._unsettled[organisation_id]
        beat = self._beats[organisation_id]
        if time.monotonic() > waiting.give_up_at:
            log.error("webhook_answers_dropped", count=len(waiting.answers))
            del self._unsettled[organisation_id]
            return False
        self.settled += settle(beat.tenant, waiting.answers, owner=self._owner, draw=self._draw)
        del self._unsettled[organisation_id]
        # Room has become free, and what waited for its turn within a subject may go now.
        beat.visit_at = 0.0
        return True

    def _meet_tenants(self) -> None:
        if self._tenants_at > time.monotonic():
            return
        self._tenants_at = time.monotonic() + TENANTS_SECONDS
        for tenant in self._tenants():
            known = self._beats.get(tenant.organisation_id)
            if known is None:
                self._beats[tenant.organisation_id] = Beat(tenant)
            else:
                known.tenant = tenant

    def _beat(self) -> None:
        if self._beat_at <= time.monotonic():
            self._beat_at = time.monotonic() + BEAT_SECONDS
            if self._name == heartbeats.DELIVERY:
                doorbell.hold()
            heartbeats.beat(self._name, now=self._clock())

    def _wait(self, has_moved: bool) -> None:
        """Until the next answer or the next visit; not at all while there is plenty to do."""
        if has_moved and not self._unsettled:
            return
        if self._unsettled:
            time.sleep(_AFTER_FAILURE_SECONDS)
        elif self._under_way:
            for answer in self._courier.collect(wait_seconds=_NAP_SECONDS):
                self._took(answer)
        else:
            time.sleep(_NAP_SECONDS)

    def _guarded(self, step: Callable[[Argument], bool], argument: Argument) -> bool:
        """A step that fails is logged by its kind and tried again in a later round."""
        try:
            return step(argument)
        except Exception as error:
            log.error("webhook_step_failed", error=type(error).__name__)
            connection.close()
            time.sleep(_AFTER_FAILURE_SECONDS)
            return False
