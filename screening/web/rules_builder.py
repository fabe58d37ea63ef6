"""The rule builder: a form that the server draws from a rule document and reads back into one. Each button of the form
posts it with what it does; the answer is the form as it is then. Nothing is stored until it is saved."""

from typing import Any, Final

import orjson
from django.http import HttpResponse

from ratel.identifiers import new_id, read, show
from ratel.problem import Conflict, Invalid, Problem
from screening.packs import load_pack
from screening.rules.aggregates import GROUPING_KEYS
from screening.rules.parse import parse_rule, rule_document
from screening.rules.problems import RuleProblems
from screening.rules.rule import ACTIONS, LANES, REPORT_CODES, RULE_TYPES, SEVERITIES
from screening.rules.rule import Rule as ParsedRule
from screening.services import rules as services
from screening.services.rule_marks import mark_of, unchanged
from screening.services.rule_states import load_state
from screening.web.rules_form import document_of
from screening.web.rules_nodes import KINDS, SUBJECTS, Problems, root
from screening.web.rules_shown import sentence
from screening.web.rules_tree import NEW_TEST, applied
from teams.web.desk import Desk, action, page

_LONGEST_JSON: Final = 200_000
_NEW: Final[dict[str, Any]] = {
    "type": "threshold",
    "lane": "transaction",
    "severity": "medium",
    "action": "alert",
    "scoreContribution": 10,
    "conditions": NEW_TEST,
}
# A form may send keys that say nothing, so that a change removes what was there.
_ABSENT: Final = ("explanation", "appliesWhen", "variants", "conditions", "category")


@page(section="rules", needs="write")
def new(desk: Desk) -> HttpResponse:
    return desk.render(
        "desk/rules/builder_page.html", {**_builder(desk, dict(_NEW), is_untouched=True), "is_new": True}
    )


@page(section="rules", needs="write")
def edit(desk: Desk, rule_id: str) -> HttpResponse:
    state = load_state(desk.caller.team.id, read("rul", rule_id))
    state.require("update")
    extra = {"rule": state.rule, "rule_id": show("rul", state.rule.id), "mark": mark_of(state)}
    extra["pending"] = state.pending
    return desk.render(
        "desk/rules/builder_page.html", {**_builder(desk, dict(state.working.document)), **extra}
    )


@action(section="rules", needs="write")
def build(desk: Desk) -> HttpResponse:
    """The form after what its `do` says: a button's action, or `check` after a change."""
    form = desk.request.POST
    do, focus, problem = form.get("do", "check"), "", ""
    document = document_of(form)
    if do == "json":
        document, problem = _from_text(desk, form.get("json", ""), document)
    elif do != "check":
        document, focus = applied(document, do)
    context = _builder(desk, document) | {"focus": focus, "json_problem": problem}
    if problem:
        context["json"] = form.get("json", "")[:_LONGEST_JSON]
    context |= {name: form.get(name, "") for name in ("rule_id", "mark")}
    return desk.render(_template(desk, do), context)


def _template(desk: Desk, do: str) -> str:
    """With htmx only the form, after a mere check only what is wrong; the whole page without."""
    if "HX-Request" not in desk.request.headers:
        return "desk/rules/builder_page.html"
    return "desk/rules/builder_check.html" if do == "check" else "desk/rules/builder.html"


@action(section="rules", needs="write")
def create(desk: Desk) -> HttpResponse:
    document = document_of(desk.request.POST)
    try:
        state = services.rule_create(caller=desk.caller, document=_without_nothing(document))
    except (Invalid, Conflict) as refused:
        return _refused(desk, document, refused)
    desk.say(f"{state.rule.code} is a draft. Test it over the past, then submit it.")
    return desk.to("rule", show("rul", state.rule.id))


