"""`/api/decision-policy/what-if`: what another policy would have made of the last days. Reads; changes nothing."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from rest_framework.request import Request
from rest_framework.response import Response

from ratel.identifiers import show
from ratel.problem import Problem
from ratel.tenancy import tenant
from screening.api import what_if_documents as documents
from screening.api.resource import Resource, object_in, refuse
from screening.policy import merged, parse_policy, policy_document
from screening.rules.problems import RuleProblems
from screening.services.changes import as_problems
from screening.services.policy import policy_fields, policy_live
from screening.what_if.compare import Outlook, WhatIf, what_if
from screening.what_if.counting import BAR_POINTS
from screening.what_if.outcomes import Missed
from screening.what_if.window import MOST_DAYS, USUAL_DAYS

_HUNDREDTH: Final = Decimal("0.01")


class WhatIfView(Resource):
    scopes = {"POST": "read"}

    @documents.ask
    def post(self, request: Request) -> Response:
        asked = object_in(request, known=("change", "days"))
        days, change = _days(asked), asked.get("change", {})
        if not isinstance(change, dict):
            refuse([Problem("change", "must be an object")])
        team = self.caller.team
        with tenant(team.organisation_id, [team.id]):
            live = policy_live(team=team)
            fields = policy_fields(live)
            try:
                draft = policy_document(parse_policy(merged(fields, change)))
            except RuleProblems as found:
                wrong = as_problems(found.problems)
                refuse([Problem(f"change.{problem.path}", problem.message) for problem in wrong])
                raise
            answer = what_if(team=team, live=fields, draft=draft, days=days)
        shown = _answer_json(answer, live.version, sees_reports=self.caller.may("reports.read"))
        return Response({"ok": True, "data": shown})


def _days(asked: dict[str, Any]) -> int:
    days = asked.get("days", USUAL_DAYS)
    if not isinstance(days, int) or isinstance(days, bool) or not 1 <= days <= MOST_DAYS:
        refuse([Problem("days", f"must be a whole number from 1 to {MOST_DAYS}")])
    return int(days)


def _answer_json(answer: WhatIf, version: int, *, sees_reports: bool) -> dict[str, Any]:
    outcomes = answer.outcomes
    return {
        "policyVersion": version,
        "from": answer.window.start,
        "to": answer.window.now,
        "days": _rounded(answer.days),
        "evaluations": answer.live.counted.evaluations,
        "unreadEvaluations": answer.unread,
        "notRecomputed": list(answer.not_recomputed),
        "live": _outlook_json(answer.live, sees_reports=sees_reports),
        "draft": _outlook_json(answer.draft, sees_reports=sees_reports),
        "closedAlerts": outcomes.judged,
        "openAlerts": answer.workload.open_alerts,
        "truePositivesMissed": {"live": outcomes.missed_live, "draft": outcomes.missed_draft},
        "falsePositivesSaved": {"live": outcomes.saved_live, "draft": outcomes.saved_draft},
        "missed": [_missed_json(one) for one in outcomes.examples],
    }


def _outlook_json(outlook: Outlook, *, sees_reports: bool) -> dict[str, Any]:
    """What a caller without the right to read reports sees tells of none."""
    hours = outlook.hours_a_day
    shown = {
        "alerts": outlook.alerts,
        "escalations": outlook.escalations,
        "blocks": outlook.blocks,
        "alertsADay": _rounded(outlook.alerts_a_day),
        "escalationsADay": _rounded(outlook.a_day(outlook.escalations)),
        "blocksADay": _rounded(outlook.a_day(outlook.blocks)),
        "analystHoursADay": None if hours is None else _rounded(hours),
        "scores": [
            {"from": place * BAR_POINTS, "evaluations": sum(bar)}
            for place, bar in enumerate(outlook.counted.bars)
            if sum(bar)
        ],
    }
    if sees_reports:
        drafts = outlook.counted.sar_drafts
        shown |= {"sarDrafts": drafts, "sarDraftsADay": _rounded(outlook.a_day(drafts))}
    return shown


def _missed_json(one: Missed) -> dict[str, Any]:
    return {
        "alertId": show("alt", one.alert_id),
        "caseId": show("cas", one.case_id) if one.case_id else None,
        "score": one.score,
        "amount": one.amount,
        "rules": list(one.rules),
    }


def _rounded(number: Decimal) -> Decimal:
    return number.quantize(_HUNDREDTH, rounding=ROUND_HALF_UP)
