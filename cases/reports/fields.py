"""The fields of a party as one table: what each is called, whom it concerns, what fits. Forms, checks and documents
read it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import pycountry

from cases.reports.content import Party

PERSON, ENTITY, ACCOUNT = "person", "entity", "account"
LONGEST_NARRATIVE: Final = 3_000
LONGEST_ASSESSMENT: Final = 900
LONGEST_ACTION: Final = 2_000
SHORTEST_ASSESSMENT: Final = 20


@dataclass(frozen=True)
class Field:
    """`of` says where it is shown: with persons, entities, or accounts; empty: with everybody."""

    name: str
    label: str
    of: str = ""
    longest: int = 255
    form: str = "text"
    choices: Mapping[str, str] | None = None
    own_account: bool = False


# Letters of the standard's look-up tables (account and gender); an authority's own are set by its XML profile.
GENDERS: Final = {"M": "Male", "F": "Female"}
KINDS: Final = {"person": "Person", "entity": "Organisation"}
ACCOUNT_TYPES: Final = {
    "S": "Savings",
    "C": "Current",
    "B": "Business",
    "L": "Loan",
    "W": "Wallet",
    "O": "Other",
}
ACCOUNT_STATUSES: Final = {"A": "Active", "I": "Inactive", "B": "Blocked", "D": "Dormant", "C": "Closed"}
FIELDS: Final = (
    Field("kind", "Person or organisation", form="choice", choices=KINDS),
    Field("first_name", "First names", PERSON, 100),
    Field("last_name", "Last name", PERSON, 100),
    Field("gender", "Gender", PERSON, form="choice", choices=GENDERS),
    Field("birth_date", "Date of birth", PERSON, form="date"),
    Field("national_id", "Identity number", PERSON),
    Field("nationality", "Nationality", PERSON, form="country"),
    Field("residence", "Country of residence", PERSON, form="country"),
    Field("occupation", "Occupation", PERSON),
    Field("name", "Name", ENTITY),
    Field("registration_number", "Registration number", ENTITY, 50),
    Field("business", "Line of business", ENTITY),
    Field("country", "Country", form="country"),
    Field("address", "Address", longest=100),
    Field("city", "City"),
    Field("phone", "Phone", longest=50),
    Field("account", "Account number", ACCOUNT, 50),
    Field("bank_code", "Code of the account's bank", ACCOUNT, 50),
    Field("account_currency", "Account currency", ACCOUNT, 3, form="currency"),
    Field("account_type", "Account type", ACCOUNT, form="choice", choices=ACCOUNT_TYPES, own_account=True),
    Field("account_opened", "Account opened on", ACCOUNT, form="date", own_account=True),
    Field(
        "account_status", "Account status", ACCOUNT, form="choice", choices=ACCOUNT_STATUSES, own_account=True
    ),
)
BY_NAME: Final = {field.name: field for field in FIELDS}
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


def fields_of(party: Party) -> list[Field]:
    """Those that concern the party: the bank of the customer's account is the reporting institution itself."""
    return [field for field in FIELDS if _concerns(field, party)]


def _concerns(field: Field, party: Party) -> bool:
    if field.of == PERSON:
        return party.kind != ENTITY
    if field.of == ENTITY:
        return party.kind != PERSON
    if field.own_account:
        return party.is_customer
    return not (field.name == "bank_code" and party.is_customer)


def problem_with(field: Field, value: str) -> str | None:
    """Why the value does not fit the field, or None; empty is unknown and fits."""
    if not value:
        return None
    if len(value) > field.longest or "\x00" in value:
        return f"must have at most {field.longest} characters, none of them null"
    if field.choices is not None and value not in field.choices:
        return f"must be one of {', '.join(field.choices)}"
    fits, wanted = FORMS.get(field.form, (None, ""))
    return wanted if fits is not None and not fits(value) else None


def is_date(value: str) -> bool:
    try:
        return bool(_DATE.fullmatch(value)) and date.fromisoformat(value).year >= 1900
    except ValueError:
        return False


def is_country(value: str) -> bool:
    return pycountry.countries.get(alpha_2=value) is not None


def is_currency(value: str) -> bool:
    return pycountry.currencies.get(alpha_3=value) is not None


COUNTRY_WANTED: Final = "must be the two letters of a country, such as NG"
FORMS: Final[Mapping[str, tuple[Callable[[str], bool], str]]] = {
    "date": (is_date, "must be a date such as 1984-07-23"),
    "country": (is_country, COUNTRY_WANTED),
    "currency": (is_currency, "must be the three letters of a currency, such as USD"),
}
