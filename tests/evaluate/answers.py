"""Looking at answers in the words of the page."""

from datetime import datetime, timedelta
from typing import Any

from tests.cast import Answer, Bank, payment

# A customer of whom nothing speaks: known for years, verified.
QUIET = {"customerSince": "2015-01-01", "kycStatus": "verified", "kycTier": "standard"}
# A fixed moment, so that windows have exact edges.
NOON = datetime.fromisoformat("2026-03-10T12:00:00+00:00")


def points(answer: Answer) -> dict[str, int]:
    """What hit, with its points."""
    assert answer.status == 200, answer.body
    return {hit["ruleCode"]: hit["scoreContribution"] for hit in answer.data["hits"]}


def states(answer: Answer) -> dict[str, str]:
    assert answer.status == 200, answer.body
    return {state["ruleCode"]: state["state"] for state in answer.data["ruleStates"]}


def at(moment: datetime, **ago: float) -> str:
    """ISO 8601 of that long before `moment`."""
    return (moment - timedelta(**ago)).isoformat()


def happened(bank: Bank, pack: str, *payments: dict[str, Any]) -> None:
    """Stores payments, whatever is decided about them."""
    for start in range(0, len(payments), 1000):
        body = {"batch": [payment(**QUIET, **fields) for fields in payments[start : start + 1000]]}
        answer = bank.callers[pack].post("/api/transactions/evaluate/batch", body)
        assert all(item["ok"] for item in answer.data), answer.body
