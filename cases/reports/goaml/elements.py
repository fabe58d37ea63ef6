"""How values become text of the file: moments without zone (UTC), exact amounts, no character that XML does not know."""

import re
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Final

from lxml import etree

_RATE: Final = Decimal("0.00000001")
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def add(parent: Any, name: str, text: str) -> None:
    """A child with this text; nothing where nothing is known."""
    cleaned = clean(text)
    if cleaned:
        etree.SubElement(parent, name).text = cleaned


def clean(text: str) -> str:
    return _NOT_XML.sub("", text).replace("\r\n", "\n").replace("\r", "\n").strip()


def written_amount(amount: Decimal) -> str:
    """Exact, with at least two decimals and no exponent."""
    decimals = max(2, -int(amount.normalize().as_tuple().exponent))
    return f"{amount:.{decimals}f}"


def written_rate(local: Decimal, foreign: Decimal) -> str:
    return f"{(local / foreign).quantize(_RATE, ROUND_HALF_EVEN):f}"


def written_moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"


def written_day(text: str) -> str:
    """A date as the structure wants it; empty stays empty."""
    return f"{date.fromisoformat(text):%Y-%m-%d}T00:00:00" if text else ""
