"""Background work of what-ifs; carries nothing, safe to repeat."""

from celery import shared_task
from django.utils import timezone

from screening.what_if.days import close_days, forget_old_days
from teams.directory import all_teams


@shared_task(name="screening.what_if.tasks.close_days")
def close_all_days() -> int:
    """Counts the closed days of every team; says how many there were to count."""
    now, closed = timezone.now(), 0
    for team in all_teams():
        newly = close_days(team, now)
        if newly:
            forget_old_days(team, now)
        closed += newly
    return closed
