"""The builder's form and the rule document that it stands for, in both directions. Nothing is checked here: whatever is
missing or does not fit stays as it is written, and the one validator (`screening/rules/parse.py`) says what is wrong.

A node of a tree has a place such as `c.0.1` (conditions, first child, its second child); a field of the form is named
by its node's place and what it is: `c.0.1|op`. `.w` is an aggregate's filter, `.r` another value on the right side.
"""

from collections.abc import Mapping
from typing import Any, Final

from screening.rules.aggregates import FUNCTIONS, duration_text, window_seconds
from screening.rules.fields import ATTRIBUTE_PREFIX, find_field
from screening.rules.parse_tree import OPERATORS, STORED_OPERATORS

GROUPS: Final = ("all", "any", "none", "not_all")
MOST_CHILDREN: Final = 50
DEEPEST: Final = 12
UNITS: Final = {"hours": 3_600, "days": 86_400}
LISTED: Final = ("in", "not_in")
CONSTANT: Final = "value"
COUNTRY_LIST: Final = "list"
ANOTHER: Final = "other"
ATTRIBUTE: Final = "attribute"
_TEXTS: Final = ("code", "name", "description", "category", "explanation")
_WORDS: Final = ("type", "lane")
Form = Mapping[str, str]


def document_of(form: Any) -> dict[str, Any]:
    """The document that a posted form (a QueryDict) describes; keys that say nothing are None."""
    said: dict[str, Any] = {name: form.get(name, "").strip() for name in (*_TEXTS, *_WORDS)}
    said["explanation"] = said["explanation"] or None
    said["category"] = said["category"] or None
    said["groupBy"] = form.getlist("groupBy")
    said["drafts"] = form.getlist("drafts")
    said["tags"] = _parts(form.get("tags", ""))
    said["appliesWhen"] = _plain(node_of(form, "a"))
    count = _count(form.get("variants", ""))
    if count:
        said["variants"] = [_variant(form, position) for position in range(count)]
        return said
    said |= _consequence(form, "")
    said["conditions"] = _plain(node_of(form, "c")) or {"all": []}
    return said


def _plain(node: dict[str, Any] | None) -> dict[str, Any] | None:
    """A single comparison needs no group around it."""
    children = node.get("all") if node else None
    return children[0] if children is not None and len(children) == 1 and is_test(children[0]) else node


def is_test(document: Any) -> bool:
    return isinstance(document, Mapping) and not ({"all", "any", "not"} & document.keys())


def _variant(form: Form, position: int) -> dict[str, Any]:
    place = f"v{position}"
    explanation = form.get(f"{place}|explanation", "").strip() or None
    conditions = _plain(node_of(form, place)) or {"all": []}
    return {**_consequence(form, f"{place}|"), "conditions": conditions, "explanation": explanation}


def _consequence(form: Form, prefix: str) -> dict[str, Any]:
    return {
        "severity": form.get(f"{prefix}severity", "medium"),
        "action": form.get(f"{prefix}action", "alert"),
        "scoreContribution": _whole(form.get(f"{prefix}points", "")),
    }


def node_of(form: Form, place: str, depth: int = 0) -> dict[str, Any] | None:
    """The node at a place, None where the form has none."""
    kind = form.get(f"{place}|kind")
    if kind is None or depth > DEEPEST:
        return None
    if kind not in GROUPS:
        return _comparison(form, place, depth)
    children = [
        child
        for position in range(_count(form.get(f"{place}|n", "")))
        if (child := node_of(form, f"{place}.{position}", depth + 1)) is not None
    ]
    return group(kind, children)


def group(kind: str, children: list[dict[str, Any]]) -> dict[str, Any]:
    """A group as a document: "none of these" is the negation of any of them."""
    if kind in ("all", "any"):
        return {kind: children}
    if kind == "none" and len(children) == 1 and not ({"any", "all"} & children[0].keys()):
        return {"not": children[0]}
    return {"not": {"any" if kind == "none" else "all": children}}


def kind_of(document: Mapping[str, Any]) -> tuple[str, list[Any], str]:
    """A group's kind, its children, and where in the document they are; the kind of a comparison is "test"."""
    for kind in ("all", "any"):
        if kind in document:
            return kind, list(document[kind]), kind
    if "not" not in document:
        return "test", [], ""
    inner = document["not"]
    if isinstance(inner, Mapping) and "any" in inner:
        return "none", list(inner["any"]), "not.any"
    if isinstance(inner, Mapping) and "all" in inner:
        return "not_all", list(inner["all"]), "not.all"
    return "none", [inner], "not"


