"""What a mail says: how many alerts of which team wait, their ids and grades, and where to sign in. No personal data."""

import hashlib
from collections.abc import Sequence
from typing import Final

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string

from webhooks.models import Mail

# A mail lists this many; how many more there are is said below.
MOST_LISTED: Final = 50
_SEVERITIES: Final = ("low", "medium", "high", "critical")


def letter(mails: Sequence[Mail], *, team: str, address: str) -> EmailMessage:
    """One message for one person about mails of one kind and one team."""
    kind = Mail.Kind(mails[0].kind)
    subject, template = (
        (_alert_subject(mails, team), "mail/escalations.txt")
        if kind == Mail.Kind.ALERT_ESCALATED
        else (f"Ratel: an endpoint of {team} was paused", "mail/endpoint_paused.txt")
    )
    shown = {"mails": mails[:MOST_LISTED], "more": max(len(mails) - MOST_LISTED, 0), "team": team}
    body = render_to_string(template, {**shown, "count": len(mails), "desk": settings.RATEL_PUBLIC_URL})
    return EmailMessage(
        subject=" ".join(subject.split()),
        body=body,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[address],
        headers={"Message-ID": _message_id(mails), "Auto-Submitted": "auto-generated"},
    )


def _alert_subject(mails: Sequence[Mail], team: str) -> str:
    worst = max((str(mail.facts.get("severity", "low")) for mail in mails), key=_SEVERITIES.index)
    count = "an alert waits" if len(mails) == 1 else f"{len(mails)} alerts wait"
    return f"Ratel: {count} for an officer of {team} ({worst})"


def _message_id(mails: Sequence[Mail]) -> str:
    """The same for the same mails, so that one sent twice can be recognised."""
    digest = hashlib.sha256(b"".join([mail.id.bytes for mail in mails])).hexdigest()[:32]
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> ")
    return f"<{digest}@{domain}>"
