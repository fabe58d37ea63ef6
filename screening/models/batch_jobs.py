"""Batches that were handed over: the batch, and its chunks, which are the rows that are claimed and worked on."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from ratel.identifiers import new_id


class BatchJob(models.Model):
    """One accepted batch. `processed` counts items with a result, `failed` those whose result is an error.

    Whoever was cancelled stays `processing` until the chunks that had been begun are finished.
    """

    class Status(models.TextChoices):
        PROCESSING = "processing", "Processing"
        COMPLETED = "completed", "Completed"
        CANCELLED = "cancelled", "Cancelled"
        FAILED = "failed", "Failed"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    team_id = models.UUIDField()
    # Who handed it over: its decisions are audited as theirs.
    caller_kind = models.CharField(max_length=6)
    caller_id = models.UUIDField()
    caller_person_id = models.UUIDField(null=True)
    caller_address = models.CharField(max_length=45, default="", blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PROCESSING)
    total = models.IntegerField()
    processed = models.IntegerField(default=0)
    failed = models.IntegerField(default=0)
    chunks_left = models.IntegerField()
    callback_url = models.CharField(max_length=2048, default="", blank=True)
    # Of the call that handed it over, where it had an `Idempotency-Key`.
    idempotency_hash = models.UUIDField(null=True)
    body_hash = models.BinaryField(null=True)
    accepted_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.id} {self.status}"


class BatchChunk(models.Model):
    """Some items of a batch, with their positions in it. All items of one customer are in one lane, and the chunks of a
    lane are worked on one after the other, so that a customer's items see each other in order.

    Items and results are sealed under this row's id. Items are removed when the results are there.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        DONE = "done", "Done"
        # Its batch was cancelled, or it could not be finished in time.
        DROPPED = "dropped", "Dropped"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    team_id = models.UUIDField()
    batch_id = models.UUIDField()
    lane = models.IntegerField()
    number = models.IntegerField()
    positions = ArrayField(models.IntegerField())
    sealed_items = models.BinaryField(null=True)
    sealed_results = models.BinaryField(null=True)
    state = models.CharField(max_length=7, choices=State.choices, default=State.WAITING)
    attempts = models.IntegerField(default=0)
    begun_at = models.DateTimeField(null=True)
    next_attempt_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.batch_id} {self.lane}/{self.number}"
