"""Alerts of every kind, made as they are made in life: by payments, screenings and people."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

from cases.models import Alert
from cases.services.manual_alerts import alert_raise
from ratel.identifiers import read, show
from screening.demo import traffic
from screening.demo.stories import RING
from screening.models import Customer
from tests.cast import Bank
from tests.evaluate.lists import SANCTIONED, load_demo_list

_numbers = itertools.count()
NAME = "Adaeze Okonkwo"


def paid(bank: Bank, hours_ago: float, **fields: Any) -> Any:
    """One payment of the Nigerian team through the API, some hours ago; the answer's data."""
    body = {
        "externalId": f"story-{next(_numbers)}",
        "occurredAt": (datetime.now(UTC) - timedelta(hours=hours_ago)).isoformat(),
        "kycStatus": "verified",
        "kycTier": "standard",
        **fields,
    }
    answer = bank.callers["ng"].evaluate(**body)
    assert answer.status == 200, answer.body
    return answer.data


def structuring(bank: Bank, customer: str = "customer-4711") -> str:
    """Four cash deposits just under the reporting limit within three hours, after a quiet month. The alert's id."""
    who = {"customerId": customer, "customerName": NAME, "customerSince": "2021-03-14"}
    for days in (25, 21, 17, 12, 8, 4):
        shop = {"counterpartyName": f"Shop {days}", "counterpartyAccount": f"00{days}"}
        paid(bank, days * 24, **who, direction="debit", amount=40_000 + days * 900, channel="pos", **shop)
        paid(
            bank,
            days * 24 + 1,
            **who,
            direction="credit",
            amount=180_000,
            channel="transfer",
            counterpartyName="Bello Ventures",
            counterpartyAccount="77",
        )
    cash = {"direction": "credit", "type": "cash_deposit", "channel": "branch", "city": "Ikeja"}
    for hours, amount in ((3.0, 4_840_000), (2.4, 4_650_000), (1.3, 4_820_000)):
        data = paid(bank, hours, **who, **cash, amount=amount)
    data = paid(bank, 0.1, **who, **cash, amount=4_790_000)
    return str(data["alertId"])


def name_match(bank: Bank, customer: str = "importer") -> str:
    """A payment to somebody who is on a sanctions list."""
    load_demo_list()
    who = {"customerId": customer, "customerName": "Kuda Imports Ltd", "direction": "debit"}
    data = paid(bank, 0.2, **who, amount=250_000, counterpartyName=SANCTIONED, counterpartyAccount="9")
    return str(data["alertId"])


def screened(bank: Bank, reference: str | None = "applicant") -> str:
    """Somebody who applies for an account and is on a list; no payment yet."""
    load_demo_list()
    body = {"lane": "onboarding", "fullName": SANCTIONED, "dateOfBirth": "1967-01-13", "nationality": "RU"}
    if reference:
        body["customerId"] = reference
    answer = bank.callers["ng"].post("/api/screenings", body)
    assert answer.status == 200, answer.body
    return str(answer.data["alertId"])


def raised(bank: Bank, customer: str = "customer-4711") -> str:
    """An alert that a person raises about a customer of the team."""
    with bank.seeing("ng"):
        customer_id = Customer.objects.get(reference=customer).id
    alert = alert_raise(
        caller=bank.principal("ng"),
        customer_id=customer_id,
        severity="high",
        reason="The branch in Ikeja called: cash in plastic bags, three tellers, one afternoon",
    )
    return show("alt", alert.id)


def reviewed(bank: Bank, customer: str, **fields: Any) -> str:
    """A review without a case: the customer's KYC is not finished."""
    data = paid(
        bank,
        0.1,
        **{
            "customerId": customer,
            "direction": "debit",
            "amount": 6_000_000,
            "channel": "transfer",
            "kycStatus": "pending",
            **fields,
        },
    )
    return str(data["alertId"])


def ring(bank: Bank) -> str:
    """The demo bank's ring in the Indonesian team, as the bank sends it; the alert of the firm that the money left."""
    alerts: dict[str, str | None] = {}
    for planned in traffic.payments("id", datetime.now(UTC)):
        if planned.reference in RING:
            answer = bank.callers["id"].post("/api/transactions/evaluate", planned.payment)
            assert answer.status == 200, answer.body
            alerts[planned.reference] = answer.data.get("alertId") or alerts.get(planned.reference)
    assert all(alerts[reference] for reference in RING)
    return str(alerts[RING[-1]])


def large(bank: Bank, customer: str, amount: int = 700_000_000) -> str:
    """A large transfer abroad of an old customer of the Indonesian team: what the ring's firms are alerted for too."""
    who = {"customerId": customer, "kycStatus": "verified", "kycTier": "basic", "customerSince": "2019-03-14"}
    abroad = {"isCrossBorder": True, "country": "SG", "externalId": f"story-{next(_numbers)}"}
    answer = bank.callers["id"].evaluate(**who, **abroad, amount=amount)
    assert answer.status == 200, answer.body
    return str(answer.data["alertId"])


def stored(bank: Bank, alert: str) -> Alert:
    with bank.seeing("ng"):
        return Alert.objects.get(id=read("alt", alert))
