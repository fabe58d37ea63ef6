"""One event on its way to one endpoint: the row that is claimed, each attempt, and the dead letter at the end."""

from django.db import models

from ratel.identifiers import new_id


class Delivery(models.Model):
    """One event for one endpoint, until somebody answers 2xx or the schedule is over.

    `attempts_made` counts every attempt ever (the number that the receiver sees), `attempts_spent` those that the
    schedule counts: an attempt by hand, or one that was cut off because the process died, is not spent.
    """

    class State(models.TextChoices):
        PENDING = "pending", "Waiting"
        LEASED = "leased", "Under way"
        # Every attempt is spent; the last wait passes before it is given up, and a retry by hand may still save it.
        LAST_WAIT = "last_wait", "Last wait"
        DONE = "done", "Delivered"
        DEAD = "dead", "Given up"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    team_id = models.UUIDField()
    endpoint_id = models.UUIDField()
    event_id = models.UUIDField()
    event = models.CharField(max_length=40)
    subject = models.CharField(max_length=64)
    sequence = models.BigIntegerField()
    # As its event's; kept here so that lists can leave it out without reading the event.
    is_confidential = models.BooleanField(default=False)
    state = models.CharField(max_length=9, choices=State.choices, default=State.PENDING)
    attempts_made = models.IntegerField(default=0)
    attempts_spent = models.IntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    # Set while an attempt by hand is asked for: when the schedule goes on if that attempt fails.
    resumes_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    lease_owner = models.UUIDField(null=True)
    last_status_code = models.IntegerField(null=True)
    last_error = models.CharField(max_length=32, default="", blank=True)
    created_at = models.DateTimeField()
    completed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["event_id", "endpoint_id"], name="one_delivery_of_an_event_to_an_endpoint"
            )
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.state}"


class Attempt(models.Model):
    """One request and what came back: at most 4 KiB of it, sealed under this row's id, for the delivery log."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    team_id = models.UUIDField()
    delivery_id = models.UUIDField()
    number = models.IntegerField()
    is_by_hand = models.BooleanField(default=False)
    started_at = models.DateTimeField()
    duration_ms = models.IntegerField()
    # No status code where nothing answered; then `error` says why (`webhooks/delivery/outcome.py` has the names).
    status_code = models.IntegerField(null=True)
    error = models.CharField(max_length=32, default="", blank=True)
    sealed_response = models.BinaryField(null=True)

    def __str__(self) -> str:
        return f"attempt {self.number} of {self.delivery_id}"


class DeadLetter(models.Model):
    """A delivery that was given up: kept for 7 days, can be replayed. A replayed one stays as a record of itself."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    team_id = models.UUIDField()
    delivery_id = models.UUIDField()
    endpoint_id = models.UUIDField()
    event_id = models.UUIDField()
    event = models.CharField(max_length=40)
    subject = models.CharField(max_length=64)
    sequence = models.BigIntegerField()
    is_confidential = models.BooleanField(default=False)
    attempts_made = models.IntegerField()
    last_status_code = models.IntegerField(null=True)
    last_error = models.CharField(max_length=32, default="", blank=True)
    died_at = models.DateTimeField()
    replayed_at = models.DateTimeField(null=True)
    replayed_by_id = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["delivery_id"],
                condition=models.Q(replayed_at__isnull=True),
                name="one_open_dead_letter_of_a_delivery",
            )
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.died_at}"
