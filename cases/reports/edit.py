"""What a person may change of a report, and what it says afterwards. Facts and payments stay as they were read."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from cases.reports import fields
from cases.reports.content import Content, Party
from cases.reports.indicators import WORDS
from ratel.problem import Invalid, Problem

LONGEST = {
    "narrative": fields.LONGEST_NARRATIVE,
    "assessment": fields.LONGEST_ASSESSMENT,
    "action": fields.LONGEST_ACTION,
}


@dataclass(frozen=True)
class Edit:
    """None leaves as it is. `parties` maps a party's key to its new values; `left_out` names the payments by id."""

    narrative: str | None = None
    assessment: str | None = None
    action: str | None = None
    indicators: tuple[str, ...] | None = None
    parties: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    left_out: frozenset[str] | None = None


def edited(content: Content, edit: Edit) -> Content:
    """Raises Invalid with every problem and its path."""
    problems = list(_problems(content, edit))
    if problems:
        raise Invalid(errors=problems)
    changes: dict[str, Any] = {
        name: _lines(text) for name in LONGEST if (text := getattr(edit, name)) is not None
    }
    if edit.indicators is not None:
        changes["indicators"] = tuple(code for code in WORDS if code in edit.indicators)
    changed = msgspec.structs.replace(
        content, **changes, parties=tuple(_party(party, edit) for party in content.parties)
    )
    if edit.left_out is None:
        return changed
    payments = tuple(
        msgspec.structs.replace(payment, is_left_out=payment.id in edit.left_out)
        for payment in changed.payments
    )
    return msgspec.structs.replace(changed, payments=payments)


def _problems(content: Content, edit: Edit) -> Iterator[Problem]:
    for name, longest in LONGEST.items():
        text = getattr(edit, name)
        if text is not None and (len(_lines(text)) > longest or "\x00" in text):
            yield Problem(name, f"must have at most {longest} characters, none of them null")
    for code in edit.indicators or ():
        if code not in WORDS:
            yield Problem("indicators", f"must be of the list: {', '.join(WORDS)}")
    for key, values in edit.parties.items():
        party = content.party(key)
        if party is None:
            yield Problem(f"parties.{key[:40]}", "is no party of this report")
            continue
        for name, value in values.items():
            known = fields.BY_NAME.get(name)
            wrong = (
                "is not a field of a party" if known is None else fields.problem_with(known, value.strip())
            )
            if wrong:
                yield Problem(f"parties.{key}.{name[:40]}", wrong)
    known_ids = {payment.id for payment in content.payments}
    for identifier in (edit.left_out or frozenset()) - known_ids:
        yield Problem("leftOut", f"{identifier[:40]} is no transaction of this report")


def _party(party: Party, edit: Edit) -> Party:
    values = edit.parties.get(party.key)
    if not values:
        return party
    return msgspec.structs.replace(party, **{name: value.strip() for name, value in values.items()})


def _lines(text: str) -> str:
    """As a form sends it, with the line ends that everybody else has."""
    return text.replace("\r\n", "\n").strip()
