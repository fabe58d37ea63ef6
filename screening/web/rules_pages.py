"""The desk's pages about rules: the list, and one rule with its versions, figures, back-tests and actions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone

from ratel.identifiers import read, show
from ratel.problem import NotFound
from screening.models import Rule, RuleVersion
from screening.rule_trials import statistics
from screening.rule_trials.confidential import is_hidden
from screening.rule_trials.statistics import Figures
from screening.rules.rule import SEVERITIES
from screening.rules.rule import Rule as ParsedRule
from screening.services.rule_marks import mark_of
from screening.services.rule_states import RuleState, state_of
from screening.web import rules_read, rules_shown
from screening.web.rules_charts import chart
from screening.web.rules_read import SORTS, Line
from teams.models import Person
from teams.web.desk import Desk, as_csv, page, wants_csv
from teams.web.desk.filters import Filters

STATUSES: Final = ("in_use", *Rule.Status.values)
_HEADER: Final = (
    *("rule_id", "code", "name", "layer", "status", "live_version", "shadow_version", "severity", "points"),
    *("evaluated_30_days", "hits_30_days", "hit_rate", "alerts_30_days", "true_positives", "false_positives"),
    *("precision", "cost_microseconds", "bypassed_until"),
)


@page(section="rules", needs="read")
def rules(desk: Desk) -> HttpResponse:
    filters = Filters(desk.request, "q", "status", "severity", "sort")
    words = (filters.text("q") or "").casefold()
    status = filters.choice("status", STATUSES) or "in_use"
    severity = filters.choice("severity", SEVERITIES)
    sort = filters.choice("sort", SORTS) or "order"
    wanted = filters.page()
    filters.finish()
    every, counted_at = rules_read.lines_of(desk.caller, timezone.now())
    found = [line for line in every if _matches(line, words, status, severity)]
    found = rules_read.sorted_lines(found, sort)
    if wants_csv(desk.request):
        return as_csv(desk, "rules", _HEADER, _rows(found))
    order = [line.rule.id for line in found]
    after = order.index(wanted.after) + 1 if wanted.after is not None and wanted.after in order else 0
    shown, next_cursor = wanted.cut(found[after : after + wanted.limit + 1], lambda line: line.rule.id)
    return desk.render(
        "desk/rules/list.html",
        {
            "lines": shown,
            "next": next_cursor,
            "count": len(found),
            "active": sum(line.rule.status == Rule.Status.ACTIVE for line in every),
            "waiting": sum(_waits(line.state) for line in every),
            "counted_at": counted_at,
            "given": filters.shown,
            "status": status,
            "statuses": STATUSES,
            "severities": SEVERITIES,
            "sort": sort,
            "sorts": SORTS,
        },
    )


def _waits(state: RuleState) -> bool:
    return state.pending is not None and state.pending.status == Rule.Status.PENDING_APPROVAL


def _matches(line: Line, words: str, status: str, severity: str | None) -> bool:
    if status == "in_use" and line.rule.status == Rule.Status.ARCHIVED:
        return False
    if status == Rule.Status.PENDING_APPROVAL:
        # Also a change of a live rule waits.
        if not _waits(line.state):
            return False
    elif status not in {"in_use", line.rule.status}:
        return False
    if severity is not None and line.severity != severity:
        return False
    return (
        not words or words in f"{line.rule.code} {line.name} {line.document.get('category', '')}".casefold()
    )


def _rows(lines: Sequence[Line]) -> Iterator[Sequence[Any]]:
    for line in lines:
        figures = line.figures
        yield (
            line.public_id,
            line.rule.code,
            line.name,
            line.rule.layer,
            line.rule.status,
            line.rule.live_version,
            line.rule.shadow_version,
            line.severity,
            line.points,
            figures.evaluated,
            figures.hits,
            _rounded(figures.hit_rate),
            figures.alerts,
            figures.true_positives,
            figures.false_positives,
            _rounded(figures.precision),
            line.cost_us,
            line.rule.bypassed_until if line.is_bypassed else None,
        )


def _rounded(share: Any) -> Any:
    return None if share is None else round(float(share), 6)


@dataclass(frozen=True)
class VersionLine:
    """A version in the history: who drafted and approved it, what it did."""

    version: RuleVersion
    drafted_by: str
    approved_by: str
    figures: Figures
    shadow: Figures | None
    is_live: bool
    is_shadow: bool
    is_pending: bool


@page(section="rules", needs="read")
def rule(desk: Desk, rule_id: str) -> HttpResponse:
    filters = Filters(desk.request, "from", "to")
    numbers = {name: filters.text(name) for name in ("from", "to")}
    filters.finish()
    team, now = desk.caller.team, timezone.now()
    identifier = read("rul", rule_id)
    found = Rule.objects.filter(team_id=team.id, id=identifier).first() if identifier else None
    if found is None:
        raise NotFound("There is no such rule")
    versions = list(found.versions.order_by("-version"))
    state = state_of(found, versions)
    days = statistics.days_of(team.id, state.rule.id, now)
    tally = statistics.tally_of(team.id)
    parsed = {one.version: rules_read.parsed(team, state.rule, one) for one in versions}
    shown = parsed[state.working.version]
    if is_hidden(desk.caller, [one.document for one in versions]):
        days, hidden = [], True
    else:
        hidden = False
    cost = (tally.costs if tally else {}).get(str(state.rule.id))
    shadow_version = state.rule.shadow_version
    if hidden:
        examples = []
    elif shadow_version is not None:
        examples = statistics.shadow_examples_of(team.id, state.rule.id, shadow_version)
    else:
        examples = statistics.examples_of(team.id, state.rule.id, days)
    figures = statistics.by_version(days)
    of_shadow = statistics.by_version(days, is_shadow=True)
    is_drawn_shadow = not figures and bool(of_shadow)
    drawn = statistics.by_day(days, now, is_shadow=is_drawn_shadow)
    return desk.render(
        "desk/rules/rule.html",
        {
            "state": state,
            "rule": state.rule,
            "rule_id": show("rul", state.rule.id),
            "mark": mark_of(state),
            "parsed": shown,
            "sentence": rules_shown.sentence(shown) if shown else "",
            "alternatives": rules_shown.alternatives_of(shown) if shown else [],
            "applies": rules_shown.outline(shown.applies_when) if shown and shown.applies_when else None,
            "source": rules_read.legal_source(team, state.rule),
            "is_fixed": state.rule.layer == "regulatory",
            "is_bypassed": rules_read.is_bypassed(state.rule, now),
            "figures": _sum(figures.values()),
            "shadow_figures": of_shadow.get(shadow_version) if shadow_version is not None else None,
            "chart": chart(
                [(one.day, one.figures.hits, one.figures.alerts) for one in drawn], "hits", "alerts"
            ),
            "drawn": drawn,
            "is_drawn_shadow": is_drawn_shadow,
            "counted_at": tally.counted_at if tally else None,
            "cost_us": None if cost is None else round(cost / 1000, 1),
            "examples": examples,
            "tests": [] if hidden else statistics.tests_of(team.id, state.rule.id),
            "is_hidden": hidden,
            "versions": _version_lines(state, versions, figures, of_shadow),
            "allowed": state.allowed,
            "may": dict.fromkeys(state.allowed, True),
            **_difference(state, parsed, numbers),
            "latest_bypass": _latest(now),
        },
    )


def _sum(all_figures: Any) -> Figures:
    total = Figures()
    for one in all_figures:
        total = total.with_day(one)
    return total


def _version_lines(
    state: RuleState,
    versions: Sequence[RuleVersion],
    figures: dict[int, Figures],
    of_shadow: dict[int, Figures],
) -> list[VersionLine]:
    people = [one.drafted_by_person for one in versions] + [one.approved_by for one in versions]
    known = {person for person in people if person is not None}
    names: dict[UUID | None, str] = dict(Person.objects.filter(id__in=known).values_list("id", "name"))
    return [
        VersionLine(
            version=one,
            drafted_by=names.get(one.drafted_by_person, "the pack" if one.drafted_by is None else "a key"),
            approved_by=names.get(one.approved_by, "a key" if one.approved_by else ""),
            figures=figures.get(one.version, Figures()),
            shadow=of_shadow.get(one.version),
            is_live=one.version == state.rule.live_version,
            is_shadow=one.version == state.rule.shadow_version,
            is_pending=state.pending is not None and one.version == state.pending.version,
        )
        for one in versions
    ]


def _difference(
    state: RuleState, parsed: dict[int, ParsedRule | None], numbers: dict[str, str | None]
) -> dict[str, Any]:
    """Two versions side by side: those that are asked for, else the live one and the one that is being worked on."""
    usual = {
        "from": state.live.version if state.live else None,
        "to": state.pending.version if state.pending else None,
    }
    chosen = {name: _number(text) if text else usual[name] for name, text in numbers.items()}
    if any(number is not None and number not in parsed for number in chosen.values()):
        raise NotFound("The rule has no such version")
    old, new = (parsed.get(chosen[name] or 0) for name in ("from", "to"))
    changes = rules_shown.differences(old, new) if old and new else None
    return {"changes": changes, "from_version": chosen["from"], "to_version": chosen["to"]}


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else 0


def _latest(now: datetime) -> dict[str, str]:
    """The days that a bypass may last, for the form's choices."""
    return {"1": "a day", "7": "a week", "30": "30 days", "90": "90 days"}
