"""What the builder's buttons do to a rule document: add, remove, move, group. Pure; a place that is not there changes
nothing."""

from copy import deepcopy
from typing import Any, Final

from screening.web.rules_form import GROUPS, group, is_test, kind_of

NEW_TEST: Final[dict[str, Any]] = {"field": "amount", "operator": ">=", "value": ""}
NEW_FILTER: Final[dict[str, Any]] = {"field": "direction", "operator": "==", "value": "debit"}
_ROOTS: Final = {"c": "conditions", "a": "appliesWhen"}


def applied(document: dict[str, Any], do: str) -> tuple[dict[str, Any], str]:
    """The document after an action such as `add:c.0`, and the place that is worked on next ("" where that is none)."""
    changed = _grouped(deepcopy(document))
    action, _, place = do.partition(":")
    if action in _ON_RULES:
        return changed, _ON_RULES[action](changed, place)
    action_on_node = _ON_NODES.get(action)
    if action_on_node is None or not place:
        return changed, ""
    found = _Place.find(changed, place)
    return changed, action_on_node(found) if found is not None else ""


def _grouped(document: dict[str, Any]) -> dict[str, Any]:
    """The rule with a group at the root of each of its trees, so that there is something to add to."""
    for holder, key in ((document, "conditions"), (document, "appliesWhen")):
        if is_test(holder.get(key)):
            holder[key] = {"all": [holder[key]]}
    for variant in document.get("variants") or []:
        if is_test(variant.get("conditions")):
            variant["conditions"] = {"all": [variant["conditions"]]}
    return document


class _Place:
    """A node in a document: the container that holds it, under which key, and the way to it."""

    def __init__(self, container: Any, key: Any, place: str, parent: "_Place | None") -> None:
        self.container, self.key, self.place, self.parent = container, key, place, parent

    @property
    def node(self) -> Any:
        return self.container[self.key]

    @node.setter
    def node(self, value: Any) -> None:
        self.container[self.key] = value

    @classmethod
    def find(cls, document: dict[str, Any], place: str) -> "_Place | None":
        root, *steps = place.split(".")
        holder: Any = document
        key: Any = _ROOTS.get(root)
        if key is None:
            number = root.removeprefix("v")
            variants = document.get("variants") or []
            if not number.isdigit() or int(number) >= len(variants):
                return None
            holder, key = variants[int(number)], "conditions"
        if not isinstance(holder.get(key), dict):
            return None
        found = cls(holder, key, root, None)
        for step in steps:
            following = found.child(step)
            if following is None:
                return None
            found = following
        return found

    def child(self, step: str) -> "_Place | None":
        place = f"{self.place}.{step}"
        node = self.node
        if step == "r":
            value = node.get("value")
            return _Place(node, "value", place, self) if isinstance(value, dict) else None
        if step == "w":
            aggregate = node.get("aggregate")
            if not isinstance(aggregate, dict) or not isinstance(aggregate.get("where"), dict):
                return None
            if is_test(aggregate["where"]):
                aggregate["where"] = {"all": [aggregate["where"]]}
            return _Place(aggregate, "where", place, self)
        _, children, _ = kind_of(node)
        if not step.isdigit() or int(step) >= len(children):
            return None
        return _Child(self, int(step), place)

    def children(self) -> list[Any]:
        return kind_of(self.node)[1]

    def replace_children(self, children: list[Any]) -> None:
        kind = kind_of(self.node)[0]
        self.node = group(kind, children)


class _Child(_Place):
    """A member of a group; changing it writes the whole group anew, because "none" may change its form."""

    def __init__(self, parent: _Place, position: int, place: str) -> None:
        super().__init__(None, position, place, parent)
        self.group = parent

    @property
    def node(self) -> Any:
        return self.group.children()[self.key]

    @node.setter
    def node(self, value: Any) -> None:
        children = self.group.children()
        children[self.key] = value
        self.group.replace_children(children)


def _add(found: _Place) -> str:
    return _append(found, deepcopy(NEW_FILTER if ".w" in found.place else NEW_TEST))


def _add_group(found: _Place) -> str:
    new = deepcopy(NEW_FILTER if ".w" in found.place else NEW_TEST)
    return f"{_append(found, {'any': [new]})}.0"


def _append(found: _Place, new: dict[str, Any]) -> str:
    if kind_of(found.node)[0] not in GROUPS:
        return found.place
    found.replace_children([*found.children(), new])
    return f"{found.place}.{len(found.children()) - 1}"


def _remove(found: _Place) -> str:
    if isinstance(found, _Child):
        children = found.group.children()
        del children[found.key]
        found.group.replace_children(children)
        return found.group.place
    if found.parent is not None and isinstance(found.container, dict):
        # An aggregate's filter.
        del found.container[found.key]
        return found.parent.place
    found.node = {"all": []}
    return found.place


def _move(by: int) -> Any:
    def moved(found: _Place) -> str:
        if not isinstance(found, _Child):
            return found.place
        children = found.group.children()
        target = found.key + by
        if 0 <= target < len(children):
            children[found.key], children[target] = children[target], children[found.key]
            found.group.replace_children(children)
            return f"{found.group.place}.{target}"
        return found.place

    return moved


def _wrap(found: _Place) -> str:
    found.node = {"any": [found.node]}
    return f"{found.place}.0"


def _unwrap(found: _Place) -> str:
    """The members of a group into the group around it."""
    kind, inner, _ = kind_of(found.node)
    if not isinstance(found, _Child) or kind not in GROUPS:
        return found.place
    children = found.group.children()
    children[found.key : found.key + 1] = inner
    found.group.replace_children(children)
    return found.group.place


def _filter(found: _Place) -> str:
    aggregate = found.node.get("aggregate") if isinstance(found.node, dict) else None
    if not isinstance(aggregate, dict):
        return found.place
    aggregate["where"] = {"all": [deepcopy(NEW_FILTER)]}
    return f"{found.place}.w.0"


def _applies(document: dict[str, Any], what: str) -> str:
    document["appliesWhen"] = {"all": [deepcopy(NEW_TEST)]} if what == "add" else None
    return "a.0" if what == "add" else ""


def _variant(document: dict[str, Any], what: str) -> str:
    """The first variant takes what the rule says itself over; the last one gives it back."""
    own = ("conditions", "severity", "action", "scoreContribution")
    variants = list(document.get("variants") or [])
    if what == "add":
        if not variants:
            variants = [{key: document.pop(key, None) for key in own}]
        variants.append({**deepcopy(variants[-1]), "explanation": None})
    elif what.isdigit() and int(what) < len(variants):
        del variants[int(what)]
    if len(variants) == 1 and what != "add":
        document |= {key: variants[0].get(key) for key in own}
        document.pop("variants", None)
        return "c"
    document["variants"] = variants
    return f"v{len(variants) - 1}"


_ON_NODES: Final[dict[str, Any]] = {
    "add": _add,
    "group": _add_group,
    "remove": _remove,
    "up": _move(-1),
    "down": _move(1),
    "wrap": _wrap,
    "unwrap": _unwrap,
    "filter": _filter,
}
_ON_RULES: Final[dict[str, Any]] = {"applies": _applies, "variant": _variant}
