"""Names that were screened outside of payments, what people decided about matches, and the work of the ongoing lane.

Written by `screening/services`; whatever names a person is sealed (`ratel/sealing.py`), the rest is plain so that it can
be filtered and counted. Entries are named as `list code:publisher's reference`, which survives refreshes.
"""

from django.db import models
from django.db.models import Q

from ratel.identifiers import new_id


class Screening(models.Model):
    """One subject screened at one time. `list_generation`, `candidates` and `best_score` are the proof of a non-match.

    `sealed_subject` is who was asked about, `sealed_result` what was found, near misses and suppressions included.
    """

    class Lane(models.TextChoices):
        ONBOARDING = "onboarding", "Onboarding"
        ONGOING = "ongoing", "Ongoing"

    class Status(models.TextChoices):
        CLEAR = "clear", "Clear"
        REVIEW = "review", "Review"
        CONFIRMED = "confirmed", "Confirmed"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    team_id = models.UUIDField()
    customer_id = models.UUIDField(null=True)
    lane = models.CharField(max_length=12, choices=Lane.choices)
    status = models.CharField(max_length=12, choices=Status.choices)
    score = models.DecimalField(max_digits=5, decimal_places=1)
    match_count = models.IntegerField()
    policy_version = models.IntegerField()
    list_generation = models.CharField(max_length=128)
    candidates = models.IntegerField()
    best_score = models.DecimalField(max_digits=5, decimal_places=1)
    alert_id = models.UUIDField(null=True)
    sealed_subject = models.BinaryField()
    sealed_result = models.BinaryField()
    screened_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["team_id", "customer_id"], name="screening_of_customer")]

    def __str__(self) -> str:
        return str(self.id)


class KnownMatch(models.Model):
    """A customer's match that was alerted on: the same one alerts again only once the entry has changed materially."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    team_id = models.UUIDField()
    customer_id = models.UUIDField()
    entry_id = models.CharField(max_length=200)
    entry_digest = models.CharField(max_length=32)
    screening_id = models.UUIDField()
    alert_id = models.UUIDField(null=True)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["team_id", "customer_id", "entry_id"], name="one_known_match_per_entry"
            )
        ]

    def __str__(self) -> str:
        return str(self.id)


class MatchDecision(models.Model):
    """What a person decided about a match of a customer, or of one of its counterparties, with an entry.

    `entry_digest` is that of the entry's material parts when it was decided, `document_digest` that of the whole entry
    as it was last compared: only where that differs is there anything to compare again. A decision about a counterparty
    holds for the name that `counterparty_key` stands for.
    """

    class Verdict(models.TextChoices):
        NOT_THIS_PERSON = "not_this_person", "Not this person"
        CONFIRMED = "confirmed", "Confirmed"

    class Party(models.TextChoices):
        CUSTOMER = "customer", "The customer"
        COUNTERPARTY = "counterparty", "A counterparty of the customer"

    class Status(models.TextChoices):
        ACTIVE = "active", "Active"
        WITHDRAWN = "withdrawn", "Withdrawn"
        SUPERSEDED = "superseded", "Replaced by a newer one"
        REOPENED = "reopened", "The entry has changed"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    team_id = models.UUIDField()
    customer_id = models.UUIDField()
    entry_id = models.CharField(max_length=200)
    party = models.CharField(max_length=12, choices=Party.choices)
    counterparty_key = models.BigIntegerField(null=True)
    verdict = models.CharField(max_length=16, choices=Verdict.choices)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.ACTIVE)
    entry_digest = models.CharField(max_length=32)
    document_digest = models.CharField(max_length=64)
    # The reason, and the counterparty's name where there is one.
    sealed_words = models.BinaryField()
    decided_by_kind = models.CharField(max_length=8)
    decided_by = models.UUIDField()
    decided_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["team_id", "customer_id", "entry_id", "party", "counterparty_key"],
                condition=Q(status="active"),
                name="one_active_decision_per_match",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return str(self.id)


class OngoingRange(models.Model):
    """Customers of a team (by id, from first to last) to screen against what `generation` has that `since` had not.

    Whoever holds the lease works on it, page by page up to `reached_customer_id`; one that dies leaves the rest to the
    next. `attempts` tells them apart: a page of somebody whose lease was given to another is not taken.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    team_id = models.UUIDField()
    # Public lists and an organisation's private ones have generations of their own.
    is_private = models.BooleanField()
    since = models.CharField(max_length=64, null=True)
    generation = models.CharField(max_length=64)
    position = models.IntegerField()
    first_customer_id = models.UUIDField()
    last_customer_id = models.UUIDField()
    reached_customer_id = models.UUIDField(null=True)
    attempts = models.IntegerField(default=0)
    leased_until = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    screened = models.IntegerField(default=0)
    alerted = models.IntegerField(default=0)
    suppressed = models.IntegerField(default=0)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["team_id", "generation", "position"], name="one_range_per_position"
            )
        ]

    def __str__(self) -> str:
        return f"{self.generation}: {self.position}"
