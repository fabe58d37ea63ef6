"""Fifty custom rules such as a bank's compliance team writes: limits by channel, velocity windows, patterns, facts.

All three input forms occur, several windows are shared, and most rules do not fire on an ordinary payment.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

Document = dict[str, Any]
Conditions = Mapping[str, Any]

CHANNEL_LIMITS: Final = (
    ("ussd", 500_000),
    ("pos", 2_000_000),
    ("mobile_app", 5_000_000),
    ("internet_banking", 10_000_000),
    ("atm", 400_000),
    ("branch", 8_000_000),
    ("transfer", 6_000_000),
    ("card", 3_000_000),
)
# Function, what of, window, which transactions, from what number on.
WINDOWS: Final = (
    ("count", None, "PT1H", None, 8),
    ("count", None, "P1D", None, 15),
    ("count", None, "P7D", None, 60),
    ("sum", "amount", "P1D", None, 20_000_000),
    ("sum", "amount", "P7D", None, 60_000_000),
    ("sum", "amount", "P30D", None, 150_000_000),
    ("count", None, "P7D", {"field": "isCash", "operator": "==", "value": True}, 6),
    ("sum", "amount", "P7D", {"field": "isCash", "operator": "==", "value": True}, 8_000_000),
    ("sum", "amount", "P30D", {"field": "direction", "operator": "==", "value": "credit"}, 90_000_000),
    ("count", None, "P1D", {"field": "channel", "operator": "==", "value": "ussd"}, 10),
    ("distinct", "counterparty", "P1D", None, 10),
    ("distinct", "counterparty", "P30D", None, 60),
    ("distinct", "device", "P7D", None, 4),
    ("distinct", "country", "P30D", None, 4),
    ("max", "amount", "P90D", None, 40_000_000),
)


def rule_documents() -> list[Document]:
    """The fifty, each with a code of its own."""
    described = [*_limits(), *_windows(), *_relations(), *_grouped(), *_compact(), *_typed(), *_facts()]
    return [
        {
            "code": f"BANK-{number:03d}",
            "name": name,
            "category": "bench",
            "type": kind,
            "severity": "medium",
            "action": "alert",
            "scoreContribution": 10 + number % 4 * 5,
            **consequence,
        }
        for number, (name, kind, consequence) in enumerate(described, start=1)
    ]


Described = tuple[str, str, Document]


def _all(*conditions: Conditions) -> Document:
    return {"conditions": {"all": list(conditions)}}


def _field(name: str, operator: str, value: Any) -> Document:
    return {"field": name, "operator": operator, "value": value}


def _over(function: str, of: str | None, window: str, where: Any = None) -> Document:
    aggregate = {"function": function, "window": window}
    return {"aggregate": aggregate | ({"of": of} if of else {}) | ({"where": where} if where else {})}


def _limits() -> Iterator[Described]:
    for channel, limit in CHANNEL_LIMITS:
        conditions = _all(
            _field("channel", "==", channel),
            _field("direction", "==", "debit"),
            _field("amount", ">=", limit),
        )
        explanation = "A payment of {amount} through {channel}"
        yield f"Large {channel} payment", "threshold", conditions | {"explanation": explanation}


def _windows() -> Iterator[Described]:
    for function, of, window, where, limit in WINDOWS:
        name = f"{function.capitalize()} {of or ''} in {window}".replace("  ", " ")
        compared = {**_over(function, of, window, where), "operator": ">=", "value": limit}
        # The window matters only to a payment of its own kind.
        yield name, "velocity", _all(_field("amount", ">", 1_000), *([where] if where else []), compared)


def _relations() -> Iterator[Described]:
    """One number of the customer's past against another."""
    average = {**_over("average", "amount", "P90D"), "times": 12}
    yield (
        "Far above the average",
        "pattern",
        _all(_field("amount", ">=", 500_000), {"field": "amount", "operator": ">=", "value": average}),
    )
    largest = {**_over("max", "amount", "P90D"), "times": 1}
    yield (
        "As large as never before",
        "pattern",
        _all(_field("amount", ">=", 3_000_000), {"field": "amount", "operator": ">=", "value": largest}),
    )
    credit, debit = (_field("direction", "==", direction) for direction in ("credit", "debit"))
    gone = {
        **_over("sum", "amount", "P7D", debit),
        "operator": ">=",
        "value": _over("sum", "amount", "P7D", credit),
    }
    yield "More out than in", "pattern", _all(_field("amount", ">=", 1_000_000), debit, gone)
    spree = {
        **_over("count", None, "P1D"),
        "times": 20,
        "operator": ">=",
        "value": _over("count", None, "P30D"),
    }
    yield (
        "Sudden activity",
        "velocity",
        _all(
            {**_over("count", None, "P30D"), "operator": ">=", "value": 10},
            spree,
            _field("amount", ">=", 200_000),
        ),
    )


