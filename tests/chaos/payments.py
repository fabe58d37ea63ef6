"""The payments of a run: each follows from the run's seed and its number, so whoever sends it again sends the same."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any, Final

CUSTOMERS: Final = 60
# From nothing remarkable to a block, weighted so that about half of the decisions are heard of.
AMOUNTS: Final = (50, 120, 900, 9_500, 9_900, 12_000, 25_000)
COUNTERPARTIES: Final = (None, None, "Ada Lovelace", "Viktor Bout")
COUNTRIES: Final = (None, None, "GB", "KP")
START: Final = datetime(2026, 1, 1, tzinfo=UTC)


def external_id(seed: int, number: int) -> str:
    return f"chaos-{seed}-{number}"


def payment(seed: int, number: int) -> dict[str, Any]:
    """One valid body of the native dialect."""
    chosen = random.Random(f"{seed}/{number}")
    counterparty, country = chosen.choice(COUNTERPARTIES), chosen.choice(COUNTRIES)
    body: dict[str, Any] = {
        "externalId": external_id(seed, number),
        "customerId": f"customer-{chosen.randrange(CUSTOMERS)}",
        "direction": chosen.choice(("debit", "credit")),
        "amount": chosen.choice(AMOUNTS),
        "channel": chosen.choice(("transfer", "cash", "atm")),
        "occurredAt": (START + timedelta(minutes=number)).isoformat(),
    }
    if counterparty:
        body["counterpartyName"] = counterparty
    if country:
        body |= {"country": country, "isCrossBorder": country != "GB"}
    return body