@action(section="rules", needs="write")
def save(desk: Desk, rule_id: str) -> HttpResponse:
    identifier = read("rul", rule_id)
    document = document_of(desk.request.POST)
    change = {**dict.fromkeys(_ABSENT), **document}
    try:
        with unchanged(desk.caller, identifier, desk.request.POST.get("mark", "")):
            state = services.rule_update(caller=desk.caller, rule_id=identifier, change=change)
    except (Invalid, Conflict) as refused:
        return _refused(desk, document, refused, rule_id)
    desk.say(f"Version {state.working.version} of {state.rule.code} is a draft.")
    return desk.to("rule", show("rul", state.rule.id))


def _refused(
    desk: Desk, document: dict[str, Any], refused: Invalid | Conflict, rule_id: str = ""
) -> HttpResponse:
    """The form again as it was typed, with what is wrong."""
    extra = {"rule_id": rule_id, "mark": desk.request.POST.get("mark", "")}
    extra["refused"] = "" if isinstance(refused, Invalid) and refused.errors else refused.detail
    return desk.render(
        "desk/rules/builder_page.html", {**_builder(desk, document), **extra}, status=refused.status
    )


def _builder(desk: Desk, document: dict[str, Any], *, is_untouched: bool = False) -> dict[str, Any]:
    """What the form shows. Of a rule that nobody has touched yet nothing is said to be wrong."""
    parsed, found = _checked(desk, document)
    problems = Problems([] if is_untouched else found)
    variants = document.get("variants") or []
    lists = load_pack(desk.caller.team.pack).country_lists
    return {
        "document": document,
        "tree": None if variants else root(document.get("conditions"), "c", "conditions", problems),
        "applies": root(document.get("appliesWhen"), "a", "appliesWhen", problems),
        "variants": [
            {
                "document": one,
                "place": f"v{position}",
                "number": position + 1,
                "remove": f"variant:{position}",
                "tree": root(
                    one.get("conditions"), f"v{position}", f"variants[{position}].conditions", problems
                ),
            }
            for position, one in enumerate(variants)
        ],
        "of": _of_fields(problems),
        "rest": problems.rest,
        "problem_count": len(problems.found),
        "sentence": sentence(parsed) if parsed else "",
        "json": orjson.dumps(
            rule_document(parsed) if parsed else _without_nothing(document), option=orjson.OPT_INDENT_2
        ).decode(),
        "kinds": KINDS,
        "subjects": SUBJECTS,
        "lists": sorted(lists),
        "severities": SEVERITIES,
        "actions": ACTIONS,
        "types": RULE_TYPES,
        "lanes": LANES,
        "reports": REPORT_CODES,
        "grouping": GROUPING_KEYS,
        "tags": ", ".join(str(tag) for tag in document.get("tags") or []),
    }


def _of_fields(problems: Problems) -> dict[str, str]:
    """What is wrong beside the rule's own fields."""
    names = ("code", "name", "description", "category", "scoreContribution", "explanation", "groupBy", "tags")
    return {name: "; ".join(problems.at(name, below=True)) for name in names}


def _checked(desk: Desk, document: dict[str, Any]) -> tuple[ParsedRule | None, list[Problem]]:
    try:
        parsed = parse_rule(
            _without_nothing(document),
            country_lists=load_pack(desk.caller.team.pack).country_lists,
            rule_id=str(new_id()),
            version=1,
            layer="custom_rules",
        )
    except RuleProblems as found:
        return None, [Problem(one.path, one.message) for one in found.problems]
    return parsed, []


def _without_nothing(document: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in document.items() if value not in (None, "", [])}


def _from_text(desk: Desk, text: str, kept: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """The rule that the JSON says, in the tree form; what was there before, and why, where it says none."""
    try:
        given = orjson.loads(text[:_LONGEST_JSON])
    except orjson.JSONDecodeError:
        return kept, "This is not JSON."
    if not isinstance(given, dict):
        return kept, "A rule is an object."
    parsed, problems = _checked(desk, given)
    if parsed is None:
        return kept, " ".join(f"{one.path}: {one.message}." for one in problems[:5])
    return rule_document(parsed), ""
