"""Sends what waits: claimed by a lease, one message per person and team, tried again for three days.

One address that is refused holds up no other; a mail server that is away costs one attempt a run, not one a mail.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPSenderRefused
from typing import Any, Final
from uuid import UUID

import structlog
from django.core.mail import get_connection
from django.utils import timezone

from ratel.statements import driver_connection
from teams.models import Person, Team
from webhooks.delivery.tenants import Tenant
from webhooks.mail.letter import letter
from webhooks.models import Mail

log = structlog.get_logger(__name__)
CLAIMED_AT_ONCE: Final = 200
# Longer than sending all that was claimed may take, each message being bounded by EMAIL_TIMEOUT.
LEASE: Final = timedelta(minutes=10)
FIRST_WAIT: Final = timedelta(seconds=30)
LONGEST_WAIT: Final = timedelta(hours=1)
GIVEN_UP_AFTER: Final = timedelta(days=3)
KEPT_FOR: Final = timedelta(days=30)
PURGED_AT_ONCE: Final = 5_000

_CLAIM: Final = (
    "UPDATE webhooks_mail SET lease_until = %s, attempts = attempts + 1 WHERE id IN"
    " (SELECT id FROM webhooks_mail WHERE team_id = ANY (%s) AND sent_at IS NULL AND given_up_at IS NULL"
    " AND next_attempt_at <= %s AND (lease_until IS NULL OR lease_until <= %s)"
    " ORDER BY next_attempt_at LIMIT %s FOR UPDATE SKIP LOCKED) RETURNING id"
)


def send(tenant: Tenant) -> int:
    """Sends what waits for people of an organisation; how many mails were accepted by the mail server."""
    sent = 0
    while True:
        claimed = _claim(tenant, timezone.now())
        accepted = _send(tenant, claimed) if claimed else 0
        sent += accepted
        if accepted < CLAIMED_AT_ONCE:
            return sent


def _claim(tenant: Tenant, now: datetime) -> list[Mail]:
    with tenant.seen():
        arguments = (now + LEASE, list(tenant.team_ids), now, now, CLAIMED_AT_ONCE)
        rows = driver_connection().execute(_CLAIM, arguments).fetchall()
        found = Mail.objects.filter(id__in=[row[0] for row in rows])
        return list(found.order_by("person_id", "team_id", "kind", "id"))


def _send(tenant: Tenant, claimed: Sequence[Mail]) -> int:
    """How many of the claimed mails were accepted; every one of them is settled or put off."""
    people, teams = _named(tenant, claimed)
    groups = [list(group) for _, group in groupby(claimed, key=_group)]
    accepted = 0
    try:
        with get_connection() as server:
            while groups:
                mails = groups[0]
                accepted += _send_one(tenant, server, mails, people.get(mails[0].person_id), teams)
                groups.pop(0)
    except Exception as error:
        # The mail server is away: what it did not take waits.
        log.warning("mail_server_away", mails=sum(map(len, groups)), error=type(error).__name__)
        _postpone(tenant, [mail for mails in groups for mail in mails])
    return accepted


def _send_one(
    tenant: Tenant, server: Any, mails: list[Mail], address: str | None, teams: dict[UUID, str]
) -> int:
    """One message; raises where the server is away, puts it off where the server refuses this one."""
    if address is None:
        _settle(tenant, mails, given_up_at=timezone.now())
        return 0
    message = letter(mails, team=teams.get(mails[0].team_id, ""), address=address)
    message.connection = server
    try:
        message.send()
    except (SMTPRecipientsRefused, SMTPSenderRefused, SMTPDataError) as error:
        log.warning("mail_refused", mails=len(mails), error=type(error).__name__)
        _postpone(tenant, mails)
        return 0
    _settle(tenant, mails, sent_at=timezone.now())
    return len(mails)


def _group(mail: Mail) -> tuple[UUID, UUID, str]:
    return mail.person_id, mail.team_id, mail.kind


def _named(tenant: Tenant, claimed: Sequence[Mail]) -> tuple[dict[UUID, str], dict[UUID, str]]:
    """The addresses of people who may still sign in, and the names of their teams, as they are now."""
    with tenant.seen():
        people = Person.objects.filter(id__in={mail.person_id for mail in claimed}, is_active=True)
        teams = Team.objects.filter(id__in={mail.team_id for mail in claimed})
        return dict(people.values_list("id", "email")), dict(teams.values_list("id", "name"))


def _settle(tenant: Tenant, mails: Sequence[Mail], **at: datetime) -> None:
    with tenant.seen():
        Mail.objects.filter(id__in=[mail.id for mail in mails]).update(lease_until=None, **at)


def _postpone(tenant: Tenant, mails: Sequence[Mail]) -> None:
    """Tried again later, each time twice as late, at last every hour; given up after three days."""
    now = timezone.now()
    late = [mail for mail in mails if now - mail.created_at > GIVEN_UP_AFTER]
    if late:
        log.error("mail_given_up", mails=len(late))
        _settle(tenant, late, given_up_at=now)
    with tenant.seen():
        for mail in mails:
            if mail not in late:
                wait = min(FIRST_WAIT * 2 ** min(mail.attempts - 1, 12), LONGEST_WAIT)
                Mail.objects.filter(id=mail.id).update(lease_until=None, next_attempt_at=now + wait)


def purge(tenant: Tenant, *, now: datetime) -> int:
    """Forgets what was settled a month ago, in small steps."""
    with tenant.seen():
        found = driver_connection().execute(
            "DELETE FROM webhooks_mail WHERE id IN (SELECT id FROM webhooks_mail WHERE team_id = ANY (%s)"
            " AND created_at < %s AND (sent_at IS NOT NULL OR given_up_at IS NOT NULL) LIMIT %s)",
            (list(tenant.team_ids), now - KEPT_FOR, PURGED_AT_ONCE),
        )
        return found.rowcount
