"""API keys: what is stored of one is its public id and a keyed hash of its secret."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from ratel.identifiers import new_id
from teams.limits.tiers import Tier
from teams.models.organisations import Organisation, Team
from teams.models.people import Person


class ApiKey(models.Model):
    """A credential of one team's backend. The secret is shown once and cannot be read back."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="keys")
    public_id = models.CharField(max_length=12, unique=True)
    secret_hash = models.BinaryField(max_length=32)
    is_live = models.BooleanField()
    name = models.CharField(max_length=100)
    scopes = ArrayField(models.CharField(max_length=32))
    # Networks in CIDR form that may use the key; empty means any.
    allowed_networks = ArrayField(models.CharField(max_length=49), default=list)
    # How many calls it may make (teams/limits/tiers.py); the numbers are a custom tier's own.
    tier = models.CharField(max_length=16, choices=[(tier, tier) for tier in Tier], default=Tier.STARTER)
    rate_per_minute = models.IntegerField(null=True)
    burst = models.IntegerField(null=True)
    created_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="custom_limit_has_numbers",
                condition=Q(tier=Tier.CUSTOM, rate_per_minute__gte=1, burst__gte=1)
                | (~Q(tier=Tier.CUSTOM) & Q(rate_per_minute=None, burst=None)),
            )
        ]

    def __str__(self) -> str:
        return self.name
