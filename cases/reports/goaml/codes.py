"""What a jurisdiction's authority calls its reports, and which version of the structure it takes unless a team says so.

Authorities adapt the standard's look-up tables: the codes of funds and conduct are fields of the reporting entity, so
that a team sets what its authority publishes.
"""

from collections.abc import Mapping
from typing import Final

# The authority of the `us` pack takes no goAML: what is written there is for the file and for other authorities.
REPORT_CODES: Final[Mapping[str, Mapping[str, str]]] = {
    "ng": {"SAR": "STR", "CTR": "CTR", "FTR": "FTR"},
    "id": {"SAR": "LTKM", "CTR": "LTKT", "FTR": "LTKL"},
    "us": {"SAR": "SAR", "CTR": "CTR", "FTR": "FTR"},
}
USUAL_VERSION: Final[Mapping[str, str]] = {"ng": "4.0", "id": "5.0.2", "us": "5.0.2"}
SUBMITTED_ELECTRONICALLY: Final = "E"
# Where somebody is reached: at work, at home.
BUSINESS, PRIVATE = "B", "P"
BY_PHONE: Final = "L"
ACCOUNT_HOLDER: Final = "A"
# The part of a party where the other side of a payment is not known.
CUSTOMER_ROLE: Final = "C"


def report_code(pack: str, report_type: str) -> str:
    return REPORT_CODES.get(pack, {}).get(report_type, report_type)


def version_for(pack: str, chosen: str) -> str:
    return chosen or USUAL_VERSION.get(pack, "5.0.2")
