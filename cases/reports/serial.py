"""A report's content as JSON for programs: camel case, amounts as exact text, what is unknown as null."""

from typing import Any

from cases.reports import fields
from cases.reports.content import Content, Party, Payment
from cases.reports.document import Document


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


PARTY_FIELDS = {camel(field.name): field.name for field in fields.FIELDS}


def content_json(content: Content) -> dict[str, Any]:
    return {
        "narrative": content.narrative,
        "assessment": content.assessment,
        "action": content.action,
        "indicators": list(content.indicators),
        "parties": [_party(party) for party in content.parties],
        "transactions": [_payment(payment) for payment in content.payments],
        "facts": [{"sentence": fact.sentence, "source": fact.source} for fact in content.facts],
    }


def document_json(document: Document) -> dict[str, Any]:
    """The JSON export: everything that the XML says, and who reports."""
    entity = document.entity
    return {
        "id": document.id,
        "type": document.type,
        "name": document.name,
        "status": document.status,
        "currency": document.currency,
        "detectedAt": document.detected_at,
        "dueAt": document.due_at,
        "reportingEntity": {camel(name): getattr(entity, name) or None for name in entity.__struct_fields__},
        **content_json(document.content),
    }


def _party(party: Party) -> dict[str, Any]:
    values = {shown: getattr(party, name) or None for shown, name in PARTY_FIELDS.items()}
    return {"key": party.key, **values}


def _payment(payment: Payment) -> dict[str, Any]:
    return {
        "id": payment.id,
        "number": payment.number,
        "occurredAt": payment.occurred_at,
        "direction": payment.direction,
        "amount": _exact(payment.amount),
        "currency": payment.currency,
        "localAmount": _exact(payment.local_amount),
        "isCash": payment.is_cash,
        "channel": payment.channel or None,
        "narration": payment.narration or None,
        "party": payment.party or None,
        "isLeftOut": payment.is_left_out,
    }


def _exact(amount: Any) -> str | None:
    return None if amount is None else f"{amount.normalize():f}"
