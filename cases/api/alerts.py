"""`/api/alerts`: what waits for an analyst, and one alert with why it was raised."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from cases.alert_view.queue import hidden_rules
from cases.alert_view.wording import Hidden, is_hidden
from cases.api import documents
from cases.models import Alert
from ratel.identifiers import read, show
from ratel.pages import Query, listed
from ratel.problem import NotFound
from ratel.tenancy import tenant
from screening.api.resource import Resource
from screening.decide import LEVELS
from screening.evaluation import Evaluation
from screening.layers.result import Hit
from screening.models import Customer
from screening.models import Evaluation as StoredEvaluation
from screening.replays import open_evaluation
from teams import audit
from teams.principal import Principal

_FILTERS: Final = ("status", "severity", "customerId", "from", "to")


class AlertsView(Resource):
    scopes = {"GET": "read"}

    @documents.list_alerts
    def get(self, request: Request) -> Response:
        query = Query(request._request, *_FILTERS)
        team = self.caller.team
        with tenant(team.organisation_id, [team.id]):
            alerts, page = _filtered(query, team.id), query.page()
            query.finish()
            if page.after is not None:
                alerts = alerts.filter(id__lt=page.after)
            shown, next_cursor = page.cut(list(alerts[: page.limit + 1]), lambda alert: alert.id)
            return Response(listed(_summaries(shown, hidden_rules(self.caller)), next_cursor))


class AlertView(Resource):
    scopes = {"GET": "read"}

    @documents.show_alert
    def get(self, request: Request, alert_id: str) -> Response:
        team, identifier = self.caller.team, read("alt", alert_id)
        with tenant(team.organisation_id, [team.id]):
            alert = Alert.objects.filter(team_id=team.id, id=identifier).first() if identifier else None
            if alert is None:
                raise NotFound
            document = _whole(self.caller, alert)
            _note_view(self.caller, alert_id)
        return Response({"ok": True, "data": document})


def shown_alert(caller: Principal, alert: Alert) -> dict[str, Any]:
    """One alert whole, after something was done with it."""
    with tenant(caller.team.organisation_id, [caller.team.id]):
        return _whole(caller, alert)


def _whole(caller: Principal, alert: Alert) -> dict[str, Any]:
    hits = HitsShown(_whole_hit, hidden_rules(caller))
    return _alert_json(alert, _references([alert]), _evaluations([alert]), hits)


def _filtered(query: Query, team_id: UUID) -> "QuerySet[Alert]":
    """The team's alerts that the filters leave, the newest first (their ids sort by time)."""
    filters: dict[str, Any] = {
        "status": query.choice("status", Alert.Status.values),
        "severity": query.choice("severity", LEVELS),
        "created_at__gte": query.moment("from"),
        "created_at__lte": query.moment("to", is_end=True),
    }
    alerts = Alert.objects.filter(
        team_id=team_id, **{name: value for name, value in filters.items() if value}
    )
    reference = query.text("customerId")
    if reference is not None:
        customers = Customer.objects.filter(team_id=team_id, reference=reference)
        alerts = alerts.filter(customer_id__in=customers.values("id"))
    return alerts.order_by("-id")


def _note_view(caller: Principal, alert_id: str) -> None:
    """Opening an alert shows personal data."""
    audit.note(caller=caller, action="alert.viewed", subject=("alert", alert_id))


@dataclass(frozen=True)
class HitsShown:
    """How a hit is written, without those of rules that read of reports for callers who may not know of any."""

    write: Callable[[Hit], dict[str, Any]]
    hidden: Hidden

    def of(self, evaluation: Evaluation) -> list[dict[str, Any]]:
        return [self.write(hit) for hit in evaluation.hits if not is_hidden(hit, self.hidden)]


def _summaries(alerts: list[Alert], hidden: Hidden) -> list[dict[str, Any]]:
    references, evaluations = _references(alerts), _evaluations(alerts)
    hits = HitsShown(_hit, hidden)
    return [_alert_json(alert, references, evaluations, hits) for alert in alerts]


def _references(alerts: list[Alert]) -> dict[UUID, str]:
    """The bank's own reference of each customer."""
    ids = {alert.customer_id for alert in alerts if alert.customer_id}
    return dict(Customer.objects.filter(id__in=ids).values_list("id", "reference"))


def _evaluations(alerts: list[Alert]) -> dict[UUID, Evaluation]:
    ids = {alert.evaluation_id for alert in alerts if alert.evaluation_id}
    rows = StoredEvaluation.objects.filter(id__in=ids).values_list("id", "sealed_detail")
    return {identifier: open_evaluation(identifier, bytes(sealed)) for identifier, sealed in rows}


def _alert_json(
    alert: Alert, references: dict[UUID, str], evaluations: dict[UUID, Evaluation], hits: HitsShown
) -> dict[str, Any]:
    evaluation = evaluations.get(alert.evaluation_id) if alert.evaluation_id else None
    return {
        "id": show("alt", alert.id),
        "status": alert.status,
        "severity": alert.severity,
        "riskScore": alert.risk_score,
        "customerId": references.get(alert.customer_id) if alert.customer_id else None,
        "transactionId": _shown("txn", alert.transaction_id),
        "evaluationId": _shown("evl", alert.evaluation_id),
        "screeningId": _shown("scr", alert.screening_id),
        "trigger": alert.trigger,
        "lane": alert.lane,
        "hits": hits.of(evaluation) if evaluation else [],
        "count": alert.count,
        "caseId": _shown("cas", alert.case_id),
        "assignedToId": str(alert.assigned_to_id) if alert.assigned_to_id else None,
        "snoozedUntil": alert.snoozed_until,
        "disposition": alert.disposition or None,
        "dueAt": alert.due_at,
        "createdAt": alert.created_at,
        "version": alert.version,
    }


def _shown(prefix: str, identifier: UUID | None) -> str | None:
    return show(prefix, identifier) if identifier else None


def _hit(hit: Hit) -> dict[str, Any]:
    """A hit as the evaluate answer has it, without the values that were seen."""
    return {
        "ruleId": show("rul", UUID(hit.rule_id)),
        "ruleCode": hit.rule_code,
        "ruleName": hit.rule_name,
        "severity": hit.severity,
        "scoreContribution": hit.points,
    }


def _whole_hit(hit: Hit) -> dict[str, Any]:
    compared = [
        {"subject": one.subject, "operator": one.operator, "threshold": one.threshold, "seen": one.seen}
        for one in hit.compared
    ]
    return {**_hit(hit), "ruleVersion": hit.rule_version, "explanation": hit.line, "compared": compared}
