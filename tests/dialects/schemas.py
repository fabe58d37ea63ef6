"""A payload schema as a fintech would have it, and payloads that follow it."""

from typing import Any

from tests.cast import Bank

FIELDS = [
    {"key": "amount", "type": "Float", "mapsTo": "amount"},
    {"key": "direction", "type": "String", "mapsTo": "direction"},
    {"key": "channel", "type": "String", "mapsTo": "channel"},
    {"key": "currency", "type": "String", "mapsTo": "currency"},
    {"key": "crossBorder", "type": "Boolean", "mapsTo": "isCrossBorder"},
    {"key": "kyc", "type": "String", "mapsTo": "kycStatus"},
    {"key": "tier", "type": "String", "mapsTo": "kycTier"},
    {"key": "receiver", "type": "String", "mapsTo": "counterparty.account"},
    {"key": "cardNumber", "type": "String"},
    {"key": "attempts", "type": "Integer"},
    {"key": "openedAt", "type": "DateTime"},
]


def give_schema(bank: Bank, pack: str, fields: Any = None, **more: Any) -> Any:
    return bank.callers[pack].call(
        "PUT",
        f"/api/teams/{bank.teams[pack].id}/payload-schema",
        {"fields": FIELDS if fields is None else fields, **more},
    )


def payload(number: str, **values: Any) -> dict[str, Any]:
    """A whole payload; None of `values` stays null, `...` removes the key."""
    whole = {
        "txn_id": f"txn-{number}",
        "customer_id": f"hash-{number}",
        "date_time": "2026-03-10T12:00:00+00:00",
        "amount": 100.5,
        "direction": "debit",
        "channel": "transfer",
        "currency": "",
        "crossBorder": False,
        "kyc": "verified",
        "tier": "standard",
        "receiver": "acc-1",
        "cardNumber": "8f14e45f",
        "attempts": 0,
        "openedAt": "",
        **values,
    }
    return {key: value for key, value in whole.items() if value is not ...}
