"""Calls Celery's hands to back-tests (`work.py`). Best effort; the rows are the truth."""

from typing import Final

from webhooks.delivery.doorbell import Doorbell

TASK: Final = "screening.rule_trials.tasks.work"
_doorbell: Final = Doorbell(TASK, "ratel:rule_trials:rung", held_ms=150)
ring = _doorbell.ring
