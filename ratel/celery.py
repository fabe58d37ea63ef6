"""The Celery application: the pool of hands for what happens after an answer.

Rows are the truth; a task carries ids only, never personal data, and is safe to repeat.
"""

import os
import signal
from typing import Any

from billiard.process import current_process
from celery import Celery
from celery.signals import beat_embedded_init

from ratel.embedded.process import end_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ratel.settings")
app = Celery("ratel")
app.config_from_object("django.conf:settings", namespace="CELERY")


@beat_embedded_init.connect
def end_with_worker(**_: Any) -> None:
    """The clock inside a worker must not outlive it: a killed worker's successor brings one of its own."""
    end_with_parent(current_process()._parent_pid, signal.SIGTERM)  # type: ignore[attr-defined]  # set by fork
