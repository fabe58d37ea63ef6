"""The web server of tests that count what a limit admits: however busy the machine is, Redis is waited for."""

from django.conf import settings

from ratel.wsgi import application
from teams.limits import admission
from teams.limits.shared import SharedBuckets

__all__ = ["application"]

admission.SHARED = SharedBuckets(settings.REDIS_URL, timeout_seconds=10)  # type: ignore[misc]
