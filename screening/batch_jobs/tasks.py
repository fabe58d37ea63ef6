"""Background work of batches and queue mode: tasks carry nothing, the rows say what there is to do."""

from celery import shared_task

from screening.batch_jobs import doorbell
from screening.batch_jobs.purge import purge_all
from screening.batch_jobs.work import has_more, work


@shared_task(name=doorbell.TASK)
def work_on_batches() -> int:
    """Decides what waits in batches and in the queue; safe to repeat and to run several times at once."""
    done = work()
    if done and has_more():
        doorbell.ring()
    return done


@shared_task(name="screening.batch_jobs.tasks.purge")
def purge_batches() -> int:
    """Removes batches with their results, and answered queued evaluations, whose time is over; how many rows."""
    return purge_all()
