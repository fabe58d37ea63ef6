"""How much each key was used: one row a key and day."""

from django.db import models

from ratel.identifiers import new_id
from teams.models.keys import ApiKey
from teams.models.organisations import Organisation, Team


class KeyUsage(models.Model):
    """`calls` were admitted, `rejected` were too many. Days are UTC's."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+")
    key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="usage")
    day = models.DateField()
    calls = models.BigIntegerField(default=0)
    rejected = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "day"], name="usage_of_key_and_day")]
        indexes = [models.Index(fields=["team", "-id"], name="usage_of_team")]

    def __str__(self) -> str:
        return f"{self.key_id} on {self.day}"
