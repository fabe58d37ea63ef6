"""The outbox: events written in the database transaction of what they report."""

from django.db import models

from ratel.identifiers import new_id


class OutboxEvent(models.Model):
    """One event to tell the bank of. `sequence` orders the events of a deployment; `subject` those of one case.

    Nothing else is done on the path that writes it: whoever delivers finds the rows that are not `is_fanned_out`,
    in whatever order they were committed.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    sequence = models.BigIntegerField(db_default=0, editable=False)
    organisation_id = models.UUIDField()
    team_id = models.UUIDField()
    event = models.CharField(max_length=40)
    subject = models.CharField(max_length=64)
    # Events that tell of a report go only to endpoints which an officer has marked confidential.
    is_confidential = models.BooleanField(default=False)
    payload = models.JSONField()
    occurred_at = models.DateTimeField()
    # Whether its deliveries exist: written by the transaction that made them, so each is made exactly once.
    is_fanned_out = models.BooleanField(db_default=False)
    # The same for the mails of the few events that people are told of.
    is_mailed = models.BooleanField(db_default=False)

    class Meta:
        indexes = [models.Index(fields=["team_id", "sequence"], name="outbox_in_order")]

    def __str__(self) -> str:
        return self.event
