"""Alerts: what an evaluation that is not a pass leaves for an analyst."""

from django.db import models

from ratel.identifiers import new_id


class Alert(models.Model):
    class Status(models.TextChoices):
        OPEN = "open", "Open"
        IN_PROGRESS = "in_progress", "In progress"
        DISMISSED = "dismissed", "Dismissed"
        ESCALATED = "escalated", "Escalated"
        RESOLVED = "resolved", "Resolved"

    class Trigger(models.TextChoices):
        RULE_FIRE = "rule_fire", "Rule"
        SCREENING_MATCH = "screening_match", "Name match"
        LAYER = "layer", "Layer"
        MANUAL = "manual", "By hand"
        RETROACTIVE = "retroactive", "Screened again"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    team_id = models.UUIDField()
    # Null where somebody was screened who is no customer (yet).
    customer_id = models.UUIDField(null=True)
    screening_id = models.UUIDField(null=True)
    transaction_id = models.UUIDField(null=True)
    evaluation_id = models.UUIDField(null=True)
    case_id = models.UUIDField(null=True)
    assigned_to_id = models.UUIDField(null=True)
    trigger = models.CharField(max_length=16, choices=Trigger.choices)
    lane = models.CharField(max_length=12)
    decision = models.CharField(max_length=8)
    risk_score = models.DecimalField(max_digits=12, decimal_places=2)
    severity = models.CharField(max_length=8)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.OPEN)
    # What it is about (screening/joining.py): repeated ones join it, `count` says how many evaluations it stands for
    # and `last_at` when the last one joined.
    key = models.CharField(max_length=100, default="", db_default="", blank=True)
    count = models.IntegerField(default=1)
    last_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField()
    created_at = models.DateTimeField()
    first_opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    # Out of the queue until then.
    snoozed_until = models.DateTimeField(null=True)
    # What it turned out to be: what the statistics of rules are counted from.
    disposition = models.CharField(max_length=16, default="", db_default="", blank=True)
    # Counts changes: whoever acts on what is no longer so is told.
    version = models.IntegerField(default=1, db_default=1)
    # Why somebody raised it by hand, sealed under this row's id; null for what a decision left.
    sealed_reason = models.BinaryField(null=True)

    def __str__(self) -> str:
        return str(self.id)


class AlertEvaluation(models.Model):
    """Which evaluations an alert stands for: a burst joins one alert, and each evaluation stays linked."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    team_id = models.UUIDField()
    alert_id = models.UUIDField()
    evaluation_id = models.UUIDField()
    linked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["alert_id", "evaluation_id"], name="an_evaluation_joins_an_alert_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.alert_id}: {self.evaluation_id}"
