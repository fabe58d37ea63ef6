"""Results on their way to a Kafka topic."""

from django.db import models

from ratel.identifiers import new_id


class Publication(models.Model):
    """One message that waits or was sent. What it says is made from the evaluation, so nothing of it is kept here."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        PUBLISHED = "published", "Published"
        GIVEN_UP = "given_up", "Given up"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    team_id = models.UUIDField()
    evaluation_id = models.UUIDField()
    topic = models.CharField(max_length=249)
    version = models.CharField(max_length=128)
    state = models.CharField(
        max_length=9, choices=State.choices, default=State.WAITING, db_default=State.WAITING
    )
    attempts = models.IntegerField(default=0, db_default=0)
    # While somebody is sending it, until when nobody else does.
    next_attempt_at = models.DateTimeField()
    last_error = models.CharField(max_length=64, default="", db_default="", blank=True)
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.id} {self.state}"
