"""The things of a bundle as JSON, one document each. Call inside a transaction that sees the scope's team.

Without the right to read reports nothing of a document tells that there is one.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final
from uuid import UUID

import msgspec

from cases.alert_view.queue_filter import READS_REPORTS
from cases.alert_view.wording import tells_of_reports
from cases.bundle.scope import Scope
from cases.case_view.records import tells_of_report
from cases.models import Alert, Report
from cases.reports.working import content_of
from ratel.identifiers import show
from ratel.sealing import unseal
from ratel.statements import driver_connection
from screening.models import Customer, MatchDecision, Screening
from screening.services.customers import facts_of

_EVALUATIONS: Final = (
    "SELECT e.id, e.sealed_detail, t.id, t.external_id, t.sealed_input FROM screening_evaluation e"
    " JOIN screening_transaction t ON t.id = e.transaction_id WHERE e.team_id = %(team)s AND e.id = ANY(%(ids)s)"
    " ORDER BY e.id"
)
_READ_OF_REPORTS: Final = f"SELECT r.id FROM screening_rule r WHERE r.team_id = %(team)s AND {READS_REPORTS}"  # noqa: S608 - our own


def customers(scope: Scope, identifiers: Sequence[UUID]) -> Iterator[dict[str, Any]]:
    for one in Customer.objects.filter(team_id=scope.team.id, id__in=identifiers).order_by("id"):
        document = {"id": show("cus", one.id), "customerId": one.reference, **facts_of(one)}
        document |= {"priorAlerts": one.prior_alerts, "firstTransactionAt": one.first_at}
        yield document | ({"priorSars": one.prior_sars} if scope.with_reports else {})


def alerts(scope: Scope, identifiers: Sequence[UUID]) -> Iterator[dict[str, Any]]:
    for one in Alert.objects.filter(team_id=scope.team.id, id__in=identifiers).order_by("id"):
        yield {
            "id": show("alt", one.id),
            "trigger": one.trigger,
            "lane": one.lane,
            "decision": one.decision,
            "riskScore": one.risk_score,
            "severity": one.severity,
            "status": one.status,
            "disposition": one.disposition or None,
            "count": one.count,
            "caseId": _shown("cas", one.case_id),
            "customerId": _shown("cus", one.customer_id),
            "evaluationId": _shown("evl", one.evaluation_id),
            "screeningId": _shown("scr", one.screening_id),
            "dueAt": one.due_at,
            "createdAt": one.created_at,
            "closedAt": one.closed_at,
        }


def evaluations(scope: Scope, identifiers: Sequence[UUID]) -> Iterator[dict[str, Any]]:
    """`stored` is the decision as its digest in the audit trail was made of; left out where it could name a report."""
    hidden = frozenset() if scope.with_reports else _hidden(scope)
    rows = driver_connection().execute(_EVALUATIONS, {"team": scope.team.id, "ids": list(identifiers)})
    for evaluation_id, detail, transaction_id, external_id, sent in rows.fetchall():
        stored = unseal(bytes(detail), evaluation_id.bytes).decode()
        document = {
            "id": show("evl", evaluation_id),
            "transactionId": show("txn", transaction_id),
            "externalId": external_id,
            "transaction": msgspec.json.decode(unseal(bytes(sent), transaction_id.bytes)),
        }
        if scope.with_reports:
            yield document | {"stored": stored}
        else:
            yield document | {"decided": without_reports(msgspec.json.decode(stored), hidden)}


def _hidden(scope: Scope) -> frozenset[str]:
    """The rules whose hits tell of earlier reports."""
    rows = driver_connection().execute(_READ_OF_REPORTS.encode(), {"team": scope.team.id}).fetchall()
    return frozenset(str(row[0]) for row in rows)


def without_reports(value: Any, hidden: frozenset[str]) -> Any:
    """The same without what tells of drafts and of earlier reports: fields, sentences, and hits of rules that read of
    them."""
    if isinstance(value, dict):
        return {
            name: without_reports(one, hidden)
            for name, one in value.items()
            if name not in {"drafts", "prior_sars"} and not tells_of_report(name)
        }
    if isinstance(value, list):
        return [without_reports(one, hidden) for one in value if not _is_about_reports(one, hidden)]
    return value


def _is_about_reports(value: Any, hidden: frozenset[str]) -> bool:
    if isinstance(value, str):
        return tells_of_reports(value)
    if not isinstance(value, dict) or "rule_id" not in value:
        return False
    words = " ".join(str(value.get(name, "")) for name in ("line", "rule_name", "rule_code"))
    return value["rule_id"] in hidden or tells_of_reports(words)


def screenings(scope: Scope, identifiers: Sequence[UUID]) -> Iterator[dict[str, Any]]:
    for one in Screening.objects.filter(team_id=scope.team.id, customer_id__in=identifiers).order_by("id"):
        yield {
            "id": show("scr", one.id),
            "customerId": _shown("cus", one.customer_id),
            "lane": one.lane,
            "status": one.status,
            "score": one.score,
            "matches": one.match_count,
            "listGeneration": one.list_generation,
            "candidates": one.candidates,
            "bestScore": one.best_score,
            "alertId": _shown("alt", one.alert_id),
            "screenedAt": one.screened_at,
        }


def match_decisions(scope: Scope, identifiers: Sequence[UUID]) -> Iterator[dict[str, Any]]:
    made = MatchDecision.objects.filter(team_id=scope.team.id, customer_id__in=identifiers)
    for one in made.order_by("id"):
        yield {
            "id": show("mdc", one.id),
            "customerId": show("cus", one.customer_id),
            "entryId": one.entry_id,
            "party": one.party,
            "verdict": one.verdict,
            "status": one.status,
            "decidedBy": str(one.decided_by),
            "decidedAt": one.decided_at,
            "expiresAt": one.expires_at,
        }


def reports(scope: Scope, identifiers: Sequence[UUID]) -> Iterator[dict[str, Any]]:
    for one in Report.objects.filter(team_id=scope.team.id, id__in=identifiers).order_by("id"):
        yield {
            "id": show("rep", one.id),
            "type": one.type,
            "status": one.status,
            "reason": one.reason,
            "caseId": _shown("cas", one.case_id),
            "customerId": show("cus", one.customer_id),
            "createdAt": one.created_at,
            "content": msgspec.to_builtins(content_of(one, scope.team), str_keys=True),
        }


def _shown(prefix: str, identifier: UUID | None) -> str | None:
    return show(prefix, identifier) if identifier else None
