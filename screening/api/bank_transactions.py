"""`GET /api/v1/transactions` and one of them: what was screened, in the bank dialect's words."""

from typing import Any, Final

from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework.request import Request

from ratel.identifiers import read, show
from ratel.pages import Query
from ratel.problem import NotFound, Problem
from ratel.tenancy import tenant
from screening.api import dialect_documents as documents
from screening.api.dialects import DialectResource, answered
from screening.decide import LEVELS
from screening.dialects import bank
from screening.dialects.answers import shown_score
from screening.models import Customer, Evaluation
from screening.models import Transaction as StoredTransaction
from screening.replays import open_evaluation, open_transaction
from teams import audit

# Pages further back are reached through the filters on time: counting off rows costs what they cost to read.
FURTHEST_ROW: Final = 10_000
_FILTERS: Final = (
    "outcome",
    "riskLevel",
    "type",
    "channel",
    "externalId",
    "customerId",
    "from",
    "to",
    "page",
)
_DECISIONS: Final = {outcome: decision for decision, outcome in bank.OUTCOMES.items()}
_LEVELS: Final = tuple(level.upper() for level in LEVELS)
_CODES: Final = {"type": bank.TYPES, "channel": bank.CHANNELS}


class BankTransactionsView(DialectResource):
    scopes = {"GET": "read"}

    @documents.list_transactions
    def get(self, request: Request) -> HttpResponse:
        query = Query(request._request, *_FILTERS)
        with tenant(self.caller.team.organisation_id, [self.caller.team.id]):
            found = _filtered(query, self.caller.team.id)
            limit, page = (
                query.page().limit,
                query.whole_number("page", smallest=1, largest=FURTHEST_ROW, usual=1),
            )
            if (page - 1) * limit >= FURTHEST_ROW:
                query.problems.append(Problem("page", "is too far back: narrow the list with from and to"))
            query.finish()
            rows = list(found[(page - 1) * limit : page * limit + 1])
            document = {
                "data": _summaries(rows[:limit]),
                "page": page,
                "limit": limit,
                "nextPage": page + 1 if len(rows) > limit else None,
            }
        return answered(document)


class BankTransactionView(DialectResource):
    scopes = {"GET": "read"}

    @documents.show_transaction
    def get(self, request: Request, transaction_id: str) -> HttpResponse:
        identifier, team = read("txn", transaction_id), self.caller.team
        with tenant(team.organisation_id, [team.id]):
            stored = (
                StoredTransaction.objects.filter(team_id=team.id, id=identifier).first()
                if identifier
                else None
            )
            evaluation = (
                Evaluation.objects.filter(transaction_id=stored.id).order_by("id").first() if stored else None
            )
            if stored is None or evaluation is None:
                raise NotFound
            audit.note(
                caller=self.caller, action="transaction.viewed", subject=("transaction", transaction_id)
            )
        transaction = open_transaction(stored.id, stored.sealed_input)
        return answered(
            {
                "transactionId": transaction_id,
                "externalId": stored.external_id,
                **bank.verdict(open_evaluation(evaluation.id, bytes(evaluation.sealed_detail))),
                "transaction": bank.show_transaction(transaction),
                "receivedAt": stored.received_at,
            }
        )


def _filtered(query: Query, team_id: Any) -> "QuerySet[Evaluation]":
    """First evaluations of the team's payments, the newest first (their ids sort by time)."""
    filters: dict[str, Any] = {
        "decision": _DECISIONS.get(query.choice("outcome", tuple(_DECISIONS)) or ""),
        "risk_level": (query.choice("riskLevel", _LEVELS) or "").lower(),
        "decided_at__gte": query.moment("from"),
        "decided_at__lte": query.moment("to", is_end=True),
    }
    found = Evaluation.objects.filter(team_id=team_id, **{name: one for name, one in filters.items() if one})
    of_transaction: dict[str, Any] = {
        name: (query.choice(name, known) or "").lower() for name, known in _CODES.items()
    }
    of_transaction["external_id"] = query.text("externalId")
    of_transaction = {name: one for name, one in of_transaction.items() if one}
    if of_transaction:
        payments = StoredTransaction.objects.filter(team_id=team_id, **of_transaction)
        found = found.filter(transaction_id__in=payments.values("id"))
    reference = query.text("customerId")
    if reference is not None:
        customers = Customer.objects.filter(team_id=team_id, reference=reference)
        found = found.filter(customer_id__in=customers.values("id"))
    return found.order_by("-id")


def _summaries(rows: list[Evaluation]) -> list[dict[str, Any]]:
    payments = {
        one.id: one for one in StoredTransaction.objects.filter(id__in=[row.transaction_id for row in rows])
    }
    return [_summary(row, payments[row.transaction_id]) for row in rows]


def _summary(row: Evaluation, payment: StoredTransaction) -> dict[str, Any]:
    return {
        "transactionId": show("txn", payment.id),
        "externalId": payment.external_id,
        "type": (payment.type or "").upper() or None,
        "channel": (payment.channel or "").upper() or None,
        "amount": payment.amount,
        "currency": payment.currency,
        "outcome": bank.OUTCOMES[row.decision],
        "riskScore": shown_score(row.risk_score),
        "riskLevel": row.risk_level.upper(),
        "alertId": show("alt", row.alert_id) if row.alert_id else None,
        "caseId": show("cas", row.case_id) if row.case_id else None,
        "timestamp": payment.occurred_at,
        "screenedAt": row.decided_at,
    }
