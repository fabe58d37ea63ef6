"""Writes a report as goAML XML. What is unknown is left out, never guessed; the check says what is missing.

Everything goes through lxml, which escapes it; characters that XML does not know are dropped.
"""

from typing import Any, Final

from lxml import etree

from cases.reports.content import Payment
from cases.reports.document import Document
from cases.reports.goaml import codes
from cases.reports.goaml.elements import add, written_amount, written_moment
from cases.reports.goaml.parties import Writer

ASSESSMENT: Final = "Assessment of the reporting institution: "
# How long a transaction's number may be.
_LONGEST_NUMBER: Final = {"4.0": 50, "5.0.2": 100}


def goaml_xml(document: Document) -> bytes:
    """The whole file, UTF-8 with its declaration."""
    element = report_element(document)
    return bytes(etree.tostring(element, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def version_of(document: Document) -> str:
    return codes.version_for(document.pack, document.entity.schema_version)


def report_element(document: Document) -> Any:
    content, entity, version = document.content, document.entity, version_of(document)
    writer = Writer(document, version)
    root = etree.Element("report")
    add(root, "rentity_id", entity.entity_id)
    add(root, "rentity_branch", entity.branch)
    add(root, "submission_code", codes.SUBMITTED_ELECTRONICALLY)
    add(root, "report_code", codes.report_code(document.pack, document.type))
    add(root, "entity_reference", document.id)
    add(root, "submission_date" if version == "4.0" else "report_date", written_moment(document.dated_at))
    add(root, "currency_code_local", document.currency)
    writer.reporting_person(root)
    writer.institution_address(root, "location")
    add(root, "reason", reason_text(document))
    add(root, "action", content.action)
    for payment in content.reported:
        _transaction(root, document, payment, writer)
    if not content.reported:
        writer.activity(root)
    indicators = etree.SubElement(root, "report_indicators")
    for code in content.indicators:
        add(indicators, "indicator", code)
    if not content.indicators:
        # Reports by threshold name what made them due.
        add(indicators, "indicator", document.type)
    return root


def reason_text(document: Document) -> str:
    """The narrative, then the analyst's own judgement."""
    content = document.content
    assessment = content.assessment.strip()
    parts = [content.narrative.strip(), ASSESSMENT + assessment if assessment else ""]
    return "\n\n".join(part for part in parts if part)


def _transaction(root: Any, document: Document, payment: Payment, writer: Writer) -> None:
    entity = document.entity
    element = etree.SubElement(root, "transaction")
    # The bank's own number where it fits; Ratel's is always with it.
    fits = len(payment.number) <= _LONGEST_NUMBER[version_of(document)]
    add(element, "transactionnumber", payment.number if fits else payment.id)
    add(element, "internal_ref_number", payment.id)
    add(element, "transaction_location", payment.location)
    add(element, "transaction_description", payment.narration)
    add(element, "date_transaction", written_moment(payment.occurred_at))
    add(element, "transmode_code", entity.conduct_cash if payment.is_cash else entity.conduct_other)
    if payment.local_amount is not None:
        add(element, "amount_local", written_amount(payment.local_amount))
    writer.sides(element, payment)
    add(element, "comments", f"Channel: {payment.channel}" if payment.channel else "")
