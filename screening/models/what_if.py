"""A closed day of evaluations, counted by what a decision policy judges, for what-ifs.

One row a day: the arrays stand beside each other, one place in each for every distinct combination. It can be made
again from the evaluations at any time, and must never hold what they do not.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class WhatIfDay(models.Model):
    """`counts` says how many evaluations a combination had. A layer's score is in hundredths, null where it did not
    answer; `hits` are the rules' ids joined by commas; `forces` as in screening/what_if/forces.py."""

    pk = models.CompositePrimaryKey("team_id", "day")
    organisation_id = models.UUIDField()
    team_id = models.UUIDField()
    day = models.DateField()
    regulatory = ArrayField(models.IntegerField(null=True))
    kyc = ArrayField(models.IntegerField(null=True))
    custom_rules = ArrayField(models.IntegerField(null=True))
    sanctions = ArrayField(models.IntegerField(null=True))
    decision_engine = ArrayField(models.IntegerField(null=True))
    behavioral = ArrayField(models.IntegerField(null=True))
    points = ArrayField(models.IntegerField())
    forces = ArrayField(models.SmallIntegerField(null=True))
    hits = ArrayField(models.TextField())
    counts = ArrayField(models.IntegerField())

    def __str__(self) -> str:
        return f"{self.team_id} {self.day}"
