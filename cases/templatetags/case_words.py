"""How the case pages say codes and sizes."""

from typing import Final
from uuid import UUID

from django import template

from cases.alert_view.layers import WORDS as LAYER_WORDS
from ratel.identifiers import show
from ratel.templatetags.desk import words

register = template.Library()
_CAPITALS: Final = {"aml": "AML", "pep": "PEP", "kyc": "KYC"}
_KIB: Final = 1024


@register.filter
def case_type(code: str) -> str:
    """`AML_ALERT` as `AML alert`, `SUSPICIOUS_TRANSACTION` as `Suspicious transaction`."""
    first, *rest = words(code).split(" ")
    return " ".join([_CAPITALS.get(first.lower(), first), *rest])


@register.filter
def layer_name(code: str) -> str:
    return LAYER_WORDS.get(code, words(code))


@register.filter
def file_size(size_bytes: int) -> str:
    if size_bytes < _KIB:
        return f"{size_bytes} B"
    return f"{size_bytes / _KIB:,.0f} KB" if size_bytes < _KIB**2 else f"{size_bytes / _KIB**2:,.1f} MB"


@register.filter
def public(identifier: UUID | None, prefix: str) -> str:
    """The public form of an id, for addresses; "none" where there is none, which no address has."""
    return show(prefix, identifier) if identifier else "none"


@register.filter
def is_alert(public_id: str) -> bool:
    return public_id.startswith("alt_")
