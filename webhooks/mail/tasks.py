"""Background work of mail: tasks carry nothing, the rows say what there is to do."""

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from webhooks.delivery.tenants import all_tenants
from webhooks.mail.collect import collect
from webhooks.mail.send import purge, send


@shared_task(name="webhooks.mail.tasks.send_mail")
def send_mail() -> int:
    """Makes and sends the mails that are due; safe to repeat and to run twice at once."""
    if not settings.RATEL_SENDS_MAIL:
        return 0
    sent = 0
    for tenant in all_tenants():
        collect(tenant, now=timezone.now())
        sent += send(tenant)
    return sent


@shared_task(name="webhooks.mail.tasks.purge_mail")
def purge_mail() -> int:
    """Forgets mails that were settled a month ago."""
    return sum([purge(tenant, now=timezone.now()) for tenant in all_tenants()])
