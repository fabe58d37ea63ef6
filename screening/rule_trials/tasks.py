"""Background work about rules: back-tests, and counts by day. Tasks carry nothing, the rows say what there is to do."""

from celery import shared_task

from screening.rule_trials import doorbell
from screening.rule_trials.tally import tally_all
from screening.rule_trials.work import work


@shared_task(name=doorbell.TASK)
def work_on_back_tests() -> int:
    """Judges what waits; safe to repeat and to run several times at once."""
    judged = work()
    if judged:
        doorbell.ring()
    return judged


@shared_task(name="screening.rule_trials.tasks.tally")
def tally_rules() -> int:
    """Counts by day what rules did; safe to repeat. Returns how many days of teams were counted."""
    return tally_all()
