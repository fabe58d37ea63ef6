"""Watchlists and their entries: the truth that the name index is built from.

A list without an organisation is public and screened for everybody; a private one belongs to its organisation.
"""

from django.db import models

from ratel.identifiers import new_id


class Watchlist(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField(null=True)
    code = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    category = models.CharField(max_length=16)
    source_format = models.CharField(max_length=16)
    source_digest = models.CharField(max_length=64)
    entry_count = models.IntegerField(default=0)
    bad_record_count = models.IntegerField(default=0)
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
    """One listed person, company, vessel or aircraft; `document` is its ListedEntity."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField(null=True)
    watchlist = models.ForeignKey(Watchlist, on_delete=models.CASCADE, related_name="entries")
    reference = models.CharField(max_length=128)
    document = models.JSONField()
    digest = models.CharField(max_length=32)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["watchlist", "reference"], name="one_entry_per_reference")
        ]

    def __str__(self) -> str:
        return self.reference


class WatchlistGeneration(models.Model):
    """A built index: the immutable directory `name` under the state directory holds these lists at one time."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField(null=True)
    name = models.CharField(max_length=64, unique=True)
    entry_count = models.IntegerField()
    lists = models.JSONField()
    is_current = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name
