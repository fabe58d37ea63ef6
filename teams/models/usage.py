"""How much each caller called: one row a day for each key, and for each person whose programs hold a token."""

from django.db import models
from django.db.models import Q

from ratel.identifiers import new_id
from teams.models.keys import ApiKey
from teams.models.organisations import Organisation, Team
from teams.models.people import Person


class KeyUsage(models.Model):
    """A key's or a person's, never both. `calls` were admitted, `rejected` were too many. Days are UTC's."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+")
    key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="usage", null=True)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+", null=True)
    day = models.DateField()
    calls = models.BigIntegerField(default=0)
    rejected = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "day"], name="usage_of_key_and_day"),
            models.UniqueConstraint(fields=["person", "team", "day"], name="usage_of_person_in_team_and_day"),
            models.CheckConstraint(
                name="usage_is_of_key_or_person",
                condition=Q(key__isnull=False, person__isnull=True)
                | Q(key__isnull=True, person__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["team", "-id"], name="usage_of_team")]

    def __str__(self) -> str:
        return f"{self.key_id or self.person_id} on {self.day}"
