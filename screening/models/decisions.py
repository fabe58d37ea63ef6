"""What the decision path stores: written by `screening/persist.py` in plain SQL, read everywhere else as models.

Columns that rules, windows and what-ifs count over are plain and typed; whatever names a person or an account is in
one sealed value per row (`ratel/sealing.py`), and equality over it goes through keyed 64-bit blind indexes. The large
tables keep the organisation in their primary key, so that they can be distributed by it without a redesign.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from ratel.identifiers import new_id


class Customer(models.Model):
    """Somebody a team monitors: `reference` is the bank's own id, created on first sight."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    team_id = models.UUIDField()
    reference = models.CharField(max_length=128)
    sealed_profile = models.BinaryField()
    kyc_status = models.CharField(max_length=16, null=True)
    kyc_tier = models.CharField(max_length=16, null=True)
    since = models.DateField(null=True)
    # What only `/api/customers` and screenings know: birth date, nationality, gender; sealed, null where nothing is.
    sealed_identity = models.BinaryField(null=True)
    # When the earliest stored transaction occurred; null for a customer without any.
    first_at = models.DateTimeField(null=True)
    # When the payment occurred that last said something of the profile; null until one does.
    profile_at = models.DateTimeField(null=True)
    entity_type = models.CharField(max_length=16, null=True)
    home_country = models.CharField(max_length=2, null=True)
    risk_rating = models.CharField(max_length=16, null=True)
    is_pep = models.BooleanField(null=True)
    # Counters and the open case are kept up by whoever opens them (`cases`), under the customer's lock.
    prior_alerts = models.IntegerField(default=0)
    prior_sars = models.IntegerField(default=0)
    open_case_id = models.UUIDField(null=True)
    # What open alerts are about, each with its id and since when (screening/joining.py); null without any.
    open_alerts = models.JSONField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team_id", "reference"], name="one_customer_per_reference")
        ]

    def __str__(self) -> str:
        return str(self.id)


class Transaction(models.Model):
    """One payment as it was decided on. `base_amount` is in the team's currency, null without a rate."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    team_id = models.UUIDField()
    customer_id = models.UUIDField()
    external_id = models.CharField(max_length=128, null=True)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    # Unknown where a team's payload says neither.
    direction = models.CharField(max_length=6, null=True)
    amount = models.DecimalField(max_digits=28, decimal_places=8, null=True)
    currency = models.CharField(max_length=3)
    base_amount = models.DecimalField(max_digits=28, decimal_places=8, null=True)
    type = models.CharField(max_length=64, null=True)
    channel = models.CharField(max_length=64, null=True)
    is_cash = models.BooleanField()
    is_cross_border = models.BooleanField(null=True)
    country = models.CharField(max_length=2, null=True)
    counterparty_key = models.BigIntegerField(null=True)
    device_key = models.BigIntegerField(null=True)
    ip_key = models.BigIntegerField(null=True)
    sealed_input = models.BinaryField()

    def __str__(self) -> str:
        return str(self.id)


class Evaluation(models.Model):
    """One decision about a transaction, with everything that it takes to explain and to repeat it.

    `rule_states` has one letter per rule of the ruleset, in its order; `layer_scores` one number per layer in the order
    of `screening.policy.LAYER_NAMES`, null where the layer did not answer; `sealed_detail` the values that were seen.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    team_id = models.UUIDField()
    transaction_id = models.UUIDField()
    customer_id = models.UUIDField()
    dialect = models.CharField(max_length=16)
    decided_at = models.DateTimeField()
    decision = models.CharField(max_length=8)
    risk_score = models.DecimalField(max_digits=12, decimal_places=2)
    risk_level = models.CharField(max_length=8)
    ruleset_id = models.UUIDField()
    policy_version = models.IntegerField()
    list_generation = models.CharField(max_length=64)
    model_version = models.CharField(max_length=64)
    partial = models.BooleanField()
    missing_layers = ArrayField(models.CharField(max_length=16))
    layer_scores = ArrayField(models.DecimalField(max_digits=6, decimal_places=2, null=True))
    hit_rules = ArrayField(models.UUIDField())
    hit_points = ArrayField(models.IntegerField())
    # What the hits ask for whatever the score is (screening/what_if/forces.py); null in rows older than the column.
    forces = models.SmallIntegerField(null=True)
    rule_states = models.TextField()
    duration_us = models.IntegerField()
    alert_id = models.UUIDField(null=True)
    case_id = models.UUIDField(null=True)
    sealed_detail = models.BinaryField()
    # The partial evaluation that this one completes (screening/rescreening); null for what was decided on request.
    rescreens_id = models.UUIDField(null=True)

    def __str__(self) -> str:
        return str(self.id)


class IdempotencyKey(models.Model):
    """The promise that an external id is decided once: held for 24 hours, or for good where `held_until` is null."""

    pk = models.CompositePrimaryKey("team_id", "key_hash")
    team_id = models.UUIDField()
    key_hash = models.UUIDField()
    body_hash = models.BinaryField()
    evaluation_id = models.UUIDField()
    held_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.evaluation_id)
