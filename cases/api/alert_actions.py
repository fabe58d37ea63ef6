"""What people do with alerts: `take-next`, `assign`, `snooze`, `dismiss`, `escalate`, and many at once."""

from typing import Any

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from cases.api import case_documents as documents
from cases.api import case_input as given
from cases.api.alerts import shown_alert
from cases.models import Alert
from cases.services import alerts as services
from cases.services.investigation import LONGEST_REASON
from ratel.identifiers import read, show
from ratel.problem import Problem
from teams.resource import Resource, object_in, refuse


class AlertAction(Resource):
    scopes = {"POST": "case.write"}

    def shown(self, alert: Alert, **more: Any) -> Response:
        return Response({"ok": True, "data": {**shown_alert(self.caller, alert), **more}})


class TakeNextView(AlertAction):
    """The most urgent alert that nobody has; 404 where none waits."""

    @documents.take_next
    def post(self, request: Request) -> Response:
        alert = services.alert_take_next(caller=self.caller)
        if alert is None:
            return Response({"ok": True, "data": None})
        return self.shown(alert)


class AlertAssignView(AlertAction):
    @documents.assign_alert
    def post(self, request: Request, alert_id: str) -> Response:
        document = object_in(request, known={"assignedToId", "version"})
        problems: list[Problem] = []
        if "assignedToId" not in document:
            problems.append(Problem("assignedToId", "is required; null puts the alert back into the queue"))
        person, version = (
            given.person(document, "assignedToId", problems),
            given.version(document, problems),
        )
        refuse(problems)
        alert = services.alert_assign(
            caller=self.caller, alert_id=read("alt", alert_id), person_id=person, version=version
        )
        return self.shown(alert)


class AlertSnoozeView(AlertAction):
    @documents.snooze_alert
    def post(self, request: Request, alert_id: str) -> Response:
        document = object_in(request, known={"until", "reason", "version"})
        problems: list[Problem] = []
        moment = given.until(document, timezone.now(), problems)
        reason = given.text(document, "reason", problems, longest=LONGEST_REASON, required=True)
        version = given.version(document, problems)
        refuse(problems)
        alert = services.alert_snooze(
            caller=self.caller, alert_id=read("alt", alert_id), until=moment, reason=reason, version=version
        )
        return self.shown(alert)


class AlertDismissView(AlertAction):
    @documents.dismiss_alert
    def post(self, request: Request, alert_id: str) -> Response:
        reason, version = _reason(request)
        alert = services.alert_dismiss(
            caller=self.caller, alert_id=read("alt", alert_id), reason=reason, version=version
        )
        return self.shown(alert)


class AlertEscalateView(AlertAction):
    @documents.escalate_alert
    def post(self, request: Request, alert_id: str) -> Response:
        reason, version = _reason(request)
        alert, _ = services.alert_escalate(
            caller=self.caller, alert_id=read("alt", alert_id), reason=reason, version=version
        )
        return self.shown(alert)


def _reason(request: Request) -> tuple[str, int | None]:
    document = object_in(request, known={"reason", "version"})
    problems: list[Problem] = []
    reason = given.text(document, "reason", problems, longest=LONGEST_REASON, required=True)
    version = given.version(document, problems)
    refuse(problems)
    return reason, version


class AlertsAtOnceView(AlertAction):
    """Assigns or dismisses up to 200 alerts with one reason; `preview` shows what would become of each."""

    @documents.alerts_at_once
    def post(self, request: Request) -> Response:
        document = object_in(request, known={"action", "alertIds", "reason", "assignedToId", "preview"})
        problems: list[Problem] = []
        action = given.choice(document, "action", ("assign", "dismiss"), problems)
        ids = given.identifiers(document, "alertIds", "alt", problems, required=True)
        reason = given.text(document, "reason", problems, longest=LONGEST_REASON, required=True)
        person = given.person(document, "assignedToId", problems)
        preview = document.get("preview", False)
        if not isinstance(preview, bool):
            problems.append(Problem("preview", "must be true or false"))
        refuse(problems)
        outcomes = services.alerts_at_once(
            caller=self.caller, action=action, alert_ids=ids, reason=reason, person_id=person, preview=preview
        )
        data = [
            {
                "id": show("alt", one.alert_id),
                "status": one.status,
                **({"refused": one.refused} if one.refused else {}),
            }
            for one in outcomes
        ]
        return Response({"ok": True, "data": data, "preview": preview})
