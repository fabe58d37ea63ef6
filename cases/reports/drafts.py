"""A report that somebody drafts by hand, about a case, an alert or a transaction."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import F
from django.utils import timezone

from cases.models import Alert, Case, Report
from cases.reports import deadlines
from cases.reports.prefill import prefilled
from cases.reports.stored import read_stored
from cases.reports.transitions import OPEN
from cases.reports.working import SAR, require, save_content, step, tell
from cases.services.investigation import working
from ratel.identifiers import show
from ratel.problem import Conflict, Invalid, NotFound, Problem, Unprocessable
from screening.models import Customer, Evaluation, Transaction
from screening.packs import load_pack
from teams.principal import Principal

BY_HAND: Final = "manual"


@dataclass(frozen=True)
class Subject:
    """What a report is about; exactly one of the three is given."""

    case_id: UUID | None = None
    alert_id: UUID | None = None
    transaction_id: UUID | None = None


def report_draft(*, caller: Principal, report_type: str, subject: Subject) -> Report:
    """A new draft, prefilled from what is stored. Conflict where an open one of the type is about the same."""
    require(caller, "reports.write")
    known = load_pack(caller.team.pack).report_types
    if report_type not in known:
        raise Invalid(errors=[Problem("type", f"must be one of {', '.join(known)}")])
    with working(caller):
        report = _about(caller, subject)
        report.type, report.reason = report_type, BY_HAND
        _refuse_second(report)
        report.detected_at = _detected_at(report)
        report.due_at = deadlines.due_at(caller.team.pack, report_type, report.detected_at)
        report.drafted_by_id = caller.id
        content = prefilled(read_stored(report), pack=caller.team.pack, currency=caller.team.currency)
        report.version = 0
        save_content(caller, report, content)
        report.version = 1
        report.save(force_insert=True)
        if report_type == SAR:
            Customer.objects.filter(team_id=report.team_id, id=report.customer_id).update(
                prior_sars=F("prior_sars") + 1
            )
        step(caller, report, "drafted")
        tell(report, "sar.drafted")
        return report


def _about(caller: Principal, subject: Subject) -> Report:
    """A report with its subject's ids. The customer's row is taken first, as by everybody who counts on it."""
    team = caller.team
    report = Report(organisation_id=team.organisation_id, team_id=team.id, created_at=timezone.now())
    customer_id = _subject(report, subject)
    if customer_id is not None:
        report.customer_id = customer_id
        if Customer.objects.select_for_update().filter(team_id=team.id, id=customer_id).first() is not None:
            return report
    raise Unprocessable("A report is about a customer, and here none is known", code="no_customer")


def _subject(report: Report, subject: Subject) -> UUID | None:
    """Whose it is; raises NotFound for what the team does not have."""
    mine = {"team_id": report.team_id}
    if subject.case_id and (case := Case.objects.filter(**mine, id=subject.case_id).first()):
        return _of_case(report, case)
    if subject.alert_id and (alert := Alert.objects.filter(**mine, id=subject.alert_id).first()):
        return _of_alert(report, alert)
    if subject.transaction_id and (
        payment := Transaction.objects.filter(**mine, id=subject.transaction_id).first()
    ):
        return _of_payment(report, payment)
    raise NotFound("The case, alert or transaction is unknown")


def _of_case(report: Report, case: Case) -> UUID | None:
    report.case_id = case.id
    alerts = Alert.objects.filter(team_id=case.team_id, case_id=case.id).exclude(evaluation_id=None)
    newest = alerts.order_by("-id").first()
    if newest is None:
        return case.customer_id
    report.alert_id, report.evaluation_id = newest.id, newest.evaluation_id
    report.transaction_id = newest.transaction_id
    return case.customer_id or newest.customer_id


def _of_alert(report: Report, alert: Alert) -> UUID | None:
    report.alert_id, report.case_id = alert.id, alert.case_id
    report.evaluation_id, report.transaction_id = alert.evaluation_id, alert.transaction_id
    return alert.customer_id


def _of_payment(report: Report, payment: Transaction) -> UUID:
    decided = Evaluation.objects.filter(team_id=payment.team_id, transaction_id=payment.id)
    newest = decided.order_by("-decided_at").first()
    report.transaction_id = payment.id
    if newest is not None:
        report.evaluation_id, report.alert_id, report.case_id = newest.id, newest.alert_id, newest.case_id
    return payment.customer_id


def _refuse_second(report: Report) -> None:
    """Of a suspicion one about a case, or an alert without any; of cash and transfers one about a payment."""
    same = Report.objects.filter(team_id=report.team_id, type=report.type, status__in=OPEN)
    if report.type == SAR and report.case_id:
        same = same.filter(case_id=report.case_id)
    elif report.type == SAR and report.alert_id:
        same = same.filter(alert_id=report.alert_id)
    else:
        same = same.filter(transaction_id=report.transaction_id, customer_id=report.customer_id)
    other = same.first()
    if other is not None:
        raise Conflict(
            "A report of this type about the same is being worked on already",
            code="report_exists",
            extra={"allowed": [], "current": {"reportId": show("rep", other.id), "status": other.status}},
        )


def _detected_at(report: Report) -> datetime:
    """Of a suspicion: when the first alert was raised; of cash and transfers: when they happened."""
    if report.type != SAR and report.transaction_id:
        payments = Transaction.objects.filter(team_id=report.team_id, id=report.transaction_id)
        return min(payments.values_list("occurred_at", flat=True).get(), report.created_at)
    alerts = Alert.objects.filter(team_id=report.team_id)
    if report.case_id:
        alerts = alerts.filter(case_id=report.case_id)
    elif report.alert_id:
        alerts = alerts.filter(id=report.alert_id)
    else:
        return report.created_at
    first = alerts.order_by("created_at").values_list("created_at", flat=True).first()
    return first or report.created_at
