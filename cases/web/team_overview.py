"""The overview of a team: what waits, what was decided and how fast, whether the lists and layers are well."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.http import HttpResponse
from django.urls import NoReverseMatch
from django.utils import timezone

from cases.alert_view.layers import WORDS as LAYER_WORDS
from cases.team_figures.alerts import Cause, Flow, flow_of, mine_of, waiting_of
from cases.team_figures.decisions import Decisions, Today, decisions_of, today_of
from cases.team_figures.kept import kept
from cases.team_figures.windows import BY_CODE, USUAL, WINDOWS, Window
from cases.web.charts import Bar, Chart, stacked
from ratel.breaker_board import on_this_host
from ratel.identifiers import show
from ratel.pages import Query
from ratel.templatetags.desk import words
from screening.models import RuleVersion
from screening.overview import DECISIONS, loaded_lists
from teams.web.desk import Desk, page

# The rarest at the ground, where their heights can be compared.
STACK: Final = tuple(reversed(DECISIONS))
ABOUT: Final = {
    "names": "Name matches",
    "manual": "Raised by hand",
    "retroactive": "Screened again",
    "rule_fire": "Rules",
    "layer": "Layers",
}


@dataclass(frozen=True)
class CauseRow:
    """What alerts were about, in words, with where it leads."""

    name: str
    code: str
    link: str
    cause: Cause


@dataclass(frozen=True)
class LayerRow:
    """One layer over the last day: in how many decisions it was missing."""

    name: str
    missing: int
    decided: int

    @property
    def is_well(self) -> bool:
        return not self.missing


@page(section="overview", needs="read")
def overview(desk: Desk) -> HttpResponse:
    window = _window(desk)
    now, team_id = timezone.now(), desk.team.id
    person_id = desk.caller.person_id
    decisions = decisions_of(team_id, window, now)
    today = kept(team_id, "today", Today, lambda: today_of(team_id, now))
    flow = kept(team_id, "alerts", Flow, lambda: flow_of(team_id, now))
    return desk.render(
        "desk/overview.html",
        {
            "now": now,
            "window": window,
            "windows": WINDOWS,
            "decisions": decisions,
            "decided_chart": _decided_chart(decisions, window),
            "decided_order": DECISIONS,
            "step_links": {
                step.begins: _created(desk, step.begins, step.begins + window.step)
                for step in decisions.steps
            },
            "today": today,
            "layers": [
                LayerRow(LAYER_WORDS[name], count, today.decided) for name, count in today.missing.items()
            ],
            "flow": flow,
            "flow_chart": _flow_chart(flow),
            "causes": _causes(desk, flow.causes),
            "waiting": waiting_of(team_id, person_id, now),
            "mine": mine_of(team_id, person_id),
            "lists": loaded_lists(now),
            "breakers": on_this_host(),
            "links": _links(desk),
        },
    )


def _window(desk: Desk) -> Window:
    query = Query(desk.request, "window")
    code = query.choice("window", BY_CODE)
    query.finish()
    return BY_CODE[code] if code else USUAL


def _decided_chart(decisions: Decisions, window: Window) -> Chart:
    return stacked([
        Bar(
            parts=[(decision, step.counts.get(decision, 0)) for decision in STACK],
            says=f"{_time_of(step.begins, window)}: {_in_words(step.counts)}",
            label=f"{step.begins:%H:%M}" if window.is_hourly else f"{step.begins.day} {step.begins:%b}",
        )
        for step in decisions.steps
    ])  # fmt: skip


def _flow_chart(flow: Flow) -> Chart:
    return stacked([
        Bar(
            parts=[("late", day.late), ("in-time", day.in_time)],
            says=f"{day.day.day} {day.day:%b}: {day.created} came in, {day.in_time} closed in time, {day.late} late",
            label=f"{day.day.day} {day.day:%b}",
        )
        for day in flow.days
    ])  # fmt: skip


def _time_of(begins: datetime, window: Window) -> str:
    return f"{begins.day} {begins:%b, %H:%M} UTC" if window.is_hourly else f"{begins.day} {begins:%b}"


def _in_words(counts: dict[str, int]) -> str:
    found = [f"{counts[decision]:,} {decision}" for decision in DECISIONS if counts.get(decision)]
    return ", ".join(found) or "nothing decided"


def _causes(desk: Desk, causes: list[Cause]) -> list[CauseRow]:
    ids = [cause.rule_id for cause in causes if cause.rule_id]
    newest = RuleVersion.objects.filter(rule__team_id=desk.team.id, rule_id__in=ids).order_by("version")
    found = newest.values_list("rule_id", "rule__code", "document__name")
    rules = {rule_id: (code, name or code) for rule_id, code, name in found}
    return [_cause(desk, cause, rules) for cause in causes]


def _cause(desk: Desk, cause: Cause, rules: dict[UUID, tuple[str, str]]) -> CauseRow:
    if cause.rule_id is not None:
        code, name = rules.get(cause.rule_id, ("", "A rule that is gone"))
        return CauseRow(name, code, _url(desk, "rule", show("rul", cause.rule_id)), cause)
    if cause.about.startswith("layer:"):
        return CauseRow(
            f"{LAYER_WORDS.get(cause.about.removeprefix('layer:'), cause.about)} layer",
            "",
            _alerts(desk, view="closed", trigger="layer"),
            cause,
        )
    trigger = "screening_match" if cause.about == "names" else cause.about
    return CauseRow(
        ABOUT.get(cause.about, str(words(cause.about))),
        "",
        _alerts(desk, view="closed", trigger=trigger),
        cause,
    )


def _links(desk: Desk) -> dict[str, str]:
    """Where the numbers lead: the lists with these filters."""
    return {
        "mine": _alerts(desk, view="mine"),
        "due_soon": _alerts(desk, view="due"),
        "unassigned": _alerts(desk, view="unassigned"),
        "waiting": _alerts(desk),
        "closed": _alerts(desk, view="closed"),
        "my_cases": _url(desk, "cases", view="mine"),
        "reviews": _url(desk, "cases", view="review"),
        "reports": _url(desk, "reports", status="PENDING_REVIEW"),
    }


def _created(desk: Desk, start: datetime, end: datetime) -> str:
    """What became of the alerts that were created then."""
    last = end - timedelta(seconds=1)
    created = {"from": f"{start:%Y-%m-%dT%H:%M:%SZ}", "to": f"{last:%Y-%m-%dT%H:%M:%SZ}"}
    return _alerts(desk, view="closed", **created)


def _alerts(desk: Desk, **filters: str) -> str:
    return _url(desk, "alerts", **filters)


def _url(desk: Desk, name: str, *arguments: str, **filters: str) -> str:
    """An address of the desk with filters; nothing where the desk has no such page."""
    try:
        url = desk.url(name, *arguments)
    except NoReverseMatch:
        return ""
    return f"{url}?{'&'.join(f'{key}={value}' for key, value in filters.items())}" if filters else url
