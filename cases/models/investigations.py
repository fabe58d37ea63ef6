"""Cases, which group alerts, with their notes and steps."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from ratel.identifiers import new_id


class Case(models.Model):
    class Status(models.TextChoices):
        OPEN = "OPEN", "Open"
        IN_PROGRESS = "IN_PROGRESS", "In progress"
        PENDING_REVIEW = "PENDING_REVIEW", "Pending review"
        ESCALATED = "ESCALATED", "Escalated"
        RESOLVED_TRUE_POSITIVE = "RESOLVED_TRUE_POSITIVE", "Resolved, true positive"
        RESOLVED_FALSE_POSITIVE = "RESOLVED_FALSE_POSITIVE", "Resolved, false positive"
        CLOSED = "CLOSED", "Closed"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    team_id = models.UUIDField()
    # Null where a case was opened by hand about somebody who is no customer.
    customer_id = models.UUIDField(null=True)
    type = models.CharField(max_length=24)
    title = models.CharField(max_length=200, default="", db_default="", blank=True)
    sealed_description = models.BinaryField(null=True)
    tags = ArrayField(models.CharField(max_length=40), default=list, db_default=[])
    related_transaction_id = models.UUIDField(null=True)
    priority = models.CharField(max_length=8)
    status = models.CharField(max_length=24, choices=Status.choices, default=Status.OPEN)
    assigned_to_id = models.UUIDField(null=True)
    # Proposed by one person for another to confirm, where resolutions need four eyes; then what was decided.
    disposition = models.CharField(max_length=16, default="", db_default="", blank=True)
    sealed_reason = models.BinaryField(null=True)
    proposed_by_id = models.UUIDField(null=True)
    proposed_by_person_id = models.UUIDField(null=True)
    resolved_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    # Counts changes: whoever acts on what is no longer so is told.
    version = models.IntegerField(default=1, db_default=1)

    class Meta:
        indexes = [models.Index(fields=["team_id", "status", "created_at"], name="case_by_status")]

    def __str__(self) -> str:
        return str(self.id)


class CaseNote(models.Model):
    """What somebody wrote about a case. Never changed, never removed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    team_id = models.UUIDField()
    case_id = models.UUIDField()
    author_kind = models.CharField(max_length=8)
    author_id = models.UUIDField(null=True)
    sealed_text = models.BinaryField()
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.id)


class CaseStep(models.Model):
    """One thing that happened to a case: what and by whom, with ids and codes, never with somebody's words."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    team_id = models.UUIDField()
    case_id = models.UUIDField()
    action = models.CharField(max_length=24)
    actor_kind = models.CharField(max_length=8)
    actor_id = models.UUIDField(null=True)
    detail = models.JSONField(default=dict)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.action} {self.case_id}"
