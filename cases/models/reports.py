"""Reports to the regulator: where each stands, what it says (sealed), every version, step and filing of it.

That a report of suspicion exists is known only with the right to read reports: nothing here is written into a table that
others read.
"""

from django.db import models

from ratel.identifiers import new_id


class Report(models.Model):
    """`sealed_content` is null until somebody first works on a report that a decision has drafted."""

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
    # Null where a report was drafted by hand about no payment of ours.
    evaluation_id = models.UUIDField(null=True)
    transaction_id = models.UUIDField(null=True)
    alert_id = models.UUIDField(null=True)
    case_id = models.UUIDField(null=True)
    reason = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    # When what is reported was found, and by when the law wants it filed (cases/reports/deadlines.py).
    detected_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    sealed_content = models.BinaryField(null=True)
    drafted_by_id = models.UUIDField(null=True)
    # Who wrote last and who submitted: neither of them approves.
    edited_by_id = models.UUIDField(null=True)
    edited_by_person_id = models.UUIDField(null=True)
    submitted_by_id = models.UUIDField(null=True)
    submitted_by_person_id = models.UUIDField(null=True)
    approved_by_id = models.UUIDField(null=True)
    approved_at = models.DateTimeField(null=True)
    filed_at = models.DateTimeField(null=True)
    # Counts changes: whoever acts on what is no longer so is told.
    version = models.IntegerField(default=1, db_default=1)

    class Meta:
        indexes = [models.Index(fields=["team_id", "type", "status"], name="report_by_type")]

    def __str__(self) -> str:
        return f"{self.type} {self.id}"


class ReportVersion(models.Model):
    """What a report said after each change. Never changed, never removed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    team_id = models.UUIDField()
    report_id = models.UUIDField()
    version = models.IntegerField()
    author_kind = models.CharField(max_length=8)
    author_id = models.UUIDField(null=True)
    sealed_content = models.BinaryField()
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.report_id} version {self.version}"


class ReportStep(models.Model):
    """One thing that happened to a report; `case_id` puts it into that case's timeline, for those who may know of it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    team_id = models.UUIDField()
    report_id = models.UUIDField()
    case_id = models.UUIDField(null=True)
    action = models.CharField(max_length=24)
    actor_kind = models.CharField(max_length=8)
    actor_id = models.UUIDField(null=True)
    detail = models.JSONField(default=dict)
    # Why something was sent back, in somebody's words.
    sealed_words = models.BinaryField(null=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.action} {self.report_id}"


class ReportFiling(models.Model):
    """What the authority calls the filing, or its acknowledgement, with the file it sent. One of each, for good."""

    class Kind(models.TextChoices):
        FILING = "filing", "Filing"
        ACKNOWLEDGEMENT = "acknowledgement", "Acknowledgement"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    team_id = models.UUIDField()
    report_id = models.UUIDField()
    kind = models.CharField(max_length=16, choices=Kind.choices)
    sealed_reference = models.BinaryField()
    sealed_file = models.BinaryField(null=True)
    media_type = models.CharField(max_length=40, default="", blank=True)
    recorded_by_id = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["report_id", "kind"], name="one_filing_of_a_kind_per_report")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.report_id}"


class ReportingEntity(models.Model):
    """Who reports: what the authority calls the institution, and the person who answers for its reports (sealed)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    team_id = models.UUIDField(unique=True)
    sealed_document = models.BinaryField()
    changed_by_id = models.UUIDField(null=True)
    updated_at = models.DateTimeField()
    version = models.IntegerField(default=1, db_default=1)

    def __str__(self) -> str:
        return str(self.team_id)
