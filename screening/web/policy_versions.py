"""Every version of the decision policy: who made it and why it decides or does not, and what differs between any two."""

from dataclasses import dataclass
from typing import Final

from django.http import HttpResponse

from ratel.problem import NotFound
from screening.models import DecisionPolicy
from screening.web.policy_reads import Version, two_versions
from screening.web.policy_reads import versions as versions_of
from screening.web.policy_words import Difference, differences_in_words
from teams.web.desk import MOST_EXPORTED, Desk, as_csv, page, wants_csv
from teams.web.desk.filters import Filters

_HEADER: Final = (
    "version",
    "status",
    "made at",
    "made by",
    "decided at",
    "decided by",
    "reason",
    "differences",
)


@dataclass(frozen=True)
class Row:
    """A version with what it says differently from the one with the number before it, as far as that is on the page."""

    version: Version
    differences: list[Difference]
    is_first: bool


@page(section="policy", needs="read")
def versions(desk: Desk) -> HttpResponse:
    filters = Filters(desk.request, "status", "before", "after")
    status = filters.choice("status", DecisionPolicy.Status.values)
    pair = [
        filters.whole_number(name, smallest=1, largest=999_999, usual=0)
        for name in ("before", "after")
        if name in filters.shown
    ]
    asked = filters.page()
    filters.finish()
    team = desk.caller.team
    if wants_csv(desk.request):
        everything, _ = versions_of(team, type(asked)(MOST_EXPORTED, None), status)
        return as_csv(desk, "policy-versions", _HEADER, [_cells(row) for row in _rows(everything)])
    shown, next_cursor = versions_of(team, asked, status)
    compared = two_versions(team, (pair[0], pair[1])) if len(pair) == 2 else None
    if len(pair) == 1:
        raise NotFound("Two versions are compared: name both")
    return desk.render(
        "desk/policy/versions.html",
        {
            "rows": _rows(shown),
            "compared": compared,
            "differences": differences_in_words(compared[0].fields, compared[1].fields) if compared else [],
            "next_cursor": next_cursor,
            "is_first_page": asked.after is None,
            "status": status,
            "statuses": DecisionPolicy.Status.choices,
            "numbers": [one.number for one in shown],
        },
    )


def _rows(shown: list[Version]) -> list[Row]:
    older = [*shown[1:], None]
    return [
        Row(one, differences_in_words(before.fields, one.fields) if before else [], one.number == 1)
        for one, before in zip(shown, older, strict=True)
    ]


def _cells(row: Row) -> list[object]:
    one = row.version
    differences = "; ".join(f"{each.label}: {each.before} to {each.after}" for each in row.differences)
    return [one.number, one.status, one.at, one.by, one.decided_at, one.decided_by, one.reason, differences]
