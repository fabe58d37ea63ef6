"""What hangs on a case besides its alerts: files, relations that people saw, and bundles made for examiners."""

from django.db import models

from ratel.identifiers import new_id


class Attachment(models.Model):
    """One file of a case. Its bytes lie sealed outside of the database, under this id; never changed, never removed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    team_id = models.UUIDField()
    case_id = models.UUIDField()
    kind = models.CharField(max_length=8)
    # What its owner called it, sealed because names of files name people.
    sealed_name = models.BinaryField()
    size_bytes = models.IntegerField()
    sha256 = models.CharField(max_length=64)
    stored_as = models.CharField(max_length=64)
    added_by_kind = models.CharField(max_length=8)
    added_by_id = models.UUIDField(null=True)
    added_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.id)


class CaseRelation(models.Model):
    """That a person saw a case and another case, or an alert of another, belong together. Seen from both sides."""

    class Kind(models.TextChoices):
        CASE = "case", "Case"
        ALERT = "alert", "Alert"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    team_id = models.UUIDField()
    case_id = models.UUIDField()
    kind = models.CharField(max_length=8, choices=Kind.choices)
    other_id = models.UUIDField()
    sealed_reason = models.BinaryField()
    related_by_kind = models.CharField(max_length=8)
    related_by_id = models.UUIDField(null=True)
    related_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case_id", "kind", "other_id"], name="a_relation_is_made_once")
        ]

    def __str__(self) -> str:
        return f"{self.case_id}: {self.kind} {self.other_id}"


class Bundle(models.Model):
    """One examination bundle that was asked for. Whoever holds the lease makes it; the file is sealed under this id."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        READY = "ready", "Ready"
        FAILED = "failed", "Failed"
        REMOVED = "removed", "Removed"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    team_id = models.UUIDField()
    # case, customer or period; the id of what it is about, or the first and last instant.
    scope = models.CharField(max_length=8)
    subject_id = models.UUIDField(null=True)
    period_start = models.DateTimeField(null=True)
    period_end = models.DateTimeField(null=True)
    # What whoever asked for it may know, then as now.
    with_reports = models.BooleanField()
    asked_by_kind = models.CharField(max_length=8)
    asked_by_id = models.UUIDField()
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    attempts = models.IntegerField(default=0)
    leased_until = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    stored_as = models.CharField(max_length=64, default="", blank=True)
    size_bytes = models.BigIntegerField(null=True)
    sha256 = models.CharField(max_length=64, default="", blank=True)
    files = models.IntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.scope} {self.id}"