def _comparison(form: Form, place: str, depth: int) -> dict[str, Any]:
    left = _side(form, place, depth)
    operator = _fitting(left, form.get(f"{place}|op", ""), is_filter=".w" in place)
    said = {**left, "operator": operator}
    kind = form.get(f"{place}|right", CONSTANT)
    if kind == COUNTRY_LIST and operator in LISTED:
        return {**said, "value": {"list": form.get(f"{place}|list", "")}}
    if kind == ANOTHER:
        return {**said, "value": _side(form, f"{place}.r", depth)}
    return {**said, "value": _constant(form, place, left, operator)}


def operators_of(side: Mapping[str, Any], *, is_filter: bool) -> list[str]:
    """The operators that fit what is compared, as the validator has them."""
    found = find_field(str(side.get("field", ""))) if "field" in side else None
    kind = "decimal" if found is None or "times" in side else found.type
    return [name for name in OPERATORS[kind] if not is_filter or name in STORED_OPERATORS]


def _fitting(left: Mapping[str, Any], operator: str, *, is_filter: bool) -> str:
    """The operator that was chosen; where another field was chosen since, the first that fits it."""
    fitting = operators_of(left, is_filter=is_filter)
    return operator if operator in fitting else fitting[0]


def _side(form: Form, place: str, depth: int) -> dict[str, Any]:
    what = form.get(f"{place}|what", "")
    side: dict[str, Any]
    if what in FUNCTIONS:
        side = {"aggregate": _aggregate(form, place, what, depth)}
    elif what == ATTRIBUTE:
        side = {"field": ATTRIBUTE_PREFIX + form.get(f"{place}|attribute", "").strip()}
    else:
        side = {"field": what}
    times = form.get(f"{place}|times", "").strip()
    return side | {"times": _numeric(times)} if times else side


def _aggregate(form: Form, place: str, function: str, depth: int) -> dict[str, Any]:
    said: dict[str, Any] = {"function": function}
    if function == "distinct":
        said["of"] = form.get(f"{place}|of") or "counterparty"
    elif function != "count":
        said["of"] = "amount"
    unit = UNITS.get(form.get(f"{place}|unit", ""), UNITS["days"])
    # A week until somebody says another length.
    length = form.get(f"{place}|length", "7").strip()
    is_number = length.isascii() and length.isdigit() and len(length) <= 5
    said["window"] = duration_text(int(length) * unit) if is_number and int(length) else length
    alias = form.get(f"{place}|as", "").strip()
    if alias:
        said["as"] = alias
    where = _plain(node_of(form, f"{place}.w", depth + 1))
    return said | {"where": where} if where is not None else said


def _constant(form: Form, place: str, left: Mapping[str, Any], operator: str | None) -> Any:
    kind = type_of(left) if form.get(f"{place}|as_type") is None else form[f"{place}|as_type"]
    text = form.get(f"{place}|value", "").strip()
    if operator == "between":
        return [_numeric(text), _numeric(form.get(f"{place}|value2", "").strip())]
    if operator in LISTED:
        return [_typed(part, kind) for part in _parts(text)]
    found = find_field(str(left.get("field", "")))
    if found is not None and found.choices and text not in found.choices:
        # What the choice shows where nothing of it was chosen yet.
        return min(found.choices)
    typed = _typed(text, kind)
    # An attribute's text "0.5" would be text.
    return float(typed) if f"{place}|as_type" in form and kind == "number" and _is_fraction(typed) else typed


def _is_fraction(value: Any) -> bool:
    return isinstance(value, str) and value.count(".") == 1 and value.replace(".", "").lstrip("-").isdigit()


def type_of(side: Mapping[str, Any]) -> str:
    """number, boolean or text: how a constant beside this side is written."""
    if "aggregate" in side or "times" in side:
        return "number"
    field = find_field(str(side.get("field", "")))
    kind = field.type if field else "string"
    return "number" if kind in ("decimal", "integer") else "boolean" if kind == "boolean" else "text"


def _typed(text: str, kind: str) -> Any:
    if kind == "boolean":
        return text != "false"
    return _numeric(text) if kind == "number" else text


def _numeric(text: str) -> Any:
    """A number as its exact text, without what people put between thousands."""
    plain = text.replace(",", "").replace(" ", "")
    try:
        return int(plain) if plain.lstrip("-").isdigit() and len(plain) <= 19 else plain
    except ValueError:
        return plain


def _whole(text: str) -> Any:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else text or None


def _count(text: str) -> int:
    return min(int(text), MOST_CHILDREN) if text.isascii() and text.isdigit() and len(text) <= 3 else 0


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def length_of(window: Any) -> tuple[str, str]:
    """A window as a number and its unit, for the form."""
    seconds = window_seconds(window) if isinstance(window, str) else None
    if not seconds:
        return str(window or ""), "days"
    if seconds % UNITS["days"] == 0:
        return str(seconds // UNITS["days"]), "days"
    return str(seconds // UNITS["hours"]), "hours"
