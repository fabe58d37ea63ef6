"""A draft of the decision policy as an address holds it: only what differs from the version that decides.

Reads what a form or a link says into a change of the policy and writes it back as a query. It decides nothing: the
change goes through `parse_policy` like everybody's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.http import QueryDict

from ratel.problem import Invalid, Problem
from screening.policy import FOUR_EYES, LAYER_NAMES, LIST_KINDS, merged, parse_policy, policy_document
from screening.rules.problems import RuleProblems
from screening.services.changes import as_problems

WHOLE: Final = ("txReviewScore", "txEscalateScore", "txSarScore", "joinAlertsHours")
GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "bands": ("review", "escalate", "block"),
    "weights": LAYER_NAMES,
    "thresholds": LIST_KINDS,
}
# Ticked boxes: an empty value comes along, so that none ticked is told from not asked.
TICKED: Final[Mapping[str, tuple[str, ...]]] = {"failClosed": LAYER_NAMES, "fourEyes": FOUR_EYES}
_LONGEST: Final = 12


@dataclass(frozen=True)
class Draft:
    """`fields` is the whole document, the live one's where there are `problems`; `given` is what the form said."""

    fields: dict[str, Any]
    problems: tuple[Problem, ...]
    given: Mapping[str, str]


def draft_of(query: QueryDict, live: Mapping[str, Any]) -> Draft:
    """The live policy with what the query says over it."""
    problems: list[Problem] = []
    change = _change(query, problems)
    given = {name: str(query[name])[:_LONGEST] for name in query if name in WHOLE or "." in name}
    if not problems:
        try:
            return Draft(policy_document(parse_policy(merged(live, change))), (), given)
        except RuleProblems as found:
            problems = as_problems(found.problems)
    return Draft(dict(live), tuple(problems), given)


def change_in(form: QueryDict) -> dict[str, Any]:
    """The change that a form carries; whether it makes a policy is the service's to judge. Raises Invalid."""
    problems: list[Problem] = []
    change = _change(form, problems)
    if problems:
        raise Invalid(errors=problems)
    return change


def query_of(draft: Mapping[str, Any], live: Mapping[str, Any]) -> str:
    """What differs, as a query; empty where nothing does."""
    query = QueryDict(mutable=True)
    for key, value in draft.items():
        if value == live[key]:
            continue
        if key in GROUPS:
            query.update(
                {f"{key}.{name}": str(value[name]) for name in value if value[name] != live[key][name]}
            )
        elif key in TICKED:
            query.setlist(key, ["", *_ticked(value)])
        else:
            query[key] = str(value)
    return query.urlencode()


def _ticked(value: Any) -> list[str]:
    return [name for name in value if value[name]] if isinstance(value, Mapping) else list(value)


def _change(query: QueryDict, problems: list[Problem]) -> dict[str, Any]:
    change: dict[str, Any] = {}
    if "aggregation" in query:
        change["aggregation"] = str(query["aggregation"])
    for name in WHOLE:
        if name in query:
            number = _number(str(query[name]), name, problems)
            change[name] = int(number) if number == int(number) else float(number)
    for group, names in GROUPS.items():
        found = {name: f"{group}.{name}" for name in names if f"{group}.{name}" in query}
        if found:
            change[group] = {
                name: float(_number(str(query[field]), field, problems)) for name, field in found.items()
            }
    for name in TICKED:
        if name in query:
            change[name] = [str(one) for one in query.getlist(name) if one]
    return change


def _number(text: str, path: str, problems: list[Problem]) -> Decimal:
    try:
        number = Decimal(text.strip()[:_LONGEST])
        if number.is_finite() and abs(number) <= 1_000_000:
            return number
    except InvalidOperation:
        pass
    problems.append(Problem(path, "must be a number"))
    return Decimal(0)
