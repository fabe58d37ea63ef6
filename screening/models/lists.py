"""Watchlists, their entries, where they come from, and the generations of the name index built from them.

A list without an organisation is public and screened for everybody; a private one belongs to its organisation. What a
list held at one time is a number, its revision: an entry is in the list at revision r where `revision_from <= r` and
`revision_until` is null or greater. So whatever a load writes for the next revision is invisible until the list's own
`revision` is raised, and two generations can be compared long after.
"""

from django.db import models
from django.db.models import Q

from ratel.identifiers import new_id

MANUAL = "manual"
"""The format of a list whose entries are added one by one rather than read from a file."""


class Watchlist(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField(null=True)
    code = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    category = models.CharField(max_length=16)
    source_format = models.CharField(max_length=24)
    source_digest = models.CharField(max_length=64)
    entry_count = models.IntegerField(default=0)
    bad_record_count = models.IntegerField(default=0)
    revision = models.IntegerField(default=0)
    loaded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation_id", "code"], name="one_list_per_code", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return self.code


class WatchlistEntry(models.Model):
    """One listed person, company, vessel or aircraft as it was from one revision of its list until another.

    `document` is its ListedEntity; that of a private list is sealed instead, because it names the bank's customers.
    `key` is the entry's own id where entries are addressed one by one: it stays when the entry changes.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField(null=True)
    watchlist = models.ForeignKey(Watchlist, on_delete=models.CASCADE, related_name="entries", db_index=False)
    reference = models.CharField(max_length=128)
    key = models.UUIDField(null=True)
    document = models.JSONField(null=True)
    sealed_document = models.BinaryField(null=True)
    digest = models.CharField(max_length=32)
    revision_from = models.IntegerField(default=1)
    revision_until = models.IntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["watchlist", "reference", "revision_from"], name="one_entry_per_revision"
            ),
            models.CheckConstraint(
                condition=Q(document__isnull=True, sealed_document__isnull=False)
                | Q(document__isnull=False, sealed_document__isnull=True),
                name="entry_plain_or_sealed",
            ),
        ]
        indexes = [
            models.Index(fields=["watchlist", "revision_from"], name="entry_begun"),
            models.Index(
                fields=["watchlist", "revision_until"],
                name="entry_ended",
                condition=Q(revision_until__isnull=False),
            ),
            models.Index(fields=["watchlist", "id"], name="entry_newest"),
            models.Index(fields=["watchlist", "key"], name="entry_by_key", condition=Q(key__isnull=False)),
        ]

    def __str__(self) -> str:
        return str(self.id)


class WatchlistGeneration(models.Model):
    """What names are screened against at one time: `lists` says which revision of each list.

    That of the public lists is an immutable directory `name` under the state directory; that of an organisation's private
    lists is kept in memory only. `changes` counts by list what differs from the generation `previous`.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField(null=True)
    name = models.CharField(max_length=64, unique=True)
    previous = models.CharField(max_length=64, null=True)
    # The generation whose directory this one's was copied from, when lists were set back.
    restored_from = models.CharField(max_length=64, null=True)
    entry_count = models.IntegerField()
    lists = models.JSONField()
    changes = models.JSONField(default=dict)
    is_current = models.BooleanField(default=True)
    # When the last organisation was told of it; null while somebody is still to be told.
    told_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation_id"],
                condition=Q(is_current=True),
                name="one_current_generation",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return self.name


class WatchlistNotice(models.Model):
    """That an organisation was told of a generation: written with the events, so that none is told twice."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    generation = models.CharField(max_length=64)
    told_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation_id", "generation"], name="one_notice_per_generation"
            )
        ]

    def __str__(self) -> str:
        return self.generation


class WatchlistSource(models.Model):
    """Where a list is read from and how often: `location` is an https address or a path on the worker's host.

    The row is the truth of what is due; whoever refreshes holds it by a lease, so that one that dies is replaced.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField(null=True)
    code = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=16, null=True)
    format = models.CharField(max_length=24)
    location = models.CharField(max_length=2_000)
    # Of a CSV of one's own: our column -> the file's.
    columns = models.JSONField(default=dict)
    cadence_seconds = models.IntegerField()
    minimum_share = models.FloatField(default=0.8)
    # Names that must be found in the list before it replaces the one before.
    canaries = models.JSONField(default=list)
    is_enabled = models.BooleanField(default=True)
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    last_success_at = models.DateTimeField(null=True)
    last_failure_at = models.DateTimeField(null=True)
    last_failure = models.CharField(max_length=500, default="")
    failures_in_a_row = models.IntegerField(default=0)
    # What the publisher's server said of each file at the last success, to ask only for what is newer.
    validators = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation_id", "code"], name="one_source_per_list", nulls_distinct=False
            )
        ]
        indexes = [models.Index(fields=["due_at"], name="source_due", condition=Q(is_enabled=True))]

    def __str__(self) -> str:
        return self.code
