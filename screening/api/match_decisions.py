"""`/api/match-decisions`: what people decided about matches, for good."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from ratel.identifiers import read, show
from ratel.moments import moment_in
from ratel.pages import Query, listed
from ratel.problem import Problem
from ratel.tenancy import tenant
from screening.api import match_decisions_documents as documents
from screening.api.resource import Resource, object_in, reason_in, refuse
from screening.decided import open_words
from screening.models import Customer, MatchDecision
from screening.services import match_decisions as services
from screening.services.match_decisions import STATUSES, Wanted, status_of
from teams.audit import note
from teams.principal import Principal

_FILTERS: Final = ("status", "verdict", "customerId", "from", "to")
_FIELDS: Final = ("customerId", "entryId", "verdict", "reason", "expiresAt", "counterpartyName")


class MatchDecisionsView(Resource):
    scopes = {"GET": "read", "POST": "case.write"}

    @documents.list_decisions
    def get(self, request: Request) -> Response:
        query, team = Query(request._request, *_FILTERS), self.caller.team
        status, reference = query.choice("status", STATUSES), query.text("customerId")
        filters = {
            "verdict": query.choice("verdict", MatchDecision.Verdict.values),
            "decided_at__gte": query.moment("from"),
            "decided_at__lte": query.moment("to", is_end=True),
        }
        page = query.page()
        query.finish()
        given = {name: value for name, value in filters.items() if value}
        with tenant(team.organisation_id, [team.id]):
            found = services.decisions_found(team=team, reference=reference, status=status, filters=given)
            if page.after is not None:
                found = found.filter(id__lt=page.after)
            shown, next_cursor = page.cut(list(found[: page.limit + 1]), lambda row: row.id)
            references = _references(shown)
        return Response(listed([_summary_json(row, references) for row in shown], next_cursor))

    @documents.create
    def post(self, request: Request) -> Response:
        wanted = _wanted(object_in(request, known=_FIELDS))
        return _answer(self.caller, services.decision_create(caller=self.caller, wanted=wanted), status=201)


class MatchDecisionView(Resource):
    scopes = {"GET": "read"}

    @documents.show_decision
    def get(self, request: Request, decision_id: str) -> Response:
        team = self.caller.team
        with tenant(team.organisation_id, [team.id]):
            decision = services.decision_get(team=team, decision_id=read("mdc", decision_id))
            note(caller=self.caller, action="match_decision.viewed", subject=("match_decision", decision_id))
        return _answer(self.caller, decision)


class MatchDecisionWithdrawView(Resource):
    scopes = {"POST": "case.write"}

    @documents.withdraw
    def post(self, request: Request, decision_id: str) -> Response:
        problems: list[Problem] = []
        reason = reason_in(object_in(request, known={"reason"}), problems)
        refuse(problems)
        decision = services.decision_withdraw(
            caller=self.caller, decision_id=read("mdc", decision_id), reason=reason
        )
        return _answer(self.caller, decision)


def _wanted(body: Mapping[str, Any]) -> Wanted:
    problems: list[Problem] = []
    verdict = body.get("verdict")
    if verdict not in MatchDecision.Verdict.values:
        problems.append(Problem("verdict", f"must be one of {', '.join(MatchDecision.Verdict.values)}"))
    name = body.get("counterpartyName")
    wanted = Wanted(
        reference=_text(body, "customerId", 128, problems),
        entry_id=_text(body, "entryId", documents.LONGEST_ENTRY_ID, problems),
        verdict=str(verdict),
        reason=reason_in(body, problems),
        counterparty=None
        if name is None
        else _text(body, "counterpartyName", documents.LONGEST_NAME, problems),
        expires_at=_expiry(body.get("expiresAt"), problems),
    )
    refuse(problems)
    return wanted


def _text(body: Mapping[str, Any], name: str, longest: int, problems: list[Problem]) -> str:
    value = body.get(name)
    if isinstance(value, str) and 1 <= len(value) <= longest and "\x00" not in value:
        return value
    problems.append(Problem(name, f"must be text of 1 to {longest} characters"))
    return ""


def _expiry(text: Any, problems: list[Problem]) -> datetime | None:
    if text is None:
        return None
    moment = moment_in(text)
    if moment is not None and moment > timezone.now():
        return moment
    problems.append(Problem("expiresAt", "must be a future ISO 8601 time with its offset from UTC, or null"))
    return None


def _answer(caller: Principal, decision: MatchDecision, status: int = 200) -> Response:
    team = caller.team
    with tenant(team.organisation_id, [team.id]):
        document = _summary_json(decision, _references([decision]))
    words = open_words(decision.id, decision.sealed_words)
    document |= {
        "reason": words.reason,
        "counterpartyName": words.counterparty or None,
        "endReason": words.end_reason or None,
    }
    return Response({"ok": True, "data": document}, status=status)


def _references(rows: Sequence[MatchDecision]) -> dict[UUID, str]:
    ids = {row.customer_id for row in rows}
    return dict(Customer.objects.filter(id__in=ids).values_list("id", "reference"))


def _summary_json(row: MatchDecision, references: Mapping[UUID, str]) -> dict[str, Any]:
    return {
        "id": show("mdc", row.id),
        "customerId": references.get(row.customer_id),
        "entryId": row.entry_id,
        "party": row.party,
        "verdict": row.verdict,
        "status": status_of(row, timezone.now()),
        "decidedBy": {"kind": row.decided_by_kind, "id": str(row.decided_by)},
        "decidedAt": row.decided_at,
        "expiresAt": row.expires_at,
        "endedAt": row.ended_at,
    }
