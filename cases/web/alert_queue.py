"""The queue of alerts: a page, its live counts, and the step from one alert to the next."""

from typing import Any, Final
from urllib.parse import quote, urlencode

from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.utils import timezone

from cases.alert_view.queue import MOST_COUNTED, choices_of, count_alerts, exported, find_page, neighbour
from cases.alert_view.queue_filter import LANES, NAMES, SORTS, QueueFilter, read_filter
from cases.models import Alert
from ratel.identifiers import read, show
from ratel.pages import Query
from ratel.problem import Invalid, NotFound
from screening.decide import LEVELS
from teams.web.desk import Desk, as_csv, page, wants_csv

# In which view of the queue somebody works through alerts: the queue's own query string.
WITHIN: Final = "in"
LONGEST_WITHIN: Final = 1_000
HEADER: Final = (
    *(
        "alert",
        "status",
        "severity",
        "trigger",
        "lane",
        "decision",
        "score",
        "evaluations",
        "customer",
        "rules",
    ),
    *("assigned to", "due", "created", "closed", "disposition", "case"),
)
CHIPS: Final = (
    ("mine", "Mine"),
    ("due", "Due soon"),
    ("unassigned", "Unassigned"),
    ("open", "Open"),
    ("snoozed", "Snoozed"),
    ("closed", "Closed"),
)
_LABELS: Final = {
    "severity": "Severity",
    "trigger": "Raised by",
    "lane": "Lane",
    "rule": "Rule",
    "assignee": "Assigned to",
    "scoreFrom": "Score from",
    "scoreTo": "Score to",
    "from": "Created from",
    "to": "Created to",
    "customer": "Customer",
}
_SORTS: Final = {"due": "due time", "score": "score", "newest": "newest first"}


@page(section="alerts", needs="read")
def queue(desk: Desk) -> HttpResponse:
    given = desk.request.GET
    if any(value == "" for value in given.values()):
        # A form sends every field; an address says only what is asked for.
        return HttpResponseRedirect(f"?{urlencode({name: value for name, value in given.items() if value})}")
    query, now = Query(desk.request, *NAMES, "format"), timezone.now()
    wanted, part = read_filter(query, desk.caller)
    if wants_csv(desk.request):
        return as_csv(desk, "alerts", HEADER, map(_exported_row, exported(desk.caller, wanted, now)))
    choices = choices_of(desk.caller)
    people = dict(choices.people)
    return desk.render(
        "desk/alerts/queue.html",
        {
            **_counted(desk, wanted),
            "page": find_page(desk.caller, wanted, part, now),
            "is_first_page": part.after is None,
            "choices": choices,
            "filters": [_filter(wanted, name, value, people) for name, value in _filters(wanted)],
            "levels": LEVELS,
            "triggers": Alert.Trigger.choices,
            "lanes": LANES,
            "sorts": [(sort, _SORTS[sort]) for sort in SORTS],
        },
    )


@page(section="alerts", needs="read")
def counts(desk: Desk) -> HttpResponse:
    """The chips alone, asked again every few seconds."""
    wanted, _ = read_filter(Query(desk.request, *NAMES, "format"), desk.caller)
    return desk.render("desk/alerts/chips.html", _counted(desk, wanted))


@page(section="alerts", needs="read")
def step(desk: Desk, alert_id: str, way: str) -> HttpResponse:
    """On to the next (or previous) alert of the view that somebody works through; back to the queue at its end."""
    identifier = read("alt", alert_id)
    if identifier is None or not Alert.objects.filter(team_id=desk.team.id, id=identifier).exists():
        raise NotFound
    within = within_of(desk)
    found = neighbour(
        desk.caller, view_of(desk, within), identifier, timezone.now(), backwards=way == "previous"
    )
    if found is None:
        desk.say(f"That was the {'first' if way == 'previous' else 'last'} one of this view.")
    return HttpResponseRedirect(address_of(desk, show("alt", found) if found else None, within))


def within_of(desk: Desk) -> str:
    """The query string of the queue that the page belongs to; empty for its usual view."""
    text = desk.request.POST.get(WITHIN) or desk.request.GET.get(WITHIN) or ""
    return text if len(text) <= LONGEST_WITHIN else ""


def view_of(desk: Desk, within: str) -> QueueFilter:
    """The filter that a query string means; the usual view where it means nothing (any more)."""
    try:
        return read_filter(_Asked(within), desk.caller)[0]
    except Invalid:
        return QueueFilter("open", "due", {})


class _Asked(Query):
    """A query string that stands inside of another one."""

    def __init__(self, text: str) -> None:
        self._given = {name: str(value) for name, value in QueryDict(text).items() if name in NAMES}
        self.problems = []


def address_of(desk: Desk, alert_id: str | None, within: str) -> str:
    """Of an alert in a view of the queue, or of that view."""
    if alert_id is None:
        return desk.url("alerts") + (f"?{within}" if within else "")
    return desk.url("alert", alert_id) + (f"?{WITHIN}={quote(within)}" if within else "")


def _counted(desk: Desk, wanted: QueueFilter) -> dict[str, Any]:
    found = count_alerts(desk.caller, timezone.now())
    chips = [
        {
            "code": code,
            "label": label,
            "count": getattr(found, code),
            "is_current": wanted.view == code and not wanted.is_filtered,
            "query": urlencode({**{k: v for k, v in wanted.shown.items() if k == "sort"}, "view": code}),
        }
        for code, label in CHIPS
    ]
    here = urlencode(wanted.shown)
    return {"counts": found, "chips": chips, "wanted": wanted, "here": here, "most_counted": MOST_COUNTED}


def _filters(wanted: QueueFilter) -> list[tuple[str, str]]:
    return [(name, value) for name, value in wanted.shown.items() if name in _LABELS]


def _filter(wanted: QueueFilter, name: str, value: str, people: dict[str, str]) -> dict[str, str]:
    """A filter that is set, and the query string without it."""
    words = people.get(value, value.replace("_", " "))
    rest = {key: one for key, one in wanted.shown.items() if key != name}
    return {"words": f"{_LABELS[name]}: {words}", "query": urlencode(rest)}


def _exported_row(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return (show("alt", row[0]), *row[1:15], show("cas", row[15]) if row[15] else None)
