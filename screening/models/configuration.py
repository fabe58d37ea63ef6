"""What a team decides by: rules with their versions, the decision policy with its versions, exchange rates.

A ruleset is the immutable list of what was active at one time; every evaluation names the one that it was made with.
"""

from django.db import models

from ratel.identifiers import new_id


class Rule(models.Model):
    """A rule of a team. What it says is in its versions; `live_version` is the one that decides."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        PENDING_APPROVAL = "pending_approval", "Pending approval"
        ACTIVE = "active", "Active"
        PAUSED = "paused", "Paused"
        ARCHIVED = "archived", "Archived"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    team_id = models.UUIDField()
    code = models.CharField(max_length=64)
    layer = models.CharField(max_length=16)
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.DRAFT)
    position = models.IntegerField(default=0)
    live_version = models.IntegerField(null=True)
    bypassed_until = models.DateTimeField(null=True)
    bypass_reason = models.CharField(max_length=500, default="", blank=True)
    bypassed_by = models.UUIDField(null=True)
    # The version that runs in the shadow: judged and counted with every evaluation, never decisive.
    shadow_version = models.IntegerField(null=True)
    shadow_since = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team_id", "code"], name="one_rule_per_code")]

    def __str__(self) -> str:
        return self.code


class RuleVersion(models.Model):
    """What a rule says in one version; never changed once it was submitted."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    team_id = models.UUIDField()
    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, related_name="versions")
    version = models.IntegerField()
    document = models.JSONField()
    status = models.CharField(max_length=20, choices=Rule.Status.choices)
    drafted_by = models.UUIDField(null=True)
    drafted_by_person = models.UUIDField(null=True)
    approved_by = models.UUIDField(null=True)
    approved_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rule", "version"], name="one_document_per_version")]

    def __str__(self) -> str:
        return f"{self.rule_id} version {self.version}"


class Ruleset(models.Model):
    """Which version of which rule was active, in order: `rules` is a list of [rule id, version].

    `country_lists` are the lists that the rules mean by their names, `shadow` the versions that are only judged and
    counted. The one of the highest `number` decides.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    team_id = models.UUIDField()
    number = models.IntegerField()
    rules = models.JSONField()
    country_lists = models.JSONField()
    shadow = models.JSONField(default=list, db_default=[])
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team_id", "number"], name="one_ruleset_per_number")]

    def __str__(self) -> str:
        return str(self.id)


class DecisionPolicy(models.Model):
    """One version of a team's policy; the newest live one decides."""

    class Status(models.TextChoices):
        PROPOSED = "proposed", "Proposed"
        LIVE = "live", "Live"
        SUPERSEDED = "superseded", "Superseded"
        REJECTED = "rejected", "Rejected"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    team_id = models.UUIDField()
    version = models.IntegerField()
    document = models.JSONField()
    status = models.CharField(max_length=12, choices=Status.choices)
    changed_by = models.UUIDField(null=True)
    changed_by_person = models.UUIDField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    # Who approved or rejected it, when, and why it was rejected; null where four eyes did not ask for anybody.
    decided_by = models.UUIDField(null=True)
    decided_at = models.DateTimeField(null=True)
    decision_reason = models.CharField(max_length=500, default="", db_default="", blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team_id", "version"], name="one_policy_per_version")]

    def __str__(self) -> str:
        return f"version {self.version}"


class ExchangeRate(models.Model):
    """Units of `currency` for one euro on `day` (the form of the European Central Bank's reference rates)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    team_id = models.UUIDField()
    day = models.DateField()
    currency = models.CharField(max_length=3)
    per_euro = models.DecimalField(max_digits=28, decimal_places=10)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team_id", "currency", "day"], name="one_rate_per_day")
        ]

    def __str__(self) -> str:
        return f"{self.currency} on {self.day}"
