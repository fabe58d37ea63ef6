"""Transactions that were handed over to be decided in a moment."""

from django.db import models

from ratel.identifiers import new_id


class QueuedEvaluation(models.Model):
    """One transaction that waits, or what came of it. `id` is the evaluation's, known before it is made.

    Where the external id had been decided before, `evaluation_id` is that earlier evaluation. The body is sealed under
    this row's id, and removed once there is an answer.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        DONE = "done", "Done"
        REFUSED = "refused", "Refused"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    team_id = models.UUIDField()
    caller_kind = models.CharField(max_length=6)
    caller_id = models.UUIDField()
    caller_person_id = models.UUIDField(null=True)
    caller_address = models.CharField(max_length=45, default="", blank=True)
    key_hash = models.UUIDField(null=True)
    body_hash = models.BinaryField()
    sealed_body = models.BinaryField(null=True)
    state = models.CharField(max_length=7, choices=State.choices, default=State.WAITING)
    evaluation_id = models.UUIDField(null=True)
    # The refusal's code, detail and problems, sealed: they can quote what was sent.
    sealed_refusal = models.BinaryField(null=True)
    queued_at = models.DateTimeField()
    attempts = models.IntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team_id", "key_hash"], name="one_queued_evaluation_per_key")
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.state}"
