"""What the OpenAPI document says of `/api/customers`."""

from collections.abc import Iterable
from typing import Any, Final

from ratel import problem
from ratel.schema import (
    MOMENT_FILTER,
    PAGING,
    TEXT_FILTER,
    Operation,
    closed,
    define,
    documented,
    envelope,
    listing,
    nullable,
    query,
)
from screening import codes
from screening.api.documents import MOMENT, identifier
from screening.layers.kyc import BUSINESS

TAG: Final = "customers"
ENTITY_TYPES: Final = ("individual", "business")
GENDERS: Final = ("male", "female")
KYC_TIERS: Final = tuple(dict.fromkeys(codes.KYC_TIERS.values()))
_WORDS: Final = {"type": "string"}


def text(longest: int) -> dict[str, Any]:
    return {"type": "string", "minLength": 1, "maxLength": longest}


def _one_of(words: Iterable[str]) -> dict[str, Any]:
    return {"enum": sorted(words)}


_COUNTRY: Final = {
    "type": "string",
    "pattern": "^[A-Za-z]{2}$",
    "description": "ISO 3166-1 alpha-2, in any case",
}
_DAY: Final = {"type": "string", "format": "date"}
_SEALED: Final[dict[str, Any]] = {
    "fullName": text(500),
    "dateOfBirth": {
        "type": "string",
        "pattern": "^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$",
        "description": "YYYY-MM-DD, YYYY-MM or YYYY, from 1850 on and not in the future",
    },
    "nationality": _COUNTRY,
    "gender": _one_of(GENDERS),
    "nik": {**text(64), "description": "National id"},
    "account": text(64),
    "kybStatus": _one_of(BUSINESS),
}
_PLAIN: Final[dict[str, Any]] = {
    "entityType": _one_of(ENTITY_TYPES),
    "kycStatus": _one_of(codes.KYC_STATUSES),
    "kycTier": _one_of(KYC_TIERS),
    "customerSince": _DAY,
    "isPep": {"type": "boolean"},
    "riskRating": {"type": "string", "minLength": 1, "maxLength": 16, "description": "Kept in lower case"},
    "homeCountry": _COUNTRY,
}
FACTS: Final = {name: nullable(schema) for name, schema in {**_SEALED, **_PLAIN}.items()}
_IDS: Final[dict[str, Any]] = {
    "id": identifier("cus"),
    "customerId": {**_WORDS, "description": "The bank's own reference"},
    "priorAlerts": {"type": "integer", "minimum": 0},
    "firstTransactionAt": nullable(MOMENT),
    "createdAt": MOMENT,
    "updatedAt": MOMENT,
}
# What is answered was stored: payments may have stored words that this API would not take.
_SHOWN: Final = {name: nullable(_WORDS) for name in (*_SEALED, *_PLAIN)} | {
    "isPep": nullable({"type": "boolean"})
}
SUMMARY: Final = define("CustomerSummary", closed({**_IDS, **{name: _SHOWN[name] for name in _PLAIN}}))
CUSTOMER: Final = define("Customer", closed({**_IDS, **_SHOWN}))
_NEW: Final = define("NewCustomer", closed({"customerId": TEXT_FILTER, **FACTS}, optional=list(FACTS)))
_CHANGE: Final = define("CustomerChange", closed(FACTS, optional=list(FACTS)))
_NAMED: Final = {
    "name": "customer_id",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[^/]+$"},
    "description": "The customer's id, or the bank's own reference",
}
_EXAMPLE: Final = {
    "fullName": "Siti Rahmawati",
    "dateOfBirth": "1988-04-02",
    "nationality": "ID",
    "entityType": "individual",
    "riskRating": "low",
}
list_customers = documented(
    Operation(
        id="listCustomers",
        summary="The team's customers without what names them, the newest first",
        tag=TAG,
        scope="read",
        parameters=[
            query("customerId", TEXT_FILTER, "Only the one with this reference of the bank's own"),
            query("kycStatus", _PLAIN["kycStatus"], "Only customers of this KYC status"),
            query("entityType", _PLAIN["entityType"], "Only individuals, or only businesses"),
            query("riskRating", {"type": "string", "minLength": 1, "maxLength": 16}, "Only of this rating"),
            query(
                "isPep", {"enum": ["true", "false"]}, "Only those who are marked, or marked as not, exposed"
            ),
            query("from", MOMENT_FILTER, "Created at this time or later; a date begins at midnight UTC"),
            query("to", MOMENT_FILTER, "Created at this time or earlier; a date lasts until its end"),
            *PAGING,
        ],
        answer=listing(SUMMARY),
        errors=(problem.Invalid,),
    )
)
create = documented(
    Operation(
        id="createCustomer",
        summary="A new customer with what the bank knows of it",
        tag=TAG,
        scope="write",
        status=201,
        body=_NEW,
        body_examples={"person": {"customerId": "c-1", **_EXAMPLE}},
        answer=envelope(CUSTOMER),
        errors=(problem.Conflict,),
    )
)
show_customer = documented(
    Operation(
        id="getCustomer",
        summary="One customer; the view is written to the audit trail",
        tag=TAG,
        scope="read",
        parameters=[_NAMED],
        answer=envelope(CUSTOMER),
        errors=(problem.NotFound,),
    )
)
update = documented(
    Operation(
        id="updateCustomer",
        summary="Changes what is known of a customer; null forgets a fact",
        tag=TAG,
        scope="write",
        parameters=[_NAMED],
        body=_CHANGE,
        body_examples={"rating": {"riskRating": "high", "isPep": True}},
        answer=envelope(CUSTOMER),
        errors=(problem.NotFound,),
    )
)
