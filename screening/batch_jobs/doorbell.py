"""Calls Celery's hands to batches and queued evaluations (`work.py`). Best effort; the rows are the truth."""

from typing import Final

from webhooks.delivery.doorbell import Doorbell

TASK: Final = "screening.batch_jobs.tasks.work"
_doorbell: Final = Doorbell(TASK, "ratel:batches:rung", held_ms=150)
ring = _doorbell.ring
