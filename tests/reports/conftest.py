"""A bank that reports: who reports is set, and a case whose customer is known well enough for a report."""

import itertools
from dataclasses import dataclass
from typing import Any

import pytest

from tests.cast import Bank, Caller, make_bank
from tests.evaluate.lists import load_demo_list

_numbers = itertools.count()
ENTITY = {
    "entityId": "4711",
    "branch": "Jakarta Head Office",
    "institutionName": "Bank Contoh",
    "institutionCode": "014",
    "firstName": "Dewi",
    "lastName": "Lestari",
    "email": "dewi@bank.example",
    "address": "Jalan Merdeka 1",
    "city": "Jakarta",
    "country": "ID",
}
# What nobody sends with a payment, so that an analyst adds it.
OF_CUSTOMER = {
    "key": "customer",
    "kind": "person",
    "firstName": "Siti",
    "lastName": "Rahmawati",
    "birthDate": "1984-07-23",
    "nationalId": "3173052307840001",
    "nationality": "ID",
    "residence": "ID",
    "accountType": "S",
    "accountOpened": "2019-02-03",
    "accountStatus": "A",
    "accountCurrency": "IDR",
}
ASSESSMENT = "Salary account, no cash business known; the deposits stay just under the threshold."


@dataclass
class Filer:
    """A bank with the people who make a report and those who approve it."""

    bank: Bank
    analyst: Caller
    officer: Caller
    admin: Caller

    def pay(self, customer: str, **fields: Any) -> Any:
        number = next(_numbers)
        return self.bank.callers["id"].post(
            "/api/transactions/evaluate",
            {
                "customerId": customer,
                "customerName": "Siti Rahmawati",
                "externalId": f"pay-{number}",
                "direction": "credit",
                "amountIdr": 480_000_000,
                "channel": "cash",
                "type": "cash_deposit",
                **fields,
            },
        )

    def alert(self, customer: str | None = None, **fields: Any) -> str:
        """The alert of structured cash deposits, the third of which raises it."""
        customer = customer or f"customer-{next(_numbers)}"
        answers = [self.pay(customer, **fields) for _ in range(3)]
        assert all(answer.status == 200 for answer in answers), [answer.body for answer in answers]
        return str(answers[-1].data["alertId"])

    def draft(self, **about: Any) -> Any:
        about = about or {"alertId": self.alert()}
        answer = self.analyst.post("/api/reports", {"type": "SAR", **about})
        assert answer.status == 201, answer.body
        return answer.data

    def complete(self, report: str, caller: Caller | None = None, **more: Any) -> Any:
        """The draft with everything that it needs."""
        change = {"assessment": ASSESSMENT, "parties": [OF_CUSTOMER], **more}
        answer = (caller or self.analyst).patch(f"/api/reports/{report}", change)
        assert answer.status == 200, answer.body
        return answer.data

    def submitted(self) -> str:
        report = str(self.draft()["id"])
        self.complete(report)
        answer = self.analyst.post(f"/api/reports/{report}/submit")
        assert answer.status == 200, answer.body
        return report


@pytest.fixture(scope="module")
def filer() -> Filer:
    load_demo_list()
    bank = make_bank("Filing Bank", "id", people=True)
    officer = bank.session("officer", "id")
    assert officer.patch("/api/reporting-entity", ENTITY).status == 200
    return Filer(bank, bank.session("analyst", "id"), officer, bank.session("admin", "id"))
