"""Where a team wants its events, how fast, and how the other side is doing."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from ratel.identifiers import new_id


class Endpoint(models.Model):
    """An address of the bank that takes a subset of the events of one team.

    A delivery is claimed while this row is locked, so the number under way, the rate and the breaker are exact
    however many processes deliver.
    """

    class Schedule(models.TextChoices):
        STANDARD = "standard", "Standard"
        EXTENDED = "extended", "Extended"

    class Status(models.TextChoices):
        ACTIVE = "active", "Active"
        PAUSED = "paused", "Paused"

    class PauseReason(models.TextChoices):
        BY_HAND = "by_hand", "By hand"
        FAILING = "failing", "Failed for long"

    class Breaker(models.TextChoices):
        CLOSED = "closed", "Closed"
        OPEN = "open", "Open"
        HALF_OPEN = "half_open", "Half open"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    team_id = models.UUIDField()
    url = models.CharField(max_length=2048)
    description = models.CharField(max_length=200, default="")
    events = ArrayField(models.CharField(max_length=40))
    # An address that came with a batch (webhooks/callbacks.py): it subscribes to nothing and is in no list.
    is_callback = models.BooleanField(default=False)
    # Only such endpoints are told of reports; an officer says so, and who it was is kept.
    is_confidential = models.BooleanField(default=False)
    confidential_by_id = models.UUIDField(null=True)
    schedule = models.CharField(max_length=8, choices=Schedule.choices, default=Schedule.STANDARD)
    rate_per_second = models.IntegerField(null=True)
    concurrency_limit = models.IntegerField(default=16)
    # `whsec_...` sealed under this row's id; the one before it signs too until its time is over.
    sealed_secret = models.BinaryField()
    sealed_previous_secret = models.BinaryField(null=True)
    previous_secret_until = models.DateTimeField(null=True)
    status = models.CharField(max_length=6, choices=Status.choices, default=Status.ACTIVE)
    paused_at = models.DateTimeField(null=True)
    paused_by_id = models.UUIDField(null=True)
    pause_reason = models.CharField(max_length=7, choices=PauseReason.choices, default="", blank=True)
    # The first failure since the last success.
    failing_since = models.DateTimeField(null=True)
    last_success_at = models.DateTimeField(null=True)
    breaker = models.CharField(max_length=9, choices=Breaker.choices, default=Breaker.CLOSED)
    # While it is open nothing is sent before this moment, and then one at a time.
    breaker_until = models.DateTimeField(null=True)
    breaker_detail = models.JSONField(default=dict)
    # How many deliveries were made for it: their numbers have no gaps that could tell of anything else.
    last_sequence = models.BigIntegerField(default=0)
    # The bucket of `rate_per_second`: what was left in it, and when.
    rate_left = models.FloatField(default=0)
    rate_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    # Its rows are removed in small steps afterwards.
    deleted_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.id)


class CallbackSecret(models.Model):
    """What a team's callbacks are signed with, at whatever address; sealed under the team's id."""

    team_id = models.UUIDField(primary_key=True, editable=False)
    organisation_id = models.UUIDField()
    sealed_secret = models.BinaryField()
    sealed_previous_secret = models.BinaryField(null=True)
    previous_until = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()
    # It is shown once; until then nobody knows it.
    shown_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.team_id)


class Notice(models.Model):
    """Something that the admins of a team must be told of an endpoint: that it was paused because it failed for long."""

    class Kind(models.TextChoices):
        ENDPOINT_PAUSED = "endpoint_paused", "Endpoint paused"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    team_id = models.UUIDField()
    endpoint_id = models.UUIDField()
    kind = models.CharField(max_length=20, choices=Kind.choices)
    created_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.kind} {self.endpoint_id}"
