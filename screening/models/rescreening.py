"""Evaluations that were decided without one of their layers, waiting to be decided again with it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Rescreening(models.Model):
    """One partial evaluation that waits; written with it, removed by the transaction that stores the full one.

    A row that was given up stays, with when. `lease_until` is until when somebody is at work on it.
    """

    evaluation_id = models.UUIDField(primary_key=True, editable=False)
    organisation_id = models.UUIDField()
    team_id = models.UUIDField()
    missing_layers = ArrayField(models.CharField(max_length=16))
    queued_at = models.DateTimeField()
    attempts = models.IntegerField(db_default=0)
    next_attempt_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.evaluation_id)
