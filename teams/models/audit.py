"""The audit trail: entries written with what they record, and the chain that links them afterwards."""

from django.db import models

from ratel.identifiers import new_id


class AuditEntry(models.Model):
    """Who did what, when, from where, to what, before and after. Never changed, never removed by the application.

    `content_digest` is the SHA-256 of what was decided or changed, so that an altered evaluation shows too. The table
    also has `written_in xid8`, the id of the transaction that wrote the entry: the linker links in that order, because
    an id from a sequence can become visible after a later one.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    team_id = models.UUIDField(null=True)
    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=8)
    actor_id = models.UUIDField(null=True)
    source_address = models.CharField(max_length=45, default="")
    action = models.CharField(max_length=64)
    subject_kind = models.CharField(max_length=32)
    subject_id = models.CharField(max_length=64)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    content_digest = models.BinaryField(null=True)

    def __str__(self) -> str:
        return f"{self.action} {self.subject_id}"


class AuditLink(models.Model):
    """One link of an organisation's chain: hash = SHA-256(previous hash, entry)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    height = models.BigIntegerField()
    entry_id = models.UUIDField(unique=True)
    previous_hash = models.BinaryField()
    hash = models.BinaryField()
    linked_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation_id", "height"], name="one_link_at_each_height")
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} at {self.height}"
