"""What a report still lacks before it may be submitted, each thing in words that name the field.

These are the rules of the authority's structure as an analyst understands them; the schema itself is asked afterwards
(`goaml/check.py`).
"""

from collections.abc import Iterator
from typing import Final

from cases.reports import entity as reporting
from cases.reports import fields
from cases.reports.content import Content, Party, Payment
from cases.reports.document import Document
from cases.reports.indicators import WORDS
from ratel.problem import Problem

OF_PERSON: Final = ("first_name", "last_name", "birth_date", "national_id", "nationality", "residence")
OF_ENTITY: Final = ("name", "registration_number", "country")
OF_OWN_ACCOUNT: Final = ("account_currency", "account_type", "account_opened", "account_status")


def problems(document: Document) -> list[Problem]:
    """In the order of the page: who reports, what is said, who is involved, the payments."""
    content = document.content
    return [
        *_entity(document),
        *_words(document),
        *(found for party in content.involved for found in _party(party)),
        *(found for payment in content.reported for found in _payment(content, payment, document.currency)),
    ]


def called(party: Party) -> str:
    if party.is_customer:
        return "the customer"
    return f"the counterparty {party.name or party.account or party.national_id or party.key}"


def _entity(document: Document) -> Iterator[Problem]:
    for field in reporting.missing(document.entity):
        yield Problem(
            f"reportingEntity.{field.name}",
            f"{field.label} is missing: an officer sets it under Reporting entity",
        )


def _words(document: Document) -> Iterator[Problem]:
    content = document.content
    if document.type == "SAR":
        if not content.narrative.strip():
            yield Problem("narrative", "The narrative is missing: say what happened")
        if len(content.assessment.strip()) < fields.SHORTEST_ASSESSMENT:
            yield Problem(
                "assessment",
                "The assessment is missing: say why this is suspicious, in at least"
                f" {fields.SHORTEST_ASSESSMENT} characters",
            )
        if not content.indicators:
            yield Problem("indicators", "No indicator is chosen: at least one is needed")
    elif not content.reported:
        yield Problem("payments", "No transaction is part of the report: at least one is needed")
    for code in content.indicators:
        if code not in WORDS:
            yield Problem("indicators", f"The indicator {code[:40]} is not one of the list")


def _party(party: Party) -> Iterator[Problem]:
    if not party.is_customer and party.account:
        # An account says enough of somebody else's customer: its bank, its number, its name.
        needed: tuple[str, ...] = ("bank_code", "country")
    elif party.kind == "person":
        needed = OF_PERSON if party.is_customer else ("first_name", "last_name", "country")
    elif party.kind == "entity":
        needed = OF_ENTITY if party.is_customer else ("name", "country")
    else:
        needed = ("kind",)
    if party.is_customer and party.account:
        needed = (*needed, *OF_OWN_ACCOUNT)
    for name in needed:
        if not getattr(party, name):
            yield _missing(party, name)
    if bool(party.address) != bool(party.city):
        yield _missing(party, "city" if party.address else "address")
    if party.address and not (party.country or party.residence):
        yield _missing(party, "country")


def _missing(party: Party, name: str) -> Problem:
    label = fields.BY_NAME[name].label
    return Problem(f"parties.{party.key}.{name}", f"{label} of {called(party)} is missing")


def _payment(content: Content, payment: Payment, currency: str) -> Iterator[Problem]:
    path, name = f"payments.{payment.id}", f"the transaction {payment.number}"
    if payment.amount is None:
        yield Problem(f"{path}.amount", f"The amount of {name} is unknown: leave it out of the report")
    elif payment.local_amount is None:
        yield Problem(
            f"{path}.amount",
            f"The amount of {name} in {currency} is unknown (no exchange rate was on file): leave it out of the report",
        )
    if payment.direction is None:
        yield Problem(
            f"{path}.direction", f"Whether {name} went in or out is unknown: leave it out of the report"
        )
    if payment.party and content.party(payment.party) is None:
        yield Problem(f"{path}.party", f"The other side of {name} is not among the parties")
