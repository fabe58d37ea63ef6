"""The catalogue of fields that a rule may read: one row a field, from which checks, docs and forms follow.

It must never compute a value: values come from the transaction and its context.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

FieldType = Literal["decimal", "integer", "string", "boolean", "strings", "any"]
# How text of a field is compared: stored in lower or upper case, compared case-folded, or exactly.
LetterCase = Literal["lower", "upper", "folded", "exact"]

ATTRIBUTE_PREFIX = "attributes."
# A rule that reads it tells, by hitting, that there was a report: what it finds needs the right to know of reports.
TELLS_OF_REPORTS = "priorSars"
ATTRIBUTE_NAME = re.compile(r"attributes\.[A-Za-z0-9_.-]{1,64}")
ALIASES: Mapping[str, str] = {"amountIdr": "amount", "counterpartyCountry": "country"}
TIER_NAMES: Mapping[str, str] = {"tier_1": "basic", "tier_2": "standard", "tier_3": "premium"}
_COUNTRY = re.compile(r"[A-Z]{2}")
_CURRENCY = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True, slots=True)
class Field:
    """One readable field: name, type, a few words for explanations and a sentence for the documentation."""

    name: str
    type: FieldType
    label: str
    sentence: str
    letter_case: LetterCase = "exact"
    choices: frozenset[str] = frozenset()
    form: re.Pattern[str] | None = None
    form_sentence: str = ""


def _country(name: str, label: str, sentence: str) -> Field:
    return Field(
        name, "string", label, sentence, "upper", form=_COUNTRY, form_sentence="two letters (ISO 3166-1)"
    )


def _flag(name: str, label: str, sentence: str) -> Field:
    return Field(name, "boolean", label, sentence)


TRANSACTION = (
    Field(
        "amount", "decimal", "amount", "The amount in the team's currency; unknown when no rate converts it."
    ),
    Field(
        "currency",
        "string",
        "currency",
        "The currency the transaction was made in, ISO 4217.",
        "upper",
        form=_CURRENCY,
        form_sentence="three letters (ISO 4217)",
    ),
    Field(
        "direction",
        "string",
        "direction",
        "Whether the customer receives (credit) or pays (debit).",
        "lower",
        frozenset({"credit", "debit"}),
    ),
    Field("type", "string", "type", "The kind of transaction, such as transfer or cash_deposit.", "lower"),
    Field(
        "channel", "string", "channel", "Where the transaction entered, such as atm or mobile_app.", "lower"
    ),
    _flag("isCash", "cash", "Whether notes change hands, by type or by channel."),
    _flag("isCrossBorder", "cross-border", "Whether the money crosses a border."),
    _country("country", "counterparty's country", "The counterparty's country."),
    Field("city", "string", "city", "The city where the transaction was made.", "folded"),
    Field("narration", "string", "narration", "The text that the payer wrote.", "folded"),
    Field("deviceId", "string", "device", "The device that was used, opaque."),
    Field("ipAddress", "string", "IP address", "The IP address that was used."),
    Field("externalId", "string", "external id", "The sender's own id of the transaction."),
    Field("hourOfDay", "integer", "hour of day (UTC)", "The hour the transaction occurred, 0 to 23, in UTC."),
    _flag("isRoundAmount", "round amount", "Whether the amount is a round number."),
)

COUNTERPARTY = (
    Field("counterpartyName", "string", "counterparty's name", "The counterparty's name as sent.", "folded"),
    Field("counterpartyAccount", "string", "counterparty's account", "The counterparty's account number."),
    Field("counterpartyNik", "string", "counterparty's national id", "The counterparty's national id."),
    Field("counterpartyBankCode", "string", "counterparty's bank code", "The counterparty's bank."),
    _flag(
        "isNewCounterparty",
        "new counterparty",
        "Whether this customer never dealt with the counterparty before; unknown when none is given.",
    ),
)

CUSTOMER = (
    Field("customerId", "string", "customer", "The monitored customer's id, opaque."),
    Field("customerName", "string", "customer's name", "The customer's name.", "folded"),
    Field("customerAccount", "string", "customer's account", "The customer's account number."),
    Field("customerNik", "string", "customer's national id", "The customer's national id."),
    Field(
        "kycStatus",
        "string",
        "KYC status",
        "verified, pending, in_progress, rejected, expired or none.",
        "lower",
    ),
    Field(
        "kycTier",
        "string",
        "KYC tier",
        "basic, standard or premium (TIER_1 to TIER_3 are read as these).",
        "lower",
        frozenset({"basic", "standard", "premium"}),
    ),
    Field(
        "entityType",
        "string",
        "entity type",
        "What the customer is, such as individual or business.",
        "lower",
    ),
    _flag("isBusiness", "business customer", "Whether the customer is a business."),
    Field("customerAgeDays", "integer", "customer's age in days", "Days since the customer relation began."),
    _flag("hasHistory", "has history", "Whether an earlier transaction of the customer is stored."),
    Field(
        "daysSinceLastActivity",
        "integer",
        "days since the last activity",
        "Days since the customer's previous transaction; unknown without history.",
    ),
    _country("homeCountry", "customer's home country", "The customer's home country."),
    Field("riskRating", "string", "risk rating", "The customer's risk rating, such as low or high.", "lower"),
    _flag("customerIsPep", "customer is a PEP", "Whether the customer's profile says politically exposed."),
    Field("priorAlerts", "integer", "prior alerts", "How many alerts the customer had before."),
    Field(
        TELLS_OF_REPORTS,
        "integer",
        "prior SARs",
        "How many suspicious activity reports the customer had before.",
    ),
)

SCREENING = (
    _flag(
        "customerMatchesSanctions",
        "customer matches a sanctions list",
        "The customer matches a sanctions entry.",
    ),
    _flag(
        "counterpartyMatchesSanctions",
        "counterparty matches a sanctions list",
        "The counterparty matches a sanctions entry.",
    ),
    _flag("customerMatchesPep", "customer matches a PEP list", "The customer matches a PEP entry."),
    _flag(
        "counterpartyMatchesPep", "counterparty matches a PEP list", "The counterparty matches a PEP entry."
    ),
    _flag(
        "customerMatchesPrivateList",
        "customer matches a private list",
        "The customer is on a list of your own.",
    ),
    _flag(
        "counterpartyMatchesPrivateList",
        "counterparty matches a private list",
        "The counterparty is on a list of your own.",
    ),
    Field(
        "matchedLists", "strings", "matched lists", "Kinds and codes of the lists that either party matches."
    ),
)

FIELDS: Mapping[str, Field] = {
    field.name: field for group in (TRANSACTION, COUNTERPARTY, CUSTOMER, SCREENING) for field in group
}


def find_field(name: str) -> Field | None:
    """The field that a document means by `name`, or None. Aliases and `attributes.<key>` are understood."""
    canonical = ALIASES.get(name, name)
    if ATTRIBUTE_NAME.fullmatch(canonical):
        key = canonical.removeprefix(ATTRIBUTE_PREFIX)
        return Field(canonical, "any", key, "An attribute of the team's own payload.")
    return FIELDS.get(canonical)


def is_attribute(name: str) -> bool:
    """Whether the name is of the team's own payload rather than of the catalogue."""
    return name.startswith(ATTRIBUTE_PREFIX)
