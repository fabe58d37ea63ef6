"""One alert with everything that it rests on, read in five statements however much there is. Reads only.

Call inside `tenant(...)`. Every read has its own bound: what a page cannot show is not fetched.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec

from cases.alert_view import statements
from cases.alert_view.gauges import window_seconds
from cases.alert_view.queue import WORKING_ROLES, decoded
from cases.alert_view.wording import Hidden
from cases.services.manual_alerts import reason_of
from ratel.identifiers import show
from ratel.problem import NotFound
from ratel.sealing import unseal
from ratel.statements import driver_connection
from screening.enrich import SealedProfile
from screening.evaluation import Evaluation
from screening.replays import open_evaluation, open_transaction
from screening.screenings.customers import open_profile
from screening.screenings.identity import Identity, open_identity
from screening.screenings.judge import Judged
from screening.screenings.record import RESULT_CONTEXT
from screening.screenings.subject import Subject
from screening.transaction import Transaction
from teams.principal import Principal

CHART_DAYS: Final = 30
MOST_PAYMENTS: Final = 6
MOST_EARLIER: Final = 5
MOST_FLOWS: Final = 6
MOST_STEPS: Final = 40
# Of whose alerts it is looked whether they deal with the same counterparties, and how many closed ones are counted.
MOST_OTHERS: Final = 200
MOST_CLOSED: Final = 1_000
USUAL_WINDOW_SECONDS: Final = 86_400
LONGEST_WINDOW_SECONDS: Final = 30 * 86_400


class AlertRow(NamedTuple):
    """The alert itself and what its row points to."""

    id: UUID
    version: int
    status: str
    severity: str
    trigger: str
    lane: str
    decision: str
    risk_score: Any
    evaluations: int
    key: str
    due_at: datetime
    created_at: datetime
    last_at: datetime | None
    first_opened_at: datetime | None
    closed_at: datetime | None
    snoozed_until: datetime | None
    disposition: str
    sealed_reason: bytes | None
    assigned_to_id: UUID | None
    assignee: str | None
    case_id: UUID | None
    case_status: str | None
    customer_id: UUID | None
    reference: str | None
    sealed_profile: bytes | None
    sealed_identity: bytes | None
    kyc_status: str | None
    kyc_tier: str | None
    since: Any
    entity_type: str | None
    home_country: str | None
    risk_rating: str | None
    is_pep: bool | None
    prior_alerts: int | None
    first_at: datetime | None
    evaluation_id: UUID | None
    sealed_detail: bytes | None
    rescreens_id: UUID | None
    ruleset_id: UUID | None
    paid_at: datetime | None
    direction: str | None
    is_cash: bool | None
    transaction_id: UUID | None
    sealed_input: bytes | None
    screening_id: UUID | None
    sealed_subject: bytes | None
    sealed_result: bytes | None
    screened_at: datetime | None
    match_decisions: Any


@dataclass(frozen=True)
class Context:
    """What stands around an alert: who may take it, the rules of the time, the policy, earlier and similar alerts."""

    people: list[list[str]]
    rules: list[list[str | None]]
    policy: dict[str, Any]
    earlier: list[dict[str, Any]]
    similar: dict[str, Any]
    hidden: Hidden


@dataclass(frozen=True)
class AlertFile:
    """One alert, opened. What there is none of is None: a manual alert has neither evaluation nor screening."""

    row: AlertRow
    evaluation: Evaluation | None
    profile: SealedProfile
    identity: Identity
    subject: Subject | None
    judged: Judged | None
    transaction: Transaction | None
    reason: str
    decisions: list[dict[str, Any]]

    @property
    def shown_id(self) -> str:
        return show("alt", self.row.id)

    @property
    def customer_name(self) -> str:
        """As it is known; empty where nobody ever said."""
        return self.profile.name or (self.subject.name if self.subject else "") or ""

    @property
    def kind(self) -> str:
        """individual, business, or what was screened; empty where nobody said."""
        return self.row.entity_type or (self.subject.entity_type if self.subject else "") or ""

    @property
    def birth_date(self) -> str:
        return (self.subject.birth_date if self.subject else None) or self.identity.birth_date or ""

    @property
    def country(self) -> str:
        stated = self.subject.nationality if self.subject else None
        return stated or self.identity.nationality or self.row.home_country or ""

    @property
    def at(self) -> datetime:
        """Up to when the customer's money is looked at: the payment, else the alert."""
        last = max(filter(None, (self.row.last_at, self.row.paid_at)), default=None)
        return last or self.row.created_at


def read_alert(caller: Principal, alert_id: UUID | None, now: datetime) -> AlertFile:
    """The alert; raises NotFound. Whoever works on alerts opens it with that: the first time is kept."""
    wanted = {
        "team": caller.team.id,
        "alert": alert_id,
        "now": now,
        "works": caller.may("case.write"),
        "lock": _lock_of(caller, alert_id),
    }
    found = driver_connection().execute(statements.ALERT.encode(), wanted).fetchone() if alert_id else None
    if found is None:
        raise NotFound
    return _opened(AlertRow(*found))


