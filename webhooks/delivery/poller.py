"""The poller: looks at the rows whether or not anybody rings, and works itself where nobody else does.

Every quarter of a second it looks for due deliveries and rings for Celery's hands. Where they do not come (Redis is
gone, the worker is dead, or alive but deaf) their heartbeat row is old, and the poller delivers by itself until they
are back. The same holds for every periodic task: one that has not ended well for long is run here. It decides by rows
alone, never by asking Redis or Celery how they are.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any, Final

import structlog
from django.conf import settings
from django.db import connection
from django.utils import timezone

from ratel.celery import app
from ratel.statements import driver_connection
from webhooks.delivery import doorbell, heartbeats
from webhooks.delivery.engine import Engine
from webhooks.delivery.shared_courier import shared_courier
from webhooks.delivery.tenants import Tenant, all_tenants

LOOK_SECONDS: Final = 0.25
# Looking takes at most this share of the poller's time, however many organisations there are.
LARGEST_SHARE_OF_LOOKING: Final = 0.05
# Hands at work beat twice a second.
HANDS_ABSENT_AFTER: Final = timedelta(seconds=2)
# A beat from further ahead comes from a clock that was wrong: nobody knows when it was.
CLOCKS_DIFFER: Final = timedelta(seconds=5)
OWN_RUN_SECONDS: Final = 5.0
TASKS_SECONDS: Final = 1.0
# A periodic task is the poller's when it is late by two of its periods and this.
TASK_PATIENCE: Final = timedelta(seconds=10)
_AFTER_FAILURE_SECONDS: Final = 0.5

log = structlog.get_logger(__name__)


@dataclass
class Poller:
    """`stopping` ends it between two looks."""

    stopping: Callable[[], bool]
    clock: Callable[[], datetime] = timezone.now
    _due_since: datetime | None = field(default=None, init=False)
    _started_at: datetime | None = field(default=None, init=False)
    _tasks_at: float = field(default=0.0, init=False)
    # Tasks run beside the looking: one that takes long must not hold up deliveries.
    _hand: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(1, "poller-task"), init=False
    )
    _running: Future[None] | None = field(default=None, init=False)

    def run(self) -> None:
        """Until asked to stop; whatever fails is logged by its kind and tried again."""
        while not self.stopping():
            begun, delivering = time.monotonic(), 0.0
            try:
                delivering = self.look()
            except Exception as error:
                log.error("poller_failed", error=type(error).__name__)
                connection.close()
                time.sleep(_AFTER_FAILURE_SECONDS)
            # Only looking is to be done seldom; after delivering there is more to deliver.
            spent = time.monotonic() - begun - delivering
            time.sleep(min(max(LOOK_SECONDS - spent, spent / LARGEST_SHARE_OF_LOOKING, 0.0), 5.0))

    def look(self) -> float:
        """One look: ring where something is due, deliver where nobody has come, run what is overdue. Answers for how many
        seconds it delivered."""
        now = self.clock()
        self._started_at = self._started_at or now
        beats = heartbeats.beats_until(now + CLOCKS_DIFFER)
        delivering = self._deliver(now, beats)
        if self._tasks_at <= time.monotonic():
            self._tasks_at = time.monotonic() + TASKS_SECONDS
            heartbeats.beat(heartbeats.POLLER, now=now)
            if self._running is None or self._running.done():
                late = overdue(settings.CELERY_BEAT_SCHEDULE, beats, now, since=self._started_at)
                self._running = self._hand.submit(run_here, late, self.clock) if late else None
        return delivering

    def _deliver(self, now: datetime, beats: Mapping[str, datetime]) -> float:
        if not any(has_work(tenant, now=now) for tenant in all_tenants()):
            self._due_since = None
            return 0.0
        self._due_since = self._due_since or now
        doorbell.ring()
        last = max(beats.get(heartbeats.DELIVERY, self._due_since), self._due_since)
        if now - last < HANDS_ABSENT_AFTER:
            return 0.0
        log.warning("poller_delivers", seconds_without_hands=(now - last).total_seconds())
        begun = time.monotonic()
        Engine(shared_courier(), name=heartbeats.POLLER, clock=self.clock).run(
            budget_seconds=OWN_RUN_SECONDS, stopping=self.stopping
        )
        return time.monotonic() - begun


def run_here(task_names: Iterable[str], clock: Callable[[], datetime]) -> None:
    """Runs periodic tasks in this process, one after the other; one that fails waits for its next time."""
    # Tasks are known by their names only once their modules are loaded.
    for module in settings.CELERY_IMPORTS:
        import_module(module)
    for task_name in task_names:
        log.warning("poller_runs_task", task=task_name)
        try:
            app.tasks[task_name].run()
            heartbeats.beat(heartbeats.TASK + task_name, now=clock())
        except Exception as error:
            log.error("poller_task_failed", task=task_name, error=type(error).__name__)
            connection.close()


def overdue(
    schedule: Mapping[str, Mapping[str, Any]],
    beats: Mapping[str, datetime],
    now: datetime,
    *,
    since: datetime,
) -> list[str]:
    """Names of the periodic tasks that nobody has run for too long; `since` is when looking began.

    Tasks at a time of day are left to Celery: they say nothing of how long is too long.
    """
    late = []
    for entry in schedule.values():
        period = entry["schedule"]
        if isinstance(period, int | float):
            period = timedelta(seconds=period)
        if not isinstance(period, timedelta):
            continue
        last = beats.get(heartbeats.TASK + str(entry["task"]), since)
        if now - last > 3 * period + TASK_PATIENCE:
            late.append(str(entry["task"]))
    return late


def has_work(tenant: Tenant, *, now: datetime) -> bool:
    """Whether an engine would find anything to do for the organisation."""
    with tenant.seen():
        row = (
            driver_connection()
            .execute(
                # Each endpoint is asked for by itself, so that the queue of another bank costs nothing here.
                "SELECT EXISTS (SELECT 1 FROM webhooks_outboxevent WHERE team_id = ANY(%(teams)s) AND NOT is_fanned_out)"
                " OR EXISTS (SELECT 1 FROM webhooks_endpoint e"
                " WHERE e.team_id = ANY(%(teams)s) AND e.status = 'active' AND e.deleted_at IS NULL"
                " AND ((e.breaker_until IS NULL OR e.breaker_until <= %(now)s) AND EXISTS ("
                "SELECT 1 FROM webhooks_delivery d WHERE d.endpoint_id = e.id AND d.state = 'pending'"
                " AND d.next_attempt_at <= %(now)s AND (e.is_confidential OR NOT d.is_confidential))"
                " OR EXISTS (SELECT 1 FROM webhooks_delivery d WHERE d.endpoint_id = e.id AND d.state = 'last_wait'"
                " AND d.next_attempt_at <= %(now)s)"
                " OR EXISTS (SELECT 1 FROM webhooks_delivery d WHERE d.endpoint_id = e.id AND d.state = 'leased'"
                " AND d.lease_until <= %(now)s)))",
                {"teams": list(tenant.team_ids), "now": now},
            )
            .fetchone()
        )
    return bool(row and row[0])
