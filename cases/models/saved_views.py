"""Views that people keep of a list: the filters under a name of their own."""

from django.db import models

from ratel.identifiers import new_id


class SavedView(models.Model):
    """One person's own view of one list of a team; `query` is the query string without cursor or format."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    team_id = models.UUIDField()
    person_id = models.UUIDField()
    section = models.CharField(max_length=16)
    name = models.CharField(max_length=40)
    query = models.CharField(max_length=1000)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["team_id", "person_id", "section", "name"], name="one_saved_view_per_name"
            )
        ]

    def __str__(self) -> str:
        return self.name
