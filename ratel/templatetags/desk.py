"""How the desk shows amounts, times, ids and small charts. Charts are SVG: the content policy allows no inline styles."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django import template
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from ratel.identifiers import show
from ratel.templatetags.numbers import grouped

register = template.Library()
register.filter("grouped", grouped)

_SHORT: Final = ((Decimal(10**12), "tn"), (Decimal(10**9), "bn"), (Decimal(10**6), "m"))
_SHORT_FROM: Final = Decimal(1_000_000)
SEVERITIES: Final = ("critical", "high", "medium", "low")


@register.filter
def money(amount: Decimal | None, currency: str) -> str:
    """`USD 12,345.60`: the exact amount with at least two decimals, its currency in front."""
    if amount is None:
        return "unknown"
    shown = amount.normalize() if amount != amount.to_integral() else amount.quantize(Decimal(1))
    decimals = max(0, -int(shown.as_tuple().exponent))
    return f"{currency} {amount:,.{max(decimals, 2)}f}" if decimals else f"{currency} {amount:,.0f}"


@register.filter
def short_money(amount: Decimal | None, currency: str) -> str:
    """`NGN 19.1 m`: for charts and sentences; the exact amount stands beside it or one click away."""
    if amount is None:
        return "unknown"
    size = abs(amount)
    if size < _SHORT_FROM:
        return money(amount, currency)
    unit, name = next((unit, name) for unit, name in _SHORT if size >= unit)
    return f"{currency} {amount / unit:,.1f} {name}"


@register.filter
def shown(identifier: UUID | None, prefix: str) -> str:
    """The public form of an id: `alt_...`."""
    return show(prefix, identifier) if identifier else ""


@register.filter
def brief(identifier: UUID | None, prefix: str) -> str:
    """The last eight characters of the public form, for people to tell things apart on one page."""
    return show(prefix, identifier)[-8:] if identifier else ""


@register.filter
def when(moment: datetime | None) -> SafeString:
    """A `<time>`: the hour today, the day otherwise; the whole of it for machines and on hovering. UTC."""
    if moment is None:
        return SafeString("never")
    moment = moment.astimezone(UTC)
    now = timezone.now().astimezone(UTC)
    if moment.date() == now.date():
        text = f"{moment:%H:%M}"
    elif moment.year == now.year:
        text = f"{moment.day} {moment:%b}"
    else:
        text = f"{moment.day} {moment:%b %Y}"
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        moment.isoformat(),
        f"{moment:%d %b %Y, %H:%M:%S} UTC",
        text,
    )


@register.filter
def moment(value: datetime | None) -> SafeString:
    """A `<time>` with day and minute, in UTC."""
    if value is None:
        return SafeString("never")
    value = value.astimezone(UTC)
    return format_html(
        '<time datetime="{}">{}</time>', value.isoformat(), f"{value.day} {value:%b %Y, %H:%M} UTC"
    )


@register.filter
def span(length: timedelta | None) -> str:
    """`2 h 10 min`, `3 days`: the two largest parts that say something."""
    if length is None:
        return ""
    seconds = int(abs(length.total_seconds()))
    if seconds >= 2 * 86_400:
        return f"{seconds // 86_400} days"
    if seconds >= 3_600:
        hours, minutes = divmod(seconds // 60, 60)
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    if seconds >= 60:
        return f"{seconds // 60} min"
    return f"{seconds} s"


@register.filter
def until(due: datetime | None) -> str:
    """`due in 2 h 10 min` or `3 h past due`."""
    if due is None:
        return ""
    left = due - timezone.now()
    return f"due in {span(left)}" if left > timedelta(0) else f"{span(left)} past due"


@register.filter
def ago(past: datetime | None) -> str:
    return "never" if past is None else f"{span(timezone.now() - past)} ago"


@register.filter
def words(code: Any) -> str:
    """A code as words: `RESOLVED_TRUE_POSITIVE` as `Resolved true positive`."""
    return str(code).replace("_", " ").replace(".", " ").capitalize()


@register.filter
def breakable(email: str) -> SafeString:
    """An e-mail that may go on in the next line after its @, and nowhere else by choice."""
    name, sign, host = email.partition("@")
    return format_html("{}{}<wbr>{}", name, sign, host)


@register.filter
def severity_tag(severity: str) -> SafeString:
    tone = severity.lower() if severity.lower() in SEVERITIES else "plain"
    return format_html('<span class="tag {}">{}</span>', tone, severity.capitalize())


@register.simple_tag
def meter(value: Any, most: Any, tone: str = "accent", threshold: Any = None, label: str = "") -> SafeString:
    """A bar of `value` out of `most` with a mark at `threshold`; `label` is what screen readers say."""
    size = _share(value, most)
    mark = (
        format_html(
            '<rect class="mark" x="{}" y="-3" width="1" height="14"/>', min(_share(threshold, most), 99)
        )
        if threshold is not None
        else SafeString("")
    )
    role = format_html('role="img" aria-label="{}"', label) if label else SafeString('aria-hidden="true"')
    return format_html(
        '<svg class="meter" viewBox="0 0 100 8" preserveAspectRatio="none" {}><rect class="ground" width="100"'
        ' height="8"/><rect class="tone-{}" width="{}" height="8"/>{}</svg>',
        role,
        tone,
        size,
        mark,
    )


@register.simple_tag
def columns(
    values: Sequence[Any], label: str = "", tones: Sequence[str] = (), most: Any = None
) -> SafeString:
    """Small columns side by side, such as the scores of the six layers."""
    highest = most or max([Decimal(str(value)) for value in values], default=Decimal(1)) or 1
    bars = format_html_join(
        "",
        '<rect class="tone-{}" x="{}" y="{}" width="5" height="{}"/>',
        (
            (
                tones[position] if position < len(tones) else "low",
                position * 7,
                round(16 - max(2, _share(value, highest) * 0.16), 1),
                round(max(2, _share(value, highest) * 0.16), 1),
            )
            for position, value in enumerate(values)
        ),
    )
    return format_html(
        '<svg class="columns" width="{0}" height="16" viewBox="0 0 {0} 16" role="img" aria-label="{1}">{2}</svg>',
        max(len(values) * 7 - 2, 1),
        label,
        bars,
    )


@register.filter
def tone_of(score: Any) -> str:
    """Which colour a score of 0 to 100 has; a word or number always stands beside it."""
    value = float(score or 0)
    if value >= 90:
        return "critical"
    if value >= 60:
        return "high"
    return "medium" if value >= 30 else "low"


@register.filter
def item(mapping: Mapping[Any, Any], key: Any) -> Any:
    return mapping.get(key)


@register.simple_tag(takes_context=True)
def query_with(context: dict[str, Any], **changes: Any) -> str:
    """The page's query string with these parameters replaced (None removes one), and without its cursor."""
    query = context["request"].GET.copy()
    query.pop("cursor", None)
    for name, value in changes.items():
        if value is None:
            query.pop(name, None)
        else:
            query[name] = value
    return f"?{query.urlencode()}"


def _share(value: Any, most: Any) -> float:
    total = float(most or 0)
    if total <= 0:
        return 0.0
    return round(min(max(float(value or 0) / total, 0.0), 1.0) * 100, 2)
