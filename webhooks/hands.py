"""Signs of life of Celery's hands: each task that ends well leaves its name and the time in a row; and their end.

From these rows the poller knows a worker that is alive but hears nothing, whatever its process looks like. Imported by
the worker (CELERY_IMPORTS); it must never make a task fail.
"""

import multiprocessing.sharedctypes
from typing import Any, Final

import structlog
from celery.signals import task_success, worker_shutting_down
from django.utils import timezone

from webhooks.delivery.heartbeats import TASK, beat

log = structlog.get_logger(__name__)
# Shared with the processes of the pool, which are forked after this: only the worker itself hears that it is to end.
# Without a lock, because a process that is killed while it holds one would stop all others.
_is_stopping: Final = multiprocessing.sharedctypes.RawValue("b", 0)


@task_success.connect
def note_success(sender: Any = None, **_: Any) -> None:
    """`sender` is the task that ended."""
    try:
        beat(TASK + str(sender.name), now=timezone.now())
    except Exception as error:
        log.warning("heartbeat_failed", error=type(error).__name__)


@worker_shutting_down.connect
def note_end(**_: Any) -> None:
    """The worker was asked to end: whoever delivers takes nothing new."""
    _is_stopping.value = 1


def is_stopping() -> bool:
    return bool(_is_stopping.value)
