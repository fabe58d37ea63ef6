"""A great many payments and alerts for measuring pages, every one marked as synthetic.

Payments are decided through the API as all others are, in batches, with the clock set back over the last weeks. The
alerts that they leave are then closed in bulk, by SQL and not by people: a page is measured, nobody's work is shown.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from ratel.statements import driver_connection
from ratel.tenancy import tenant
from screening.demo import api
from screening.demo.clock import Clock, set_back
from screening.demo.place import load_place
from screening.what_if.days import count_again
from teams.directory import facts_of
from teams.models import Team

BATCH: Final = 500
BATCH_PATH: Final = "/api/transactions/evaluate/batch"
MARK: Final = "synthetic"
CUSTOMERS: Final = 5_000
SHARE_OPEN: Final = 0.06
_CLOSE: Final = """
    WITH closed AS (
        UPDATE cases_alert SET status = 'resolved', version = version + 1,
            disposition = CASE WHEN random() < 0.2 THEN 'true_positive' ELSE 'false_positive' END,
            first_opened_at = created_at + (due_at - created_at) * 0.2,
            closed_at = LEAST(created_at + (due_at - created_at) * (0.2 + random()), %(now)s)
        WHERE team_id = %(team)s AND status = 'open' AND created_at = %(at)s AND random() >= %(open)s
        RETURNING customer_id, case_id, disposition, closed_at),
    cases AS (
        UPDATE cases_case c SET status = 'RESOLVED_' || upper(closed.disposition), disposition = closed.disposition,
            resolved_at = closed.closed_at, version = version + 1
        FROM closed WHERE c.id = closed.case_id RETURNING c.id)
    UPDATE screening_customer u SET open_alerts = NULL, open_case_id = NULL
    FROM closed WHERE u.id = closed.customer_id"""


@dataclass(frozen=True)
class Volume:
    """How much of it, over how many days back from now."""

    evaluations: int
    alerts: int
    days: int


def load(team: Team, key: str, volume: Volume, now: datetime) -> Iterator[int]:
    """Yields how many are decided after each batch. Raises CallRefusedError."""
    choices = random.Random(f"{MARK} {now.date()}")  # noqa: S311 - made-up payments, no secret
    with set_back() as clock:
        for first in range(0, volume.evaluations, BATCH):
            numbers = range(first, min(first + BATCH, volume.evaluations))
            share = 1 - (first + 1) / volume.evaluations
            clock.moment = now - timedelta(minutes=2) - timedelta(days=volume.days) * share
            batch = [_payment(team, number, volume, clock.moment, choices) for number in numbers]
            for body in batch:
                # Each run adds to what is there.
                body["externalId"] += f"-{now:%y%m%d%H%M%S}"
            _decide(batch, key)
            _close(team, clock, now)
            yield numbers.stop
    count_again(facts_of(team), now)


def _decide(batch: list[dict[str, Any]], key: str) -> None:
    for answer in api.post(BATCH_PATH, {"batch": batch}, key):
        if "error" in answer:
            raise api.CallRefusedError(str(answer["error"])[:500])


def _close(team: Team, clock: Clock, now: datetime) -> None:
    wanted = {"now": now, "team": team.id, "at": clock.now(), "open": SHARE_OPEN}
    with tenant(team.organisation_id, [team.id]):
        driver_connection().execute(_CLOSE, wanted)


def _payment(team: Team, number: int, volume: Volume, at: datetime, choices: random.Random) -> dict[str, Any]:
    """An everyday one, or (evenly spread) one over the limit of a customer of its own, which alerts."""
    place = load_place(team.pack)
    is_alert = (
        number * volume.alerts // volume.evaluations != (number + 1) * volume.alerts // volume.evaluations
    )
    reference = f"{MARK}-alert-{number}" if is_alert else f"{MARK}-{choices.randrange(CUSTOMERS)}"
    body: dict[str, Any] = {
        "externalId": f"{MARK}-{number}",
        "customerId": reference,
        "customerName": f"Synthetic {reference.removeprefix(MARK + '-')}",
        "customerSince": "2020-01-01",
        "kycStatus": "verified",
        "kycTier": "standard",
        "direction": "credit" if is_alert else "debit",
        "channel": "branch" if is_alert else "pos",
        "amount": str(choices.randint(*place.spending)),
        "occurredAt": (at - timedelta(seconds=choices.randrange(600))).isoformat(),
        "country": place.home_country,
    }
    if not is_alert:
        return body
    body |= {"type": "cash_deposit", "amount": str(round(place.cash_limit * choices.uniform(1.05, 3)))}
    if choices.random() < 0.9:
        return body | {"counterpartyName": f"Synthetic Supplies {number % 997}"}
    return body | {
        "counterpartyName": place.high_risk[2],
        "country": place.high_risk[0],
        "isCrossBorder": True,
    }
