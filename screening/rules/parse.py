"""From a document to a rule, or to the complete list of what is wrong with it.

Every rule that is saved went through here, so that no saved rule can crash an evaluation. It must never
accept a key that it does not understand.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, cast

from screening.rules import rule as kinds
from screening.rules.aggregates import GROUPING_KEYS
from screening.rules.document import rule_document
from screening.rules.fields import find_field
from screening.rules.nodes import AggregateRef, AnyOf, Node, references
from screening.rules.parse_compact import compact_node
from screening.rules.parse_tree import Reader
from screening.rules.parse_typed import is_typed, typed_node
from screening.rules.problems import LONGEST_STRING, Problem, Review, RuleProblems, join, shortened
from screening.rules.rule import Layer, Rule, Variant
from screening.rules.template import TemplateError, template_names
from screening.rules.values import known_word, storable

__all__ = ["Problem", "RuleProblems", "parse_rule", "rule_document"]

MOST_POINTS: Final = 1_000
MOST_VARIANTS: Final = 10
MOST_TAGS: Final = 20
CODE: Final = re.compile(r"[A-Z0-9_-]{1,64}")
_TREE_KEYS: Final = frozenset({"all", "any", "not", "field", "aggregate"})
_CONSEQUENCE_KEYS: Final = frozenset({"severity", "action", "scoreContribution", "conditions"})
_VARIANT_KEYS: Final = _CONSEQUENCE_KEYS | {"explanation"}
_RULE_KEYS: Final = _VARIANT_KEYS | {
    *(
        "code",
        "name",
        "description",
        "lane",
        "category",
        "type",
        "appliesWhen",
        "groupBy",
        "variants",
        "drafts",
        "tags",
    )
}


def parse_rule(
    document: Mapping[str, Any],
    *,
    country_lists: Mapping[str, frozenset[str]],
    rule_id: str,
    version: int,
    layer: Layer,
    bypassed_until: datetime | None = None,
) -> Rule:
    """The rule that a document describes. Raises RuleProblems with all that is wrong and where."""
    review = Review()
    if not isinstance(document, Mapping):
        raise RuleProblems([Problem("", "a rule must be an object")])
    given = {key: value for key, value in document.items() if value is not None}
    review.unknown_keys(given, _RULE_KEYS, "")
    group_by = _words(given.get("groupBy", []), GROUPING_KEYS, review, "groupBy")
    reader = Reader(review, country_lists, group_by)
    variants = _variants(given, reader)
    own = None if "variants" in given else _variant(given, reader, "")
    applies_when = (
        _conditions(given["appliesWhen"], reader, "appliesWhen") if "appliesWhen" in given else None
    )
    described = _description(given, review)
    _check_explanations(given, reader)
    _check_grouping(group_by, own, variants, applies_when, review)
    if review.problems or not (own or variants):
        raise RuleProblems(review.problems)
    most = own or max(variants, key=lambda variant: variant.score_contribution)
    return Rule(
        rule_id=rule_id,
        severity=most.severity,
        action=most.action,
        score_contribution=most.score_contribution,
        conditions=own.conditions if own else AnyOf(tuple(variant.conditions for variant in variants)),
        applies_when=applies_when,
        group_by=group_by,
        variants=variants,
        explanation=given.get("explanation"),
        version=version,
        layer=layer,
        bypassed_until=bypassed_until,
        **described,
    )


def _conditions(document: Any, reader: Reader, path: str) -> Node | None:
    """Conditions in whichever of the three forms they are written."""
    if not isinstance(document, Mapping):
        reader.review.refuse(path, "must be an object")
        return None
    if _TREE_KEYS & document.keys():
        return reader.node(document, path)
    return typed_node(document, reader, path) if is_typed(document) else compact_node(document, reader, path)


def _variants(given: Mapping[str, Any], reader: Reader) -> tuple[Variant, ...]:
    if "variants" not in given:
        return ()
    for key in _CONSEQUENCE_KEYS & given.keys():
        reader.review.refuse(key, "each variant says its own")
    listed = given["variants"]
    if not isinstance(listed, list | tuple) or not 1 <= len(listed) <= MOST_VARIANTS:
        reader.review.refuse("variants", f"must be a list of 1 to {MOST_VARIANTS} variants")
        return ()
    found = [_listed_variant(item, reader, f"variants[{index}]") for index, item in enumerate(listed)]
    return tuple(variant for variant in found if variant is not None)


def _listed_variant(item: Any, reader: Reader, path: str) -> Variant | None:
    if not isinstance(item, Mapping):
        reader.review.refuse(path, "must be an object")
        return None
    given = {key: value for key, value in item.items() if value is not None}
    reader.review.unknown_keys(given, _VARIANT_KEYS, path)
    return _variant(given, reader, path)


def _variant(given: Mapping[str, Any], reader: Reader, path: str) -> Variant | None:
    """Conditions and what follows from them; the rule's own when it has no variants."""
    review = reader.review
    points = _points(given.get("scoreContribution"), review, join(path, "scoreContribution"))
    severity = known_word(given.get("severity", "medium"), kinds.SEVERITIES, review, join(path, "severity"))
    action = known_word(given.get("action", "alert"), kinds.ACTIONS, review, join(path, "action"))
    if "conditions" not in given:
        review.refuse(join(path, "conditions"), "missing")
        return None
    conditions = _conditions(given["conditions"], reader, join(path, "conditions"))
    if conditions is None or points is None or severity is None or action is None:
        return None
    explanation = given.get("explanation") if path else None
    return Variant(
        conditions, points, cast(kinds.Severity, severity), cast(kinds.Action, action), explanation
    )


