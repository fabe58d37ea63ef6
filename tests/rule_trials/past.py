"""A past with everything that makes rules differ: values that are unknown, payments that arrive late, shared devices."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from screening.models import Evaluation
from tests.cast import Bank

START = datetime.now(UTC).replace(microsecond=0) - timedelta(days=27)
AMOUNTS = (1, 5, 99, 100, 120, 500, 512, 1_000, 9_500, 12_000)


def payments(count: int, seed: int = 3) -> list[dict[str, Any]]:
    """Payments of a few customers, in the order in which they arrive."""
    chance = random.Random(seed)
    return [_payment(chance, number) for number in range(count)]


def _payment(chance: random.Random, number: int) -> dict[str, Any]:
    # Some arrive long after they occurred.
    occurred = START + timedelta(
        hours=5 * number - (chance.choice([0, 0, 0, 30])), minutes=chance.randrange(60)
    )
    given = {
        "customerId": f"customer-{chance.randrange(4)}",
        "direction": chance.choice(["debit", "credit"]),
        "amount": chance.choice(AMOUNTS),
        # Of the last no rate is known: its value is unknown.
        "currency": chance.choice(["USD", "USD", "USD", "XAF"]),
        "channel": chance.choice(["atm", "transfer", "cash"]),
        "type": chance.choice(["cash_deposit", "transfer", None]),
        "country": chance.choice(["US", "KP", None]),
        "isCrossBorder": chance.choice([True, False, None]),
        "counterpartyAccount": chance.choice(["A-1", "A-2", None]),
        "deviceId": chance.choice(["d-1", "d-2", None]),
        "narration": chance.choice(["rent", "Gift card", None]),
        "occurredAt": occurred.isoformat(),
    }
    return {name: value for name, value in given.items() if value is not None}


def send(bank: Bank, items: list[dict[str, Any]], pack: str = "us") -> None:
    """All of them in one batch."""
    for start in range(0, len(items), 100):
        answer = bank.callers[pack].post(
            "/api/transactions/evaluate/batch", {"batch": items[start : start + 100]}
        )
        assert answer.status == 200, answer.body
        assert all(item["ok"] for item in answer.data), answer.data[:3]


def evaluations(bank: Bank, pack: str = "us") -> list[Evaluation]:
    with bank.seeing(pack):
        return list(Evaluation.objects.order_by("id"))
