"""A rule in words: one sentence, its conditions as an outline, and two versions side by side, word by word."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from screening.rules.nodes import AllOf, AnyOf, Comparison, Node, Not
from screening.rules.rule import Rule, Variant
from screening.rules.wording import described

_ACTIONS: Final = {
    "alert": "",
    "review": " and asks for review",
    "escalate": " and asks for escalation",
    "block": " and blocks",
}
_WORD: Final = re.compile(r"\s+|[^\s]+")


@dataclass(frozen=True)
class Outline:
    """One line, and what stands below it."""

    text: str
    below: tuple["Outline", ...] = ()


@dataclass(frozen=True)
class Alternative:
    """One way to hit: its conditions, and what follows."""

    outline: Outline
    consequence: str


def sentence(rule: Rule) -> str:
    """What the rule does, in one sentence; of one with variants what the first of them does."""
    first, *others = alternatives_of(rule)
    words = f"Hits when {described(rule.alternatives[0])}; a hit {first.consequence}"
    if others:
        words += f"; {len(others)} milder or other variant{'s' if len(others) > 1 else ''} otherwise"
    if rule.applies_when is not None:
        words += f". Applies only where {described(rule.applies_when)}"
    return words + "."


def alternatives_of(rule: Rule) -> list[Alternative]:
    count = max(len(rule.variants), 1)
    chosen = [rule.chosen(position) for position in range(count)]
    return [Alternative(outline(one.conditions), _consequence(one)) for one in chosen]


def _consequence(variant: Variant) -> str:
    points = variant.score_contribution
    word = "point" if points == 1 else "points"
    return f"gives {points} {word} of {variant.severity} severity{_ACTIONS[variant.action]}"


def outline(node: Node, *, negated: bool = False) -> Outline:
    if isinstance(node, Comparison):
        text = described(node)
        return Outline(f"not: {text}" if negated else text)
    if isinstance(node, Not):
        if isinstance(node.child, AllOf | AnyOf) and not negated:
            return outline(node.child, negated=True)
        return Outline("not", (outline(node.child),)) if negated else outline(node.child, negated=True)
    return Outline(_heading(node, negated=negated), tuple(outline(child) for child in node.children))


def _heading(node: AllOf | AnyOf, *, negated: bool) -> str:
    if isinstance(node, AllOf):
        return "not all of" if negated else "all of"
    return "none of" if negated else "at least one of"


@dataclass(frozen=True)
class Piece:
    """Some words of a line: `same`, `gone` or `new`."""

    kind: str
    text: str


@dataclass(frozen=True)
class Difference:
    label: str
    pieces: tuple[Piece, ...]


def differences(old: Rule, new: Rule) -> list[Difference]:
    """Of two versions the lines that differ, each with what is gone and what is new."""
    before, after = dict(_lines(old)), dict(_lines(new))
    return [
        Difference(label, tuple(_pieces(before.get(label, ""), after.get(label, ""))))
        for label in {**before, **after}
        if before.get(label, "") != after.get(label, "")
    ]


def _lines(rule: Rule) -> Iterator[tuple[str, str]]:
    """A rule as labelled texts, in the order in which it is read."""
    yield "Code", rule.code
    yield "Name", rule.name
    yield "Description", rule.description
    yield "Category", rule.category
    yield "Type", rule.type
    yield "Lane", rule.lane
    for position, one in enumerate(alternatives_of(rule), 1):
        label = f"Variant {position}" if rule.variants else "Conditions"
        yield label, _text(one.outline)
        yield f"{label}: a hit", one.consequence
        if rule.variants:
            yield f"{label}: explanation", rule.variants[position - 1].explanation or ""
    yield "Applies where", "" if rule.applies_when is None else _text(outline(rule.applies_when))
    yield "Windows grouped by", ", ".join(rule.group_by)
    yield "Explanation", rule.explanation or ""
    yield "Drafts", ", ".join(rule.drafts)
    yield "Tags", ", ".join(rule.tags)


def _text(one: Outline, depth: int = 0) -> str:
    lines = ["  " * depth + one.text, *(_text(child, depth + 1) for child in one.below)]
    return "\n".join(lines)


def _pieces(before: str, after: str) -> Iterator[Piece]:
    old, new = _WORD.findall(before), _WORD.findall(after)
    for tag, a, b, c, d in SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        if tag == "equal":
            yield Piece("same", _joined(old[a:b]))
            continue
        if b > a:
            yield Piece("gone", _joined(old[a:b]))
        if d > c:
            yield Piece("new", _joined(new[c:d]))


def _joined(words: Sequence[str]) -> str:
    return "".join(words)
