"""An organisation (a bank) and its teams; all of a bank's data hangs from one of its teams."""

from django.db import models
from django.db.models import Q

from ratel.identifiers import new_id


class Organisation(models.Model):
    """A bank, or whoever is answerable to one regulator. Nothing of one is ever visible to another."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=200)
    # How many calls all of its keys and tokens together may make; none where nothing limits them.
    ceiling_per_minute = models.IntegerField(null=True)
    ceiling_burst = models.IntegerField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="ceiling_has_both_numbers",
                condition=Q(ceiling_per_minute=None, ceiling_burst=None)
                | Q(ceiling_per_minute__gte=1, ceiling_burst__gte=1),
            )
        ]

    def __str__(self) -> str:
        return self.name


class Team(models.Model):
    """A group of analysts with its own customers, rules and policy; a sandbox is a team apart, for test keys."""

    class Kind(models.TextChoices):
        TRANSACTION_MONITORING = "transaction_monitoring", "Transaction monitoring"
        AML = "aml", "AML"

    class SecondFactor(models.TextChoices):
        NOBODY = "nobody", "Nobody"
        LEADS = "leads", "Administrators and officers"
        EVERYBODY = "everybody", "Everybody"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="teams")
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=32, choices=Kind.choices, default=Kind.TRANSACTION_MONITORING)
    pack = models.CharField(max_length=16)
    currency = models.CharField(max_length=3)
    # What another product called the team; unique in the organisation.
    product_code = models.CharField(max_length=64, null=True)
    region = models.CharField(max_length=32, default="default")
    # Whose password alone opens nothing (teams/second_factors).
    requires_second_factor = models.CharField(
        max_length=16,
        choices=SecondFactor.choices,
        default=SecondFactor.NOBODY,
        db_default=SecondFactor.NOBODY,
    )
    sandbox_of = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="sandbox"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "name"], name="team_name_in_organisation"),
            models.UniqueConstraint(
                fields=["organisation", "product_code"], name="product_code_in_organisation"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ConfigurationStamp(models.Model):
    """How often the configuration of a team (or, under the nil id, of the public lists) has changed.

    Database triggers count it up in the transaction of the change; processes compare it before they trust what they
    have cached. It holds ids and counters only, so it is not under row-level security.
    """

    scope = models.UUIDField(primary_key=True)
    organisation_id = models.UUIDField(null=True)
    value = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.scope}: {self.value}"