def _grouped() -> Iterator[Described]:
    for key, limit in (("counterparty", 6), ("device", 25), ("ip", 25)):
        counted = {**_over("count", None, "P1D"), "operator": ">=", "value": limit}
        yield f"Many payments by {key}", "velocity", _all(counted) | {"groupBy": [key]}
    summed = {**_over("sum", "amount", "P7D"), "operator": ">=", "value": 25_000_000}
    yield "Much to one counterparty", "velocity", _all(summed) | {"groupBy": ["counterparty"]}


def _compact() -> Iterator[Described]:
    written: tuple[tuple[str, Document], ...] = (
        ("Just below the cash limit", {"type": "==:cash_deposit", "amount": "between:[4500000,4999999.99]"}),
        ("Cash in large notes", {"channel": "in:['cash','atm_deposit']", "amount": ">=:3000000"}),
        ("At night", {"hourOfDay": "between:[0,3]", "amount": ">=:2000000", "direction": "==:debit"}),
        ("Watched cities", {"city": "in:['Maiduguri','Damaturu']", "amount": ">=:250000"}),
        ("Abroad and large", {"isCrossBorder": True, "amount": ">=:2500000"}),
        ("Coins for cash", {"narration": "match:.*(bitcoin|usdt|p2p|crypto).*"}),
        (
            "Repeated deposits",
            {
                "isCash": True,
                "direction": "==:credit",
                "amount": "between:[1000000,4999999.99]",
                "occurrenceWindow": "rolling:P7D",
                "occurrenceThreshold": ">=:3",
            },
        ),
    )
    for name, conditions in written:
        yield name, "pattern", {"conditions": conditions}


def _typed() -> Iterator[Described]:
    over, channel = (
        {"type": "AMOUNT_GREATER_THAN", "value": 1_500_000},
        {"type": "CHANNEL_EQUALS", "value": "ussd"},
    )
    betting = {"type": "REGEX_MATCH", "value": ".*(bet|casino|lotto).*"}
    transfer = {"type": "TYPE_EQUALS", "value": "international_transfer"}
    for name, joint, checks in (
        ("Too much for USSD", "AND", [over, channel]),
        ("Betting", "AND", [betting, {"type": "AMOUNT_GREATER_THAN", "value": 100_000}]),
        ("Known front companies", "OR", [{"type": "NAME_CONTAINS", "value": "goldstar impex"}]),
        ("International and large", "AND", [transfer, over]),
        ("On a list of our own", "OR", [{"type": "EXTERNAL_WATCHLIST", "value": "internal"}]),
    ):
        yield name, "lookup", {"conditions": {"operator": joint, "conditions": checks}}


def _facts() -> Iterator[Described]:
    """What is known of the customer, where it applies at all."""
    large = _field("amount", ">=", 1_000_000)
    applies = {"appliesWhen": _field("direction", "==", "debit")}
    yield "Young account", "threshold", _all(_field("customerAgeDays", "<", 30), large) | applies
    yield "Basic tier above its limit", "threshold", _all(_field("kycTier", "==", "basic"), large)
    yield "Not verified", "threshold", _all(_field("kycStatus", "in", ["none", "expired", "rejected"]))
    yield "Many earlier alerts", "threshold", _all(_field("priorAlerts", ">=", 25), large)
    yield "Waking up", "pattern", _all(_field("daysSinceLastActivity", ">=", 120), large) | applies
    new = _all(_field("isNewCounterparty", "==", True), _field("amount", ">=", 4_000_000))
    yield "Large to somebody new", "pattern", new | applies
    yield (
        "Round and large",
        "pattern",
        _all(_field("isRoundAmount", "==", True), _field("amount", ">=", 2_000_000)),
    )
