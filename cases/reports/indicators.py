"""Indicators of suspicion: which there are in a jurisdiction, and which one a rule's hit stands for. Data only.

The words are those of the typologies that the rules implement; the codes are sent as they stand here, so an authority
that publishes its own list gets it by changing this table.
"""

from collections.abc import Mapping
from typing import Final

WORDS: Final[Mapping[str, str]] = {
    "STRUCTURING": "Cash split so that each part stays under a threshold",
    "LARGE_CASH": "Cash of or above the reporting threshold",
    "LARGE_AMOUNT": "Amount out of proportion",
    "HIGH_RISK_COUNTRY": "Party in a high-risk jurisdiction",
    "CROSS_BORDER": "Money crosses a border",
    "PEP": "Party is a politically exposed person",
    "SANCTIONS": "Party matches a sanctions list",
    "PASS_THROUGH": "Money passes through within a short time",
    "VELOCITY": "Unusually many transactions",
    "DORMANT": "Activity after a long silence",
    "NEW_CUSTOMER": "New customer relation",
    "UNUSUAL_BEHAVIOUR": "Departs from the customer's own pattern",
    "KYC_DOUBT": "Doubts about the customer's identity or documents",
    "NO_ECONOMIC_REASON": "No apparent economic reason",
    "FALSE_INFORMATION": "Information given was false or withheld",
}
# Which indicator a hit of a starter rule stands for, per jurisdiction.
OF_RULES: Final[Mapping[str, Mapping[str, str]]] = {
    "ng": {
        "CBN-001": "LARGE_CASH",
        "CBN-002": "STRUCTURING",
        "CBN-003": "CROSS_BORDER",
        "CBN-004": "PEP",
        "CBN-005": "HIGH_RISK_COUNTRY",
        "CBN-006": "DORMANT",
        "CBN-007": "PASS_THROUGH",
    },
    "id": {
        "HIGH_AMT_IDR": "LARGE_AMOUNT",
        "CASH_STRUCT_D7": "STRUCTURING",
        "CROSS_BORDER": "CROSS_BORDER",
        "HIGH_RISK_GEO": "HIGH_RISK_COUNTRY",
        "VELOCITY_24H": "VELOCITY",
        "PEP_CPTY": "PEP",
        "PEP_CUST": "PEP",
        "SANCTIONS_CPTY": "SANCTIONS",
        "SANCTIONS_CUST": "SANCTIONS",
        "NEW_CUSTOMER": "NEW_CUSTOMER",
    },
    "us": {
        "HIGH_AMT": "LARGE_AMOUNT",
        "NEAR_THRESHOLD": "STRUCTURING",
        "STRUCTURING_7D": "STRUCTURING",
        "VELOCITY_SPIKE": "VELOCITY",
        "NEW_COUNTERPARTY": "UNUSUAL_BEHAVIOUR",
        "HIGH_RISK_GEO": "HIGH_RISK_COUNTRY",
        "PEP_CPTY": "PEP",
        "PEP_CUST": "PEP",
        "SANCTIONS_CPTY": "SANCTIONS",
        "SANCTIONS_CUST": "SANCTIONS",
        "NEW_CUSTOMER": "NEW_CUSTOMER",
    },
}
# What a layer that scored without a rule's hit stands for.
OF_LAYERS: Final[Mapping[str, str]] = {"behavioral": "UNUSUAL_BEHAVIOUR", "kyc": "KYC_DOUBT"}
# What the names' matches stand for: as facts of a decision, and by the kind of list of a screening.
OF_NAMES: Final[Mapping[str, str]] = {
    "customerMatchesSanctions": "SANCTIONS",
    "counterpartyMatchesSanctions": "SANCTIONS",
    "customerMatchesPep": "PEP",
    "counterpartyMatchesPep": "PEP",
}
OF_LISTS: Final[Mapping[str, str]] = {"sanctions": "SANCTIONS", "pep": "PEP"}


def of_rule(pack: str, code: str) -> str | None:
    return OF_RULES.get(pack, {}).get(code)
