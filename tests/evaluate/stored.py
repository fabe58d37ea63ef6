"""What is stored of one team, as counts: the tests compare it before and after."""

from dataclasses import dataclass, fields

from cases.models import Alert, AlertEvaluation, Case, Report
from screening.models import Customer, Evaluation, IdempotencyKey, Transaction
from teams.models import AuditEntry
from tests.cast import Bank
from webhooks.models import OutboxEvent


@dataclass(frozen=True)
class Stored:
    """Rows of one team. `decisions` are the audit entries of evaluations."""

    transactions: int = 0
    evaluations: int = 0
    customers: int = 0
    external_ids: int = 0
    alerts: int = 0
    links: int = 0
    cases: int = 0
    reports: int = 0
    events: int = 0
    decisions: int = 0

    def __sub__(self, other: "Stored") -> "Stored":
        return Stored(
            **{field.name: getattr(self, field.name) - getattr(other, field.name) for field in fields(Stored)}
        )


NOTHING = Stored()
# One payment of a customer seen for the first time that passes, with an external id.
ONE_PASS = Stored(transactions=1, evaluations=1, customers=1, external_ids=1, decisions=1)


def stored(bank: Bank, pack: str) -> Stored:
    with bank.seeing(pack):
        return Stored(
            transactions=Transaction.objects.count(),
            evaluations=Evaluation.objects.count(),
            customers=Customer.objects.count(),
            external_ids=IdempotencyKey.objects.count(),
            alerts=Alert.objects.count(),
            links=AlertEvaluation.objects.count(),
            cases=Case.objects.count(),
            reports=Report.objects.count(),
            events=OutboxEvent.objects.count(),
            decisions=AuditEntry.objects.filter(
                team_id=bank.teams[pack].id, action="evaluation.decided"
            ).count(),
        )


def events(bank: Bank, pack: str) -> list[OutboxEvent]:
    """The team's events in the order in which they happened."""
    with bank.seeing(pack):
        return list(OutboxEvent.objects.order_by("sequence"))


def evaluations(bank: Bank, pack: str) -> list[Evaluation]:
    with bank.seeing(pack):
        return list(Evaluation.objects.order_by("id"))