def _points(value: Any, review: Review, path: str) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_POINTS:
        return value
    review.refuse(path, "missing" if value is None else f"must be a whole number from 0 to {MOST_POINTS}")
    return None


def _description(given: Mapping[str, Any], review: Review) -> dict[str, Any]:
    """The fields that say what the rule is about."""
    code = given.get("code")
    if not isinstance(code, str) or not CODE.fullmatch(code):
        review.refuse("code", "must be 1 to 64 of A-Z, 0-9, _ and -")
    if "name" not in given:
        review.refuse("name", "missing")
    return {
        "code": code,
        "name": _text(given.get("name", "-"), review, "name", 200, shortest=1),
        "description": _text(given.get("description", ""), review, "description", LONGEST_STRING),
        "category": _text(given.get("category", "general"), review, "category", 64, shortest=1),
        "lane": known_word(given.get("lane", "transaction"), kinds.LANES, review, "lane"),
        "type": known_word(given.get("type", "threshold"), kinds.RULE_TYPES, review, "type"),
        "drafts": _words(given.get("drafts", []), kinds.REPORT_CODES, review, "drafts"),
        "tags": _tags(given.get("tags", []), review),
    }


def _text(value: Any, review: Review, path: str, longest: int, shortest: int = 0) -> str | None:
    if (
        isinstance(value, str)
        and shortest <= len(value.strip())
        and len(value) <= longest
        and storable(value)
    ):
        return value
    review.refuse(path, f"must be text of {shortest} to {longest} characters")
    return None


def _words(value: Any, known: tuple[str, ...], review: Review, path: str) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        review.refuse(path, "must be a list")
        return ()
    if len(value) > len(known):
        review.refuse(path, f"at most {len(known)} items")
        return ()
    found = [known_word(item, known, review, f"{path}[{index}]") for index, item in enumerate(value)]
    return tuple(dict.fromkeys(word for word in found if word is not None))


def _tags(value: Any, review: Review) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or len(value) > MOST_TAGS:
        review.refuse("tags", f"must be a list of at most {MOST_TAGS} tags")
        return ()
    found = [_text(item, review, f"tags[{index}]", 64, shortest=1) for index, item in enumerate(value)]
    return tuple(tag for tag in found if tag is not None)


def _check_explanations(given: Mapping[str, Any], reader: Reader) -> None:
    """Templates are read after all conditions, when every `as` name is known."""
    templates = [("explanation", given.get("explanation"))]
    variants = given.get("variants")
    if isinstance(variants, list | tuple):
        listed = enumerate(variants[:MOST_VARIANTS])
        templates += [
            (f"variants[{i}].explanation", item.get("explanation"))
            for i, item in listed
            if isinstance(item, Mapping)
        ]
    for path, template in templates:
        if template is not None:
            _check_template(template, reader, path)


def _check_template(template: Any, reader: Reader, path: str) -> None:
    if _text(template, reader.review, path, LONGEST_STRING, shortest=1) is None:
        return
    try:
        names = template_names(template)
    except TemplateError as error:
        reader.review.refuse(path, str(error))
        return
    for name in names:
        field = find_field(name)
        if name not in reader.aliases and (field is None or field.name != name):
            reader.review.refuse(path, f"unknown name {shortened(name)!r} in a placeholder")


def _check_grouping(
    group_by: tuple[str, ...],
    own: Variant | None,
    variants: tuple[Variant, ...],
    applies_when: Node | None,
    review: Review,
) -> None:
    if not group_by or review.problems:
        return
    trees = [variant.conditions for variant in (own, *variants) if variant is not None]
    trees += [applies_when] if applies_when is not None else []
    if not any(isinstance(side, AggregateRef) for tree in trees for side in references(tree)):
        review.refuse("groupBy", "groups windows, but the rule has none")
