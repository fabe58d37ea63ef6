"""How the desk shows shares: as percent, with the digits that small ones need."""

from decimal import Decimal

from django import template

register = template.Library()


@register.filter
def share(value: Decimal | float | None) -> str:
    """`0.4%` of 0.004, `37%` of 0.37."""
    if value is None:
        return "unknown"
    percent = float(value) * 100
    if percent == 0 or percent >= 10:
        return f"{percent:.0f}%"
    return f"{percent:.1f}%" if percent >= 0.1 else "under 0.1%"
