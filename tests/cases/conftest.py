"""A bank with its people; alerts come from decisions, as they do in life."""

import itertools
from typing import Any

import pytest

from tests.cast import Bank, Caller, make_bank
from tests.evaluate.lists import load_demo_list

_numbers = itertools.count()


@pytest.fixture(scope="module")
def bank() -> Bank:
    load_demo_list()
    return make_bank("Case Bank", "ng", people=True)


@pytest.fixture(scope="module")
def strict() -> Bank:
    """Resolutions need four eyes there."""
    load_demo_list()
    bank = make_bank("Strict Bank", "ng", people=True)
    answer = bank.callers["ng"].patch("/api/decision-policy", {"fourEyes": {"resolutions": True}})
    assert answer.status == 200
    return bank


@pytest.fixture
def analyst(bank: Bank) -> Caller:
    return bank.session("analyst", "ng")


@pytest.fixture
def officer(bank: Bank) -> Caller:
    return bank.session("officer", "ng")


def new_case(bank: Bank, **fields: Any) -> tuple[str, str]:
    """The ids of a case and of the alert that opened it: a payment of a rejected customer."""
    answer = bank.callers["ng"].post(
        "/api/v1/transactions/screen",
        {
            "externalId": f"x-{next(_numbers)}",
            "type": "TRANSFER",
            "channel": "POS",
            "amount": 100,
            "senderAccountNumber": f"acc-{next(_numbers)}",
            "receiverAccountNumber": "r",
            "senderKycStatus": "REJECTED",
            **fields,
        },
    )
    assert answer.status == 200, answer.body
    return answer.body["caseId"], answer.body["alertId"]


def new_alert(bank: Bank, **fields: Any) -> str:
    """An alert without a case: a review."""
    case, alert = new_case(bank, senderKycStatus="PENDING", **fields)
    assert case is None
    return alert
