"""From events to mails: one row for each person who must be told, made by the transaction that marks the event."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import orjson
import structlog

from ratel.statements import driver_connection
from teams.models import Membership
from teams.roles import Role
from webhooks.delivery.tenants import Tenant
from webhooks.models import Mail

log = structlog.get_logger(__name__)
MOST_EVENTS: Final = 500
# While nobody sent mail (the worker was away, mail was not set up), older things are not told of any more.
OLDEST_TOLD: Final = timedelta(days=1)
# What a mail may say of an alert: ids and grades. Not the bank's reference of a customer: that can be a name.
ALERT_FACTS: Final = ("alertId", "transactionId", "decision", "severity", "riskScore", "triggerType")
_EVENTS: Final = (
    "SELECT id, organisation_id, team_id, payload, occurred_at FROM webhooks_outboxevent WHERE team_id = ANY (%s)"
    " AND event = 'alert.escalated' AND NOT is_mailed ORDER BY sequence LIMIT %s FOR UPDATE SKIP LOCKED"
)
_NOTICES: Final = (
    "SELECT id, organisation_id, team_id, endpoint_id, created_at FROM webhooks_notice WHERE team_id = ANY (%s)"
    " AND kind = 'endpoint_paused' AND told_at IS NULL ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED"
)


def collect(tenant: Tenant, *, now: datetime) -> int:
    """Makes the mails of what happened in an organisation's teams since the last time; how many."""
    with tenant.seen():
        return _collect_alerts(tenant, now) + _collect_notices(tenant, now)


def _collect_alerts(tenant: Tenant, now: datetime) -> int:
    events = driver_connection().execute(_EVENTS, (list(tenant.team_ids), MOST_EVENTS)).fetchall()
    if not events:
        return 0
    officers = _people(Role.OFFICER, {event[2] for event in events})
    mails: list[Mail] = []
    for event in events:
        _, _, team_id, payload, occurred_at = event
        if now - occurred_at > OLDEST_TOLD:
            continue
        told = officers.get(team_id, ())
        if not told:
            log.warning("no_officer_to_tell", team=str(team_id))
        mails += [_mail(event, person, Mail.Kind.ALERT_ESCALATED, _chosen(payload), now) for person in told]
    _insert(mails)
    driver_connection().execute(
        "UPDATE webhooks_outboxevent SET is_mailed = true WHERE id = ANY (%s)",
        ([event[0] for event in events],),
    )
    return len(mails)


def _collect_notices(tenant: Tenant, now: datetime) -> int:
    notices = driver_connection().execute(_NOTICES, (list(tenant.team_ids), MOST_EVENTS)).fetchall()
    if not notices:
        return 0
    admins = _people(Role.ADMIN, {notice[2] for notice in notices})
    mails = [
        _mail(notice, person, Mail.Kind.ENDPOINT_PAUSED, {"endpointId": str(notice[3])}, now)
        for notice in notices
        for person in admins.get(notice[2], ())
    ]
    _insert(mails)
    driver_connection().execute(
        "UPDATE webhooks_notice SET told_at = %s WHERE id = ANY (%s)",
        (now, [notice[0] for notice in notices]),
    )
    return len(mails)


def _people(role: Role, team_ids: Iterable[UUID]) -> dict[UUID, list[UUID]]:
    """Who holds the role in each team and may sign in."""
    found: dict[UUID, list[UUID]] = defaultdict(list)
    held = Membership.objects.filter(role=role, team_id__in=list(team_ids), person__is_active=True)
    for team_id, person_id in held.order_by("id").values_list("team_id", "person_id"):
        found[team_id].append(person_id)
    return found


def _chosen(payload: Any) -> dict[str, Any]:
    """Django's connections hand over jsonb as text."""
    data = orjson.loads(payload) if isinstance(payload, str | bytes) else payload
    return {name: data[name] for name in ALERT_FACTS if name in data}


def _mail(
    event: tuple[Any, ...], person_id: UUID, kind: Mail.Kind, facts: dict[str, Any], now: datetime
) -> Mail:
    """`event` begins with its id, organisation and team and ends with when it happened."""
    return Mail(
        organisation_id=event[1],
        team_id=event[2],
        person_id=person_id,
        about_id=event[0],
        kind=kind,
        facts=facts,
        occurred_at=event[-1],
        created_at=now,
        next_attempt_at=now,
    )


def _insert(mails: Sequence[Mail]) -> None:
    """The unique key on event and person is the last word on "once"."""
    Mail.objects.bulk_create(mails, ignore_conflicts=True)
