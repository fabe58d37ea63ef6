"""The comparison of a draft with the live policy as rows of a table. Pure."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from screening.what_if.compare import Outlook, WhatIf


@dataclass(frozen=True)
class Figure:
    """A row: `is_better` colours the change (None where it is neither better nor worse), `note` says how it is meant."""

    label: str
    live: str
    draft: str
    change: str
    is_better: bool | None
    note: str = ""


def figures_of(found: WhatIf, *, sees_reports: bool) -> list[Figure]:
    """What a reader without the right to read reports is shown tells of none."""
    live, draft = found.live, found.draft
    rows = [
        _a_day("Alerts a day", live, draft, "alerts", fewer_is_better=True),
        _a_day("Escalations a day", live, draft, "escalations"),
        _a_day("Blocks a day", live, draft, "blocks"),
    ]
    if sees_reports:
        drafts = (live.counted.sar_drafts, draft.counted.sar_drafts)
        rows.append(_row("Report drafts a day", live.a_day(drafts[0]), draft.a_day(drafts[1])))
    return [*rows, _hours(found)]


def outcomes_of(found: WhatIf) -> list[Figure]:
    """What closed alerts say of the draft."""
    known = found.outcomes
    return [
        _row(
            "Closed as false positive, would not have alerted",
            Decimal(known.saved_live),
            Decimal(known.saved_draft),
            is_better=_compared(known.saved_draft, known.saved_live),
        ),
        _row(
            "Closed as true positive, would have been missed",
            Decimal(known.missed_live),
            Decimal(known.missed_draft),
            is_better=_compared(known.missed_live, known.missed_draft),
        ),
    ]


def _compared(more: int, less: int) -> bool | None:
    return None if more == less else more > less


def _a_day(label: str, live: Outlook, draft: Outlook, name: str, *, fewer_is_better: bool = False) -> Figure:
    before, after = getattr(live, name), getattr(draft, name)
    better = _compared(before, after) if fewer_is_better else None
    return _row(label, live.a_day(before), draft.a_day(after), is_better=better)


def _row(
    label: str, before: Decimal, after: Decimal, *, is_better: bool | None = None, note: str = ""
) -> Figure:
    was, is_now = rounded(before), rounded(after)
    change = is_now - was
    words = "0" if not change else f"{'+' if change > 0 else '−'}{shown(abs(change))}"  # noqa: RUF001 - a minus sign
    return Figure(label, shown(was), shown(is_now), words, is_better if change else None, note)


def _hours(found: WhatIf) -> Figure:
    label, work = "Analyst hours a day", found.workload
    before, after = found.live.hours_a_day, found.draft.hours_a_day
    if before is None or after is None or work.median_handling is None:
        return Figure(label, "unknown", "unknown", "", None, "until alerts have been opened and closed")
    minutes = rounded(Decimal(work.median_handling.total_seconds()) / 60)
    note = f"at this team's median of {shown(minutes)} min"
    if work.payments > work.alerts:
        note += f" and {shown(rounded(work.payments_per_alert))} payments an alert"
    return _row(label, before, after, is_better=_compared(int(before * 100), int(after * 100)), note=note)


def rounded(number: Decimal) -> Decimal:
    """Whole from a hundred on, else tenths: what a day has is no more exact."""
    step = Decimal(1) if abs(number) >= 100 else Decimal("0.1")
    return number.quantize(step, rounding=ROUND_HALF_UP)


def shown(number: Decimal) -> str:
    return f"{number.to_integral_value():,}" if number == number.to_integral_value() else f"{number:,}"
