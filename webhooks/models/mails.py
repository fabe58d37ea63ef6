"""E-mail to people of a team: one row for each event and each person who must be told of it."""

from django.db import models

from ratel.identifiers import new_id


class Mail(models.Model):
    """What one person must be told by mail. Addresses are read when it is sent; `facts` holds ids and grades only."""

    class Kind(models.TextChoices):
        ALERT_ESCALATED = "alert.escalated", "Escalated alert"
        ENDPOINT_PAUSED = "endpoint_paused", "Endpoint paused"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    team_id = models.UUIDField()
    person_id = models.UUIDField()
    # The event or notice that it tells of.
    about_id = models.UUIDField()
    kind = models.CharField(max_length=20, choices=Kind.choices)
    facts = models.JSONField()
    occurred_at = models.DateTimeField()
    created_at = models.DateTimeField()
    attempts = models.IntegerField(db_default=0)
    next_attempt_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["about_id", "person_id"], name="a_person_is_told_of_an_event_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.about_id}"
