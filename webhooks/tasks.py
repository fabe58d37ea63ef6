"""Background work of webhooks. Tasks carry no data: the rows say what there is to do, and all are safe to repeat."""

from celery import shared_task

from webhooks.delivery import doorbell, purge
from webhooks.delivery.engine import Engine
from webhooks.delivery.shared_courier import shared_courier
from webhooks.hands import is_stopping

# A hand is given back after so long, that other tasks get theirs.
BUDGET_SECONDS = 20.0
# Events come in bursts: a hand that ends at once would be rung for each.
LINGER_SECONDS = 1.0


@shared_task(name=doorbell.TASK)
def deliver() -> int:
    """Delivers whatever is due, of every organisation, until nothing has been due for a second; how many attempts."""
    settled = Engine(shared_courier()).run(
        budget_seconds=BUDGET_SECONDS,
        linger_seconds=LINGER_SECONDS,
        stopping=is_stopping,
        hand_over=doorbell.hand_over,
    )
    # In this order: what was written before the release is found by the last look, and later rings are heard.
    doorbell.release()
    return settled + Engine(shared_courier()).run(budget_seconds=LINGER_SECONDS, stopping=is_stopping)


@shared_task(name="webhooks.tasks.purge")
def purge_webhooks() -> int:
    """Removes deliveries, attempts, dead letters and events whose time is over; how many rows."""
    return purge.purge_all()
