"""The list of cases. The address is its whole state: chips, filters, order, cursor."""

from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from cases.api.case_input import PRIORITIES, STATUSES
from cases.case_view.listing import NOBODY, SORTS, VIEWS, Listed, Wanted, cases_listed, counts
from cases.case_view.people import people_of
from ratel.identifiers import show
from ratel.pages import Query
from ratel.problem import Problem
from teams.web.desk import MOST_EXPORTED, Desk, as_csv, page, wants_csv
from webhooks.events.cases import TYPES

_FILTERS: Final = (
    *("view", "sort", "status", "type", "priority", "assignee", "customer", "from", "to", "format"),
)
_CHIPS: Final = (
    ("open", "Open"),
    ("mine", "Mine"),
    ("unassigned", "Unassigned"),
    ("review", "Waiting for review"),
    ("overdue", "Overdue"),
    ("closed", "Resolved and closed"),
)
_HEADER: Final = (
    *(
        "case",
        "status",
        "type",
        "priority",
        "title",
        "customer",
        "assigned to",
        "alerts",
        "due",
        "opened",
        "changed",
    ),
)


@page(section="cases", needs="read")
def case_list(desk: Desk) -> HttpResponse:
    without_blanks(desk.request)
    query = Query(desk.request, *_FILTERS)
    wanted, paging = _wanted(query), query.page()
    query.finish()
    now, me = timezone.now(), desk.caller.id
    if wants_csv(desk.request):
        rows = cases_listed(desk.team.id, me, wanted, now, after=None, limit=MOST_EXPORTED + 1)
        return as_csv(desk, "cases", _HEADER, _csv(rows))
    found = list(cases_listed(desk.team.id, me, wanted, now, after=paging.after, limit=paging.limit + 1))
    shown, cursor = paging.cut(found, lambda case: case.id)
    waiting = counts(desk.team.id, me, now)
    return desk.render(
        "desk/cases/list.html",
        {
            "cases": shown,
            "cursor": cursor,
            "wanted": wanted,
            "counts": waiting,
            "chips": [(code, label, waiting.get(code)) for code, label in _CHIPS],
            "members": people_of(desk.team.id).members,
            "types": TYPES,
            "statuses": STATUSES,
            "priorities": PRIORITIES,
            "sorts": SORTS,
            "now": now,
            "is_filtered": any(name in desk.request.GET for name in _FILTERS[2:9]),
        },
    )


def without_blanks(request: HttpRequest) -> None:
    """A filter that a form sends empty asks for nothing."""
    given = request.GET.copy()
    for name in [name for name, value in given.items() if not value]:
        del given[name]
    request.GET = given  # type: ignore[assignment]


def _wanted(query: Query) -> Wanted:
    query.choice("format", ("csv",))
    return Wanted(
        view=query.choice("view", VIEWS) or "open",
        sort=query.choice("sort", SORTS) or "due",
        status=query.choice("status", STATUSES),
        type=query.choice("type", TYPES),
        priority=query.choice("priority", PRIORITIES),
        assignee=_assignee(query),
        customer=query.text("customer"),
        since=query.moment("from"),
        until=query.moment("to", is_end=True),
    )


def _assignee(query: Query) -> UUID | str | None:
    text = query.text("assignee")
    if text is None or text == NOBODY:
        return text
    try:
        return UUID(text)
    except ValueError:
        query.problems.append(Problem("assignee", "must be a person of the team, or nobody"))
        return None


def _csv(cases: Iterable[Listed]) -> Iterable[tuple[Any, ...]]:
    for one in cases:
        yield (
            show("cas", one.id),
            one.status,
            one.type,
            one.priority,
            one.title,
            one.reference,
            one.assignee,
            one.alerts,
            one.due_at,
            one.created_at,
            one.updated_at,
        )
