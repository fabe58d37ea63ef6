"""Background work of entity risk: the task carries nothing."""

from celery import shared_task

from screening.entity_risk.compute import compute_all


@shared_task(name="screening.entity_risk.tasks.compute_networks")
def compute_networks() -> int:
    """Computes every team's network features anew; safe to repeat and to run twice at once. How many parties."""
    return compute_all()
