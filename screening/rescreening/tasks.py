"""Background work of re-screening: the task carries nothing, the rows say what there is to do."""

from celery import shared_task

from screening.rescreening.run import rescreen_waiting


@shared_task(name="screening.rescreening.tasks.rescreen")
def rescreen() -> int:
    """Screens again what was decided without a layer; safe to repeat and to run twice at once."""
    return rescreen_waiting()
