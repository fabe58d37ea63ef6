"""What is found out about rules: back-tests over stored history, what a shadow rule would have hit, counts by day."""

from django.db import models

from ratel.identifiers import new_id


class BackTest(models.Model):
    """One rule document over the evaluations of a span of time. `document` is what is tested, whatever becomes of the
    draft meanwhile; the evaluations are those whose ids lie from `first_id` to before `end_id`."""

    class Status(models.TextChoices):
        QUEUED = "queued", "Queued"
        RUNNING = "running", "Running"
        COMPLETED = "completed", "Completed"
        CANCELLED = "cancelled", "Cancelled"
        FAILED = "failed", "Failed"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    team_id = models.UUIDField()
    rule_id = models.UUIDField()
    version = models.IntegerField()
    document = models.JSONField()
    country_lists = models.JSONField()
    days = models.IntegerField()
    first_id = models.UUIDField()
    end_id = models.UUIDField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED)
    # Known once the ranges are planned.
    total = models.IntegerField(null=True)
    result = models.JSONField(null=True)
    started_by = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.id} {self.status}"


class BackTestRange(models.Model):
    """Some evaluations of a back-test: claimed by lease, its result written once."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    team_id = models.UUIDField()
    back_test = models.ForeignKey(BackTest, on_delete=models.CASCADE, related_name="ranges")
    number = models.IntegerField()
    first_id = models.UUIDField()
    end_id = models.UUIDField()
    evaluations = models.IntegerField()
    attempts = models.IntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    result = models.JSONField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["back_test", "number"], name="one_range_per_number")]

    def __str__(self) -> str:
        return f"{self.back_test_id} {self.number}"


class ShadowHit(models.Model):
    """A shadow rule that would have hit, and what would have been decided with it. Never changed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    team_id = models.UUIDField()
    rule_id = models.UUIDField()
    version = models.IntegerField()
    evaluation_id = models.UUIDField()
    points = models.IntegerField()
    decision = models.CharField(max_length=8)
    would_be = models.CharField(max_length=8)
    decided_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.rule_id} version {self.version}: {self.evaluation_id}"


class RuleDay(models.Model):
    """What one version of a rule did on one day (UTC), counted in the background; `alerts` are evaluations with this
    hit that are no pass, of a shadow version those that would be none."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation_id = models.UUIDField()
    team_id = models.UUIDField()
    rule_id = models.UUIDField()
    version = models.IntegerField()
    is_shadow = models.BooleanField()
    day = models.DateField()
    evaluated = models.IntegerField()
    hits = models.IntegerField()
    alerts = models.IntegerField()
    true_positives = models.IntegerField()
    false_positives = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["team_id", "day", "rule_id", "version", "is_shadow"],
                name="one_count_per_rule_and_day",
            )
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} {self.day}"


class RuleTally(models.Model):
    """Up to when a team's days were counted, and what each rule costs in nanoseconds per evaluation, as measured."""

    team_id = models.UUIDField(primary_key=True)
    organisation_id = models.UUIDField()
    counted_at = models.DateTimeField()
    all_counted_at = models.DateTimeField()
    costs = models.JSONField(default=dict)

    def __str__(self) -> str:
        return str(self.team_id)
