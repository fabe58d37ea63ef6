"""Persons, organisations and accounts of a report as XML: on which side of a payment each stands, in the order of the
structure."""

from typing import Any, Final

from lxml import etree

from cases.reports.content import Party, Payment
from cases.reports.document import Document
from cases.reports.goaml import codes
from cases.reports.goaml.elements import add, written_amount, written_day, written_rate

_MY_CLIENT: Final = "_my_client"


class Writer:
    """Writes the parties of one report in one version of the structure."""

    def __init__(self, document: Document, version: str) -> None:
        self.document = document
        self.content = document.content
        self.entity = document.entity
        self.is_newer = version != "4.0"

    def reporting_person(self, root: Any) -> None:
        entity = self.entity
        element = etree.SubElement(root, "reporting_person")
        add(element, "first_name", entity.first_name)
        add(element, "last_name", entity.last_name)
        self._phone(element, entity.phone, codes.BUSINESS)
        add(element, "email", entity.email)
        add(element, "occupation", entity.occupation)

    def institution_address(self, parent: Any, name: str) -> None:
        entity = self.entity
        if entity.address:
            _address(
                etree.SubElement(parent, name), codes.BUSINESS, entity.address, entity.city, entity.country
            )

    def sides(self, transaction: Any, payment: Payment) -> None:
        """From and to; where the other side is not known, the customer alone as the party that is involved."""
        customer, other = self.content.customer, self.content.party(payment.party)
        if other is None:
            self._involved(transaction, payment, customer)
        elif payment.direction == "credit":
            self._side(transaction, "from", payment, other)
            self._side(transaction, "to", payment, customer)
        else:
            self._side(transaction, "from", payment, customer)
            self._side(transaction, "to", payment, other)

    def activity(self, root: Any) -> None:
        """A report about somebody without any payment."""
        parties = etree.SubElement(etree.SubElement(root, "activity"), "report_parties")
        for party in self.content.involved:
            self._subject(etree.SubElement(parties, "report_party"), party, "")

    def _side(self, transaction: Any, word: str, payment: Payment, party: Party) -> None:
        element = etree.SubElement(transaction, f"t_{word}" + (_MY_CLIENT if party.is_customer else ""))
        add(element, f"{word}_funds_code", self._funds(payment))
        self._foreign(element, f"{word}_foreign_currency", payment)
        self._subject(element, party, word)
        add(element, f"{word}_country", self._country(party))

    def _involved(self, transaction: Any, payment: Payment, customer: Party) -> None:
        party = etree.SubElement(etree.SubElement(transaction, "involved_parties"), "party")
        add(party, "role", codes.CUSTOMER_ROLE)
        self._subject(party, customer, "")
        add(party, "funds_code", self._funds(payment))
        self._foreign(party, "foreign_currency", payment)
        add(party, "country", self._country(customer))
        if payment.direction:
            add(party, "comments", f"{payment.direction.capitalize()}; the other side is not known")

    def _funds(self, payment: Payment) -> str:
        return self.entity.funds_cash if payment.is_cash else self.entity.funds_other

    def _country(self, party: Party) -> str:
        """Where the party's side of the payment is; the customer's account is kept by the institution itself."""
        if party.is_customer and party.account:
            return self.entity.country
        return party.country or party.residence

    def _foreign(self, element: Any, name: str, payment: Payment) -> None:
        if payment.currency == self.document.currency or payment.amount is None:
            return
        foreign = etree.SubElement(element, name)
        add(foreign, "foreign_currency_code", payment.currency)
        add(foreign, "foreign_amount", written_amount(payment.amount))
        if payment.local_amount is not None and payment.amount:
            add(foreign, "foreign_exchange_rate", written_rate(payment.local_amount, payment.amount))

    def _subject(self, parent: Any, party: Party, word: str) -> None:
        """The account where there is one, else the person or organisation; `word` is from, to or nothing."""
        prefix = f"{word}_" if word else ""
        suffix = _MY_CLIENT if party.is_customer and not word else ""
        if party.account:
            self._account(etree.SubElement(parent, f"{prefix}account{suffix}"), party)
        elif party.kind == "entity":
            self._organisation(etree.SubElement(parent, f"{prefix}entity{suffix}"), party)
        else:
            self._person(etree.SubElement(parent, f"{prefix}person{suffix}"), party)

    def _account(self, element: Any, party: Party) -> None:
        entity = self.entity
        if party.is_customer:
            add(element, "institution_name", entity.institution_name)
            add(element, "institution_code", entity.institution_code)
            add(element, "branch", entity.branch)
        else:
            add(element, "institution_code", party.bank_code)
            if self.is_newer:
                add(element, "institution_country", party.country)
        add(element, "account", party.account)
        add(element, "currency_code", party.account_currency)
        add(element, "account_name", party.name)
        add(element, "personal_account_type", party.account_type)
        if party.is_customer and party.kind == "entity":
            self._organisation(etree.SubElement(element, "t_entity"), party)
        elif party.is_customer:
            signatory = etree.SubElement(element, "signatory")
            add(signatory, "is_primary", "true")
            self._person(etree.SubElement(signatory, "t_person"), party)
            add(signatory, "role", codes.ACCOUNT_HOLDER)
        add(element, "opened", written_day(party.account_opened))
        add(element, "status_code", party.account_status)

    def _person(self, element: Any, party: Party) -> None:
        add(element, "gender", party.gender)
        add(element, "first_name", party.first_name)
        add(element, "last_name", party.last_name)
        add(element, "birthdate", written_day(party.birth_date))
        add(element, "id_number", party.national_id)
        add(element, "nationality1", party.nationality)
        add(element, "residence", party.residence)
        self._phone(element, party.phone, codes.PRIVATE)
        self._addresses(element, party, codes.PRIVATE)
        add(element, "occupation", party.occupation)

    def _organisation(self, element: Any, party: Party) -> None:
        add(element, "name", party.name)
        add(element, "incorporation_number", party.registration_number)
        add(element, "business", party.business)
        self._phone(element, party.phone, codes.BUSINESS)
        self._addresses(element, party, codes.BUSINESS)
        add(element, "incorporation_country_code", party.country)

    def _phone(self, element: Any, number: str, kind: str) -> None:
        if number:
            phone = etree.SubElement(etree.SubElement(element, "phones"), "phone")
            add(phone, "tph_contact_type", kind)
            add(phone, "tph_communication_type", codes.BY_PHONE)
            add(phone, "tph_number", number)

    def _addresses(self, element: Any, party: Party, kind: str) -> None:
        if party.address:
            address = etree.SubElement(etree.SubElement(element, "addresses"), "address")
            _address(address, kind, party.address, party.city, party.country or party.residence)


def _address(element: Any, kind: str, address: str, city: str, country: str) -> None:
    add(element, "address_type", kind)
    add(element, "address", address)
    add(element, "city", city)
    add(element, "country_code", country)
