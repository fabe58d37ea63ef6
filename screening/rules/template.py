"""Explanation templates: text with {placeholders}, which are names or tiny arithmetic over names.

Parsed by a reader of a dozen lines; a placeholder must never reach Python as code.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, Final

from screening.rules.fields import FIELDS, is_attribute

MOST_PLACEHOLDERS: Final = 20
MOST_TOKENS: Final = 31
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_TOKEN = re.compile(r"\s*(\d+(?:\.\d+)?|[A-Za-z_][A-Za-z0-9_.]*|[-+*/()])\s*")
_PRECEDENCE: Final = {"+": 1, "-": 1, "*": 2, "/": 2}


class TemplateError(ValueError):
    """The template cannot be read; the message says why."""


@dataclass(frozen=True, slots=True)
class Placeholder:
    """One placeholder in postfix order; a single name shows its value, anything else its computed number."""

    steps: tuple[str | Decimal, ...]

    @property
    def name(self) -> str | None:
        """The name, when the placeholder is nothing but a name."""
        only = self.steps[0] if len(self.steps) == 1 else None
        return only if isinstance(only, str) else None

    def names(self) -> Iterator[str]:
        """Every name that is read."""
        return (step for step in self.steps if isinstance(step, str) and step not in _PRECEDENCE)


@lru_cache(maxsize=4096)
def parse_template(template: str) -> tuple[str | Placeholder, ...]:
    """Text and placeholders in order. Raises TemplateError."""
    parts = _PLACEHOLDER.split(template)
    texts, expressions = parts[::2], parts[1::2]
    if any("{" in text or "}" in text for text in texts):
        raise TemplateError("a brace has no partner")
    if len(expressions) > MOST_PLACEHOLDERS:
        raise TemplateError(f"at most {MOST_PLACEHOLDERS} placeholders")
    pieces: list[str | Placeholder] = [texts[0]]
    for expression, text in zip(expressions, texts[1:], strict=True):
        pieces += [_placeholder(expression.strip()), text]
    return tuple(piece for piece in pieces if piece != "")


def template_names(template: str) -> tuple[str, ...]:
    """Every name that the template reads, once, in order."""
    placeholders = (piece for piece in parse_template(template) if isinstance(piece, Placeholder))
    return tuple(dict.fromkeys(name for placeholder in placeholders for name in placeholder.names()))


def _placeholder(expression: str) -> Placeholder:
    if expression in FIELDS or is_attribute(expression):
        return Placeholder((expression,))
    tokens: list[str] = []
    position = 0
    while position < len(expression):
        found = _TOKEN.match(expression, position)
        if found is None or len(tokens) >= MOST_TOKENS:
            raise TemplateError("a placeholder is a name, or short arithmetic such as {a*90/b}")
        tokens.append(found.group(1))
        position = found.end()
    return Placeholder(tuple(_postfix(tokens)))


def _postfix(tokens: list[str]) -> list[str | Decimal]:
    """Operands before operators (Dijkstra's shunting yard), refusing what is not arithmetic."""
    output: list[str | Decimal] = []
    waiting: list[str] = []
    operand_expected = True
    for part in tokens:
        is_operand = part not in _PRECEDENCE and part not in "()"
        if operand_expected != (is_operand or part == "("):
            raise TemplateError("a placeholder is a name, or short arithmetic such as {a*90/b}")
        if is_operand:
            output.append(Decimal(part) if part[0].isdigit() else part)
        else:
            _operator(part, waiting, output)
        operand_expected = not is_operand and part != ")"
    if operand_expected or "(" in waiting:
        raise TemplateError("a placeholder is not complete")
    return output + waiting[::-1]


def _operator(sign: str, waiting: list[str], output: list[str | Decimal]) -> None:
    if sign == "(":
        waiting.append(sign)
        return
    floor = _PRECEDENCE.get(sign, 0)
    while waiting and waiting[-1] != "(" and _PRECEDENCE[waiting[-1]] >= floor:
        output.append(waiting.pop())
    if sign != ")":
        waiting.append(sign)
    elif not waiting:
        raise TemplateError("a bracket has no partner")
    else:
        waiting.pop()


def compute(placeholder: Placeholder, value_of: Callable[[str], Any]) -> Decimal | None:
    """The number of an arithmetic placeholder, or None when something is unknown or is divided by zero."""
    stack: list[Decimal] = []
    try:
        for step in placeholder.steps:
            if isinstance(step, Decimal):
                stack.append(step)
            elif step in _PRECEDENCE:
                right, left = stack.pop(), stack.pop()
                stack.append(_calculated(left, step, right))
            else:
                stack.append(Decimal(value_of(step)))
    except (InvalidOperation, ArithmeticError, TypeError, ValueError):
        return None
    return stack[0] if stack[0].is_finite() else None


def _calculated(left: Decimal, sign: str, right: Decimal) -> Decimal:
    if sign == "+":
        return left + right
    if sign == "-":
        return left - right
    return left * right if sign == "*" else left / right
