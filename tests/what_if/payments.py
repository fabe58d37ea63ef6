"""Payments of every kind, the same ones each time: small and large, cash, abroad, bursts of one customer, odd KYC."""

import random
from datetime import datetime, timedelta
from typing import Any, Final

from tests.cast import Bank, payment
from tests.evaluate.lists import IN_THE_PRESS, POLITICALLY_EXPOSED, SANCTIONED

START: Final = datetime.fromisoformat("2026-03-02T08:00:00+00:00")
_CHANNELS: Final = ("transfer", "cash", "mobile_app", "atm_deposit", "pos")
_NAMES: Final = (None, None, None, None, None, None, SANCTIONED, POLITICALLY_EXPOSED, IN_THE_PRESS)
_STATUSES: Final = ("verified", "verified", "verified", "pending", "expired", "rejected", None)
_AMOUNTS: Final = {
    "us": (40, 900, 8_200, 9_500, 9_990, 12_000, 60_000),
    "ng": (2_000, 90_000, 600_000, 4_200_000, 4_900_000, 6_000_000, 20_000_000),
    "id": (10_000, 900_000, 410_000_000, 450_000_000, 700_000_000),
}


def payments(pack: str, number: int, seed: int) -> list[dict[str, Any]]:
    draw = random.Random(seed)
    made, at = [], START
    for _ in range(number):
        at += timedelta(minutes=draw.choice((1, 5, 40, 300)))
        customer = draw.randrange(8)
        made.append(
            payment(
                customerId=f"customer-{customer}",
                amount=draw.choice(_AMOUNTS[pack]),
                direction=draw.choice(("credit", "debit")),
                channel=draw.choice(_CHANNELS),
                country=draw.choice((None, None, None, "KP", "GB", "MM")),
                counterpartyName=draw.choice(_NAMES),
                counterpartyAccount=f"account-{draw.randrange(5)}",
                kycStatus=draw.choice(_STATUSES),
                kycTier=draw.choice(("basic", "standard", "premium", None)),
                customerSince="2019-05-01" if customer % 2 else None,
                deviceId=f"device-{draw.randrange(6)}",
                occurredAt=at.isoformat(),
            )
        )
    return made


def send(bank: Bank, pack: str, sent: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The decisions, in order."""
    answer = bank.callers[pack].post("/api/transactions/evaluate/batch", {"batch": sent})
    assert answer.status == 200, answer.body
    assert all(item["ok"] for item in answer.data), answer.body
    return [item["data"] for item in answer.data]
