"""What people do with rules at the desk: one service a button, refused when the rule has changed since it was seen."""

from collections.abc import Callable
from datetime import UTC, timedelta
from typing import Any, Final
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone

from ratel.identifiers import read, show
from ratel.problem import Invalid, NotFound, Problem
from screening.models import BackTest, Rule, RuleVersion
from screening.rule_trials.confidential import refuse_hidden
from screening.rule_trials.ranges import find, progress
from screening.rule_trials.result import Counted
from screening.rule_trials.services import USUAL_DAYS, back_test_cancel, back_test_start
from screening.rule_trials.work import rule_of
from screening.rules.sql import history_query
from screening.services import rules as services
from screening.services.rule_marks import unchanged
from screening.services.rule_states import RuleState
from screening.web.rules_charts import Chart, chart
from teams.web.desk import Desk, action, page

BYPASS_DAYS: Final = (1, 7, 30, 90)
_LONGEST_REASON: Final = 500


def _step(service: Callable[..., RuleState], said: str, needs: str = "write") -> Any:
    """An action that needs nothing but the rule."""

    @action(section="rules", needs=needs)
    def step(desk: Desk, rule_id: str) -> HttpResponse:
        return _done(desk, rule_id, said, lambda one: service(caller=desk.caller, rule_id=one))

    return step


def _done(desk: Desk, rule_id: str, said: str, service: Callable[[UUID | None], RuleState]) -> HttpResponse:
    identifier = read("rul", rule_id)
    with unchanged(desk.caller, identifier, desk.request.POST.get("mark", "")):
        state = service(identifier)
    desk.say(said.format(code=state.rule.code, version=state.working.version))
    return desk.to("rule", show("rul", state.rule.id))


submit = _step(services.rule_submit, "Version {version} of {code} waits for approval by somebody else.")
approve = _step(services.rule_approve, "Version {version} of {code} is live.", needs="approve")
pause = _step(services.rule_pause, "{code} is paused: it decides nothing until it is activated.")
activate = _step(services.rule_activate, "{code} is active again.")
archive = _step(services.rule_archive, "{code} is archived.")
shadow = _step(
    services.rule_shadow, "Version {version} of {code} runs in the shadow: counted, never decisive."
)
unshadow = _step(services.rule_unshadow, "{code} has left the shadow; what was counted stays.")


@action(section="rules", needs="write")
def reject(desk: Desk, rule_id: str) -> HttpResponse:
    reason = _reason(desk)
    return _done(
        desk,
        rule_id,
        "Version {version} of {code} is a draft again.",
        lambda one: services.rule_reject(caller=desk.caller, rule_id=one, reason=reason),
    )


@action(section="rules", needs="write")
def bypass(desk: Desk, rule_id: str) -> HttpResponse:
    """For so many days; 0 ends it."""
    text = desk.request.POST.get("days", "")
    days = int(text) if text in {"0", *map(str, BYPASS_DAYS)} else None
    if days is None:
        raise Invalid(errors=[Problem("days", f"must be one of {', '.join(map(str, BYPASS_DAYS))}")])
    until = timezone.now() + timedelta(days=days, minutes=-1) if days else None
    reason = _reason(desk) if days else ""
    said = "{code} rests" + (f" for {days} day{'s' if days > 1 else ''}." if days else " no longer.")
    return _done(
        desk,
        rule_id,
        said,
        lambda one: services.rule_bypass(caller=desk.caller, rule_id=one, until=until, reason=reason),
    )


def _reason(desk: Desk) -> str:
    reason = desk.request.POST.get("reason", "").strip()
    if not 1 <= len(reason) <= _LONGEST_REASON or "\x00" in reason:
        raise Invalid(errors=[Problem("reason", f"must be text of 1 to {_LONGEST_REASON} characters")])
    return reason


@action(section="rules", needs="write")
def start_back_test(desk: Desk, rule_id: str) -> HttpResponse:
    text = desk.request.POST.get("days", str(USUAL_DAYS))
    number = desk.request.POST.get("version", "")
    test = back_test_start(
        caller=desk.caller,
        rule_id=read("rul", rule_id),
        days=int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else 0,
        version=int(number) if number.isascii() and number.isdigit() and len(number) <= 9 else None,
    )
    desk.say(f"Version {test.version} is being tested over the last {test.days} days.")
    return desk.to("back-test", show("rul", test.rule_id), show("bkt", test.id))


@action(section="rules", needs="write")
def cancel_back_test(desk: Desk, rule_id: str, back_test_id: str) -> HttpResponse:
    test = back_test_cancel(
        caller=desk.caller, rule_id=read("rul", rule_id), back_test_id=read("bkt", back_test_id)
    )
    desk.say("The back-test is cancelled.")
    return desk.to("back-test", show("rul", test.rule_id), show("bkt", test.id))


@page(section="rules", needs="read")
def back_test(desk: Desk, rule_id: str, back_test_id: str) -> HttpResponse:
    """How far a back-test is, and its result. Asked for by htmx it is only the part that changes."""
    test = find(desk.caller.team.id, read("rul", rule_id), read("bkt", back_test_id))
    if test is None:
        raise NotFound("There is no such back-test")
    refuse_hidden(desk.caller, [test.document])
    done, ranges = progress([test]).get(test.id, (0, 0))
    counted = Counted.read(test.result) if test.result else None
    template = (
        "desk/rules/back_test_result.html"
        if "HX-Request" in desk.request.headers
        else "desk/rules/back_test.html"
    )
    return desk.render(
        template,
        {
            "test": test,
            "rule": Rule.objects.get(id=test.rule_id),
            "rule_id": show("rul", test.rule_id),
            "test_id": show("bkt", test.id),
            "done": done,
            "ranges": ranges,
            "is_open": test.finished_at is None,
            "counted": counted,
            "chart": _chart(test, counted) if counted else None,
            "examples": _examples(counted) if counted else [],
            "left_out": history_query(rule_of(test)).left_out,
            "is_current": RuleVersion.objects.filter(
                rule_id=test.rule_id, version=test.version, document=test.document
            ).exists(),
        },
    )


def _chart(test: BackTest, counted: Counted) -> Chart:
    """Every day of the span, also those on which nothing was decided."""
    last = test.created_at.astimezone(UTC).date()
    every = [last - timedelta(days=back) for back in range(test.days, -1, -1)]
    of_day = {day: counted.days.get(day.isoformat(), [0, 0, 0, 0]) for day in every}
    return chart([(day, counts[1], counts[2]) for day, counts in of_day.items()], "hits", "alerts added")


def _examples(counted: Counted) -> list[tuple[str, str, list[dict[str, Any]]]]:
    titles = {
        "added": "Alerts that it would add",
        "removed": "Alerts that it would remove",
        "hits": "Other hits",
    }
    return [
        (kind, title, list(reversed(counted.examples[kind])))
        for kind, title in titles.items()
        if counted.examples.get(kind)
    ]
