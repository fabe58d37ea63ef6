"""Celery's part in publishing: nothing where Kafka is not configured, and safe to repeat anywhere."""

import structlog
from celery import shared_task
from django.utils import timezone

from screening.publications import send
from screening.publications.producer import producer
from screening.publications.topics import is_configured
from teams.directory import all_teams

log = structlog.get_logger(__name__)


@shared_task(name="screening.publications.tasks.publish")
def publish() -> int:
    """Every team's due messages; one team's failure is not another's."""
    if not is_configured():
        return 0
    taken = 0
    for team in all_teams():
        try:
            taken += send.publish(team, producer())
        except Exception as error:
            log.error("publishing_failed", error=type(error).__name__)
    return taken


@shared_task(name="screening.publications.tasks.purge")
def purge() -> int:
    return sum(send.purge(team, now=timezone.now()) for team in all_teams()) if is_configured() else 0