def read_context(caller: Principal, file: AlertFile, now: datetime) -> Context:
    row, evaluation = file.row, file.evaluation
    found = (
        driver_connection()
        .execute(
            statements.CONTEXT.encode(),
            {
                "team": caller.team.id,
                "roles": WORKING_ROLES,
                "ruleset": row.ruleset_id,
                "policy": evaluation.policy_version if evaluation else None,
                "customer": row.customer_id,
                "alert": row.id,
                "key": row.key,
                "trigger": row.trigger,
                "knows": caller.may("reports.read"),
                "quarter": now - timedelta(days=90),
                "most_earlier": MOST_EARLIER,
                "most_closed": MOST_CLOSED,
            },
        )
        .fetchone()
    )
    people, rules, policy, earlier, similar, hidden = (decoded(value) for value in found or (None,) * 6)
    return Context(
        people or [],
        rules or [],
        policy or {},
        earlier or [],
        similar or {},
        None if hidden is None else frozenset(hidden),
    )


def read_payments(caller: Principal, file: AlertFile) -> list[tuple[Any, ...]]:
    """The payments that the alert rests on: those of its kind within the window that its rules counted over."""
    row = file.row
    if row.customer_id is None:
        return []
    compared = [one for hit in (file.evaluation.hits if file.evaluation else ()) for one in hit.compared]
    seconds = min(window_seconds(compared, USUAL_WINDOW_SECONDS), LONGEST_WINDOW_SECONDS)
    if row.paid_at is None:
        seconds = LONGEST_WINDOW_SECONDS
    wanted = {
        "team": caller.team.id,
        "customer": row.customer_id,
        "alert": row.id,
        "start": (row.paid_at or row.created_at) - timedelta(seconds=seconds),
        "end": file.at,
        "direction": row.direction,
        "cash": True if row.is_cash else None,
        "most": MOST_PAYMENTS,
    }
    return driver_connection().execute(statements.PAYMENTS.encode(), wanted).fetchall()


def read_money(caller: Principal, file: AlertFile) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The customer's days and its largest counterparties of the 30 days up to the alert."""
    if file.row.customer_id is None:
        return [], []
    wanted = {
        "team": caller.team.id,
        "customer": file.row.customer_id,
        "end": file.at,
        "since": file.at - timedelta(days=CHART_DAYS),
        "most_others": MOST_OTHERS,
        "most_flows": MOST_FLOWS,
    }
    found = driver_connection().execute(statements.MONEY.encode(), wanted).fetchone()
    days, flows = (decoded(value) or [] for value in found or (None, None))
    return days, flows


def read_history(caller: Principal, file: AlertFile) -> list[tuple[Any, ...]]:
    """Steps out of the audit trail and events that told of the alert, the newest first."""
    wanted = {"team": caller.team.id, "shown": file.shown_id, "most": MOST_STEPS}
    rows = driver_connection().execute(statements.HISTORY.encode(), wanted).fetchall()
    return [(*row[:4], decoded(row[4])) for row in rows]


def _opened(row: AlertRow) -> AlertFile:
    profile, identity = SealedProfile(), Identity()
    if row.customer_id is not None and row.sealed_profile is not None:
        profile = open_profile(row.customer_id, row.sealed_profile)
        identity = open_identity(row.customer_id, row.sealed_identity)
    evaluation = subject = judged = None
    if row.evaluation_id is not None and row.sealed_detail is not None:
        evaluation = open_evaluation(row.evaluation_id, bytes(row.sealed_detail))
    if row.screening_id is not None and row.sealed_subject is not None and row.sealed_result is not None:
        subject = msgspec.json.decode(unseal(bytes(row.sealed_subject), row.screening_id.bytes), type=Subject)
        opened = unseal(bytes(row.sealed_result), row.screening_id.bytes + RESULT_CONTEXT)
        judged = msgspec.json.decode(opened, type=Judged)
    return AlertFile(
        row=row,
        evaluation=evaluation,
        profile=profile,
        identity=identity,
        subject=subject,
        judged=judged,
        transaction=open_transaction(row.transaction_id, row.sealed_input)
        if row.transaction_id is not None and row.sealed_input is not None
        else None,
        reason=reason_of(row.id, row.sealed_reason),
        decisions=decoded(row.match_decisions) or [],
    )


def _lock_of(caller: Principal, alert_id: UUID | None) -> int:
    """One number for this person and this alert, as advisory locks take it."""
    mixed = (alert_id.int if alert_id else 0) ^ caller.id.int
    return (mixed ^ (mixed >> 64)) & (1 << 63) - 1
