"""`manage.py poll`: the poller, until it is asked to end. Run one beside the worker; two do no harm."""

import signal
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand

from webhooks.delivery.poller import Poller


class Command(BaseCommand):
    help = "Looks for due work whether or not anybody rings, and does it where Celery's hands do not come."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        stopped = [False]

        def stop(number: int, frame: FrameType | None) -> None:
            stopped[0] = True

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        Poller(stopping=lambda: stopped[0]).run()
