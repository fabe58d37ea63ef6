"""Cases, which group alerts, and reports, which are drafted where the policy or a rule asks for one."""

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
    customer_id = models.UUIDField()
    type = models.CharField(max_length=24)
    priority = models.CharField(max_length=8)
    status = models.CharField(max_length=24, choices=Status.choices, default=Status.OPEN)
    assigned_to_id = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["team_id", "status", "created_at"], name="case_by_status")]

    def __str__(self) -> str:
        return str(self.id)


class Report(models.Model):
    """A report to the regulator. That a SAR exists is seen only with the right to read reports."""

    class Status(models.TextChoices):
        DRAFT = "DRAFT", "Draft"
        PENDING_REVIEW = "PENDING_REVIEW", "Pending review"
        APPROVED = "APPROVED", "Approved"
        FILED = "FILED", "Filed"
        REJECTED = "REJECTED", "Rejected"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    team_id = models.UUIDField()
    customer_id = models.UUIDField()
    type = models.CharField(max_length=3)
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.DRAFT)
    evaluation_id = models.UUIDField()
    transaction_id = models.UUIDField()
    alert_id = models.UUIDField(null=True)
    case_id = models.UUIDField(null=True)
    reason = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["team_id", "type", "status"], name="report_by_type")]

    def __str__(self) -> str:
        return f"{self.type} {self.id}"
