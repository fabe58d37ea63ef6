"""Background work of the teams app. Tasks carry no data; the rows say what there is to do."""

from celery import shared_task

from teams.audit import chain


@shared_task(name="teams.tasks.link_audit_chain")
def link_audit_chain() -> int:
    """Links the audit entries that wait in any organisation; safe to repeat and to run twice at once."""
    return chain.link_all()
