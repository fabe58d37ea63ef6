"""The list of reports: what is due first. The address is its whole state."""

from collections.abc import Iterable
from typing import Any, Final

from django.http import HttpResponse
from django.utils import timezone

from cases.models import Report
from cases.reports.selectors import (
    BY_DUE,
    TYPES,
    VIEWS,
    Row,
    Wanted,
    counts,
    due_first,
    filtered,
    newest_first,
    rows,
)
from cases.reports.working import name_of
from cases.web.case_list import without_blanks
from ratel.identifiers import show
from ratel.pages import Query
from teams.web.desk import MOST_EXPORTED, Desk, as_csv, page, wants_csv

_FILTERS: Final = ("view", "type", "status", "customer", "format")
_LABELS: Final = {
    "open": "To be filed",
    "overdue": "Past their deadline",
    "review": "Waiting for review",
    "filed": "Filed",
    "all": "All",
}
_HEADER: Final = (
    "report",
    "type",
    "status",
    "customer",
    "detected",
    "due",
    "filed",
    "case",
    "alert",
    "reason",
)


@page(section="reports", needs="reports.read")
def reports(desk: Desk) -> HttpResponse:
    without_blanks(desk.request)
    query = Query(desk.request, *_FILTERS)
    wanted, paging = _wanted(query), query.page()
    query.finish()
    now, team = timezone.now(), desk.caller.team
    ordered = due_first if wanted.view in BY_DUE else newest_first
    found = filtered(team, wanted, now)
    if wants_csv(desk.request):
        return as_csv(
            desk, "reports", _HEADER, _csv(rows(team, ordered(found, None)[: MOST_EXPORTED + 1], now))
        )
    shown, cursor = paging.cut(
        list(ordered(found, paging.after)[: paging.limit + 1]), lambda report: report.id
    )
    context = {
        "rows": rows(team, shown, now),
        "cursor": cursor,
        "wanted": wanted,
        "counts": counts(team, now),
        "views": [(code, _LABELS[code]) for code in VIEWS],
        "types": [(code, name_of(team.pack, code)) for code in TYPES],
        "statuses": Report.Status.choices,
        "is_filtered": any(desk.request.GET.get(name) for name in ("type", "status", "customer")),
        "now": now,
    }
    return desk.render("desk/reports/list.html", context)


def _wanted(query: Query) -> Wanted:
    query.choice("format", ("csv",))
    status = query.choice("status", Report.Status.values)
    usual = "all" if status else "open"
    return Wanted(
        view=query.choice("view", VIEWS) or usual,
        type=query.choice("type", TYPES),
        status=status,
        customer=query.text("customer"),
    )


def _csv(shown: Iterable[Row]) -> Iterable[list[Any]]:
    for row in shown:
        report = row.report
        yield [
            row.id,
            report.type,
            report.status,
            row.reference,
            report.detected_at or report.created_at,
            row.due_at,
            report.filed_at,
            show("cas", report.case_id) if report.case_id else "",
            show("alt", report.alert_id) if report.alert_id else "",
            report.reason,
        ]
