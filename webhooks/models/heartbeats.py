"""Signs of life of what works in the background."""

from django.db import models


class Heartbeat(models.Model):
    """When something in the background last worked: a process (`poller ...`) or a periodic task (its name).

    Times and names of our own code only, of no tenant, so it is not under row-level security.
    """

    name = models.CharField(primary_key=True, max_length=120)
    at = models.DateTimeField()
    beats = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return self.name
