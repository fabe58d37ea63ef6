"""The payload schemas of teams: every change is a new version, and none is ever changed."""

from django.db import models

from ratel.identifiers import new_id


class PayloadSchema(models.Model):
    """Which keys a team's own payload has; `fields` is the list that the API takes and shows."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    team_id = models.UUIDField()
    version = models.IntegerField()
    fields = models.JSONField()
    created_by = models.UUIDField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team_id", "version"], name="one_payload_schema_per_version")
        ]

    def __str__(self) -> str:
        return f"{self.team_id} {self.version}"
