"""Where a customer stands among those who pay each other, as of the last time that it was computed."""

from django.db import models

from ratel.identifiers import new_id


class NetworkFeature(models.Model):
    """One party of the transaction graph of a team. `party_key` is the blind index of its entity id (or of whatever else
    tells a counterparty from others), so that whoever pays and whoever is paid can be the same.

    Rows of an earlier computation are replaced; `computed_at` says which one a row is of.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    team_id = models.UUIDField()
    party_key = models.BigIntegerField()
    in_degree = models.IntegerField()
    out_degree = models.IntegerField()
    page_rank = models.FloatField()
    # Share of parties whose page rank is not higher.
    centrality = models.FloatField()
    component_size = models.IntegerField()
    computed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team_id", "party_key"], name="one_network_feature_per_party")
        ]

    def __str__(self) -> str:
        return str(self.party_key)
