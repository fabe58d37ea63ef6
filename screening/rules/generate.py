"""One Python function for a group of rules, built node by node as a syntax tree.

It is the fast path: plain comparisons where every value is present, else the rule's own slow judge is called.
Nothing that a user wrote becomes source: constants and patterns are bound by position in the function's
namespace, and the only names in it are made here.
"""

import ast
from collections.abc import Callable, Sequence
from decimal import Decimal
from types import CodeType, FunctionType
from typing import Any, Final

from screening.rules.aggregates import MISSING_GROUPING_KEY
from screening.rules.fields import FIELDS
from screening.rules.judge import LETTERS, Judge
from screening.rules.kleene import READINGS, constant
from screening.rules.nodes import (
    AggregateRef,
    AllOf,
    Comparison,
    FieldRef,
    Literal,
    Node,
    Not,
    Range,
    Reference,
    references,
)
from screening.rules.rule import Rule
from screening.rules.slots import Slots

_COMPARE: Final[dict[str, ast.cmpop]] = {
    "==": ast.Eq(),
    "!=": ast.NotEq(),
    ">": ast.Gt(),
    ">=": ast.GtE(),
    "<": ast.Lt(),
    "<=": ast.LtE(),
    "in": ast.In(),
    "not_in": ast.NotIn(),
}
_PARAMETERS: Final = ("fields", "aggregates", "now", "states", "triggered", "errors")

# fields, aggregates, now, states (one letter a rule, written in place), triggered, errors
GroupFunction = Callable[
    [Sequence[Any], Sequence[Any], Any, bytearray, list[tuple[int, int]], dict[int, str]], None
]


def generate(rules: Sequence[Rule], judges: Sequence[Judge], slots: Slots) -> GroupFunction:
    """The function of a rule group; `judges` are the rules' slow paths, in the same order."""
    group = _Group(slots)
    statements = [group.rule(index, rule, judges[index]) for index, rule in enumerate(rules)]
    definition = ast.FunctionDef(
        name="run_group",
        args=ast.arguments(
            posonlyargs=[],
            args=[ast.arg(arg=name) for name in _PARAMETERS],
            kwonlyargs=[],
            kw_defaults=[],
            defaults=[],
        ),
        body=[*group.preamble, *statements, ast.Pass()],
        decorator_list=[],
    )
    module = ast.fix_missing_locations(ast.Module(body=[definition], type_ignores=[]))
    compiled = compile(module, "<rules>", "exec")
    code = next(part for part in compiled.co_consts if isinstance(part, CodeType))
    return FunctionType(code, group.namespace)


class _Group:
    """The function under construction: its constants and the values it loads before the first rule."""

    def __init__(self, slots: Slots) -> None:
        self.slots = slots
        self.preamble: list[ast.stmt] = []
        self.namespace: dict[str, Any] = {
            "__builtins__": {},
            "error_class": Exception,
            "missing_key": MISSING_GROUPING_KEY,
            "fail": _fail,
            **{f"as_{reading}": convert for reading, convert in READINGS.items()},
        }
        self._names_of_constants: dict[tuple[type, Any], str] = {}
        self._loaded: set[str] = set()

    def rule(self, index: int, rule: Rule, judge: Judge) -> ast.stmt:
        """One rule; whatever it raises stays its own."""
        handler = ast.ExceptHandler(
            type=_name("error_class"),
            name="error",
            body=[
                _call_statement("fail", ast.Constant(index), _name("error"), _name("states"), _name("errors"))
            ],
        )
        body = [self._from_bypass(index, rule, judge)]
        return ast.Try(body=body, handlers=[handler], orelse=[], finalbody=[])

    def _from_bypass(self, index: int, rule: Rule, judge: Judge) -> ast.stmt:
        rest = self._from_applies_when(index, rule, judge)
        if rule.bypassed_until is None or rule.layer == "regulatory":
            return rest
        bypassed = ast.Compare(_name("now"), [ast.Lt()], [self.constant(rule.bypassed_until)])
        return ast.If(bypassed, [_set_state(index, LETTERS.not_applicable)], [rest])

    def _from_applies_when(self, index: int, rule: Rule, judge: Judge) -> ast.stmt:
        rest = self._from_conditions(index, rule, judge)
        if rule.applies_when is None:
            return rest
        excluded = ast.UnaryOp(ast.Not(), self.expression(rule.applies_when))
        applies = ast.If(excluded, [_set_state(index, LETTERS.not_applicable)], [rest])
        return self._unless_missing([rule.applies_when], judge, applies)

    def _from_conditions(self, index: int, rule: Rule, judge: Judge) -> ast.stmt:
        chain: list[ast.stmt] = []
        for variant_index, conditions in reversed(list(enumerate(rule.alternatives))):
            hit = _call_statement("triggered.append", self.constant((index, variant_index)))
            chain = [ast.If(self.expression(conditions), [_set_state(index, LETTERS.triggered), hit], chain)]
        return self._unless_missing(rule.alternatives, judge, chain[0])

    def _unless_missing(self, trees: Sequence[Node], judge: Judge, otherwise: ast.stmt) -> ast.stmt:
        """The slow judge when any value that the trees read is missing, else the fast statement."""
        tests: dict[str, ast.expr] = {}
        for reference in (reference for tree in trees for reference in references(tree)):
            local = self.load(reference)
            tests[local] = ast.Compare(_name(local), [ast.Is()], [ast.Constant(None)])
            if isinstance(reference, AggregateRef) and reference.aggregate.group_by:
                tests[local + "?"] = ast.Compare(_name(local), [ast.Is()], [_name("missing_key")])
        arguments = (_name("fields"), _name("aggregates"), _name("states"), _name("triggered"))
        slow = _call_statement(self.constant(judge).id, *arguments)
        return ast.If(_joined(ast.Or(), list(tests.values())), [slow], [otherwise])

    def expression(self, node: Node) -> ast.expr:
        """A tree as an expression over loaded values, none of them missing."""
        if isinstance(node, Comparison):
            return self._comparison(node)
        if isinstance(node, Not):
            return ast.UnaryOp(ast.Not(), self.expression(node.child))
        joint = ast.And() if isinstance(node, AllOf) else ast.Or()
        return _joined(joint, [self.expression(child) for child in node.children])

    def _comparison(self, node: Comparison) -> ast.expr:
        left = self._value(node.left)
        if isinstance(node.right, FieldRef | AggregateRef):
            right: ast.expr = self._value(node.right)
        elif isinstance(node.right, Range):
            ends = [self._number(node.right.low, node.left), self._number(node.right.high, node.left)]
            return ast.Compare(ends[0], [ast.LtE(), ast.LtE()], [left, ends[1]])
        else:
            right = self._constant_side(node)
        if node.operator == "match":
            return ast.Call(right, [left], [])
        if node.operator == "contains":
            return ast.Compare(right, [ast.In()], [left])
        return ast.Compare(left, [_COMPARE[node.operator]], [right])

    def _constant_side(self, node: Comparison) -> ast.expr:
        if isinstance(node.right, Literal) and isinstance(node.right.value, Decimal):
            return self._number(node.right.value, node.left)
        reading = node.left.reading if isinstance(node.left, FieldRef) else "plain"
        return self.constant(constant(node.right, reading, node.operator))

    def _number(self, exact: Decimal, compared_with: Reference) -> ast.expr:
        """Whole numbers meet whole numbers, decimals meet decimals: mixed comparisons are slower."""
        whole = _is_integer(compared_with) and exact == exact.to_integral_value()
        return self.constant(int(exact) if whole else exact)

    def _value(self, reference: Reference) -> ast.expr:
        value = _name(self.load(reference))
        if reference.times is None:
            return value
        times = reference.times
        factor = int(times) if times == times.to_integral_value() else times
        return ast.BinOp(value, ast.Mult(), self.constant(factor))

    def load(self, reference: Reference) -> str:
        """The local variable that holds the value as it is read; loaded once for the whole group."""
        letter, source = ("f", "fields") if isinstance(reference, FieldRef) else ("a", "aggregates")
        index = self.slots.of(reference)
        local = f"{letter}{index}"
        if local not in self._loaded:
            self._assign(local, ast.Subscript(_name(source), ast.Constant(index), ast.Load()))
        if not isinstance(reference, FieldRef) or reference.reading == "plain":
            return local
        read = f"{local}_{reference.reading}"
        if read not in self._loaded:
            self._assign(read, ast.Call(_name(f"as_{reference.reading}"), [_name(local)], []))
        return read

    def _assign(self, local: str, value: ast.expr) -> None:
        self._loaded.add(local)
        self.preamble.append(ast.Assign([ast.Name(local, ast.Store())], value))

    def constant(self, value: Any) -> ast.Name:
        """A name in the function's namespace that holds the value."""
        key = (type(value), value)
        name = self._names_of_constants.setdefault(key, f"c{len(self._names_of_constants)}")
        self.namespace[name] = value
        return _name(name)


def _is_integer(reference: Reference) -> bool:
    if isinstance(reference, FieldRef):
        field = FIELDS.get(reference.name)
        return field is not None and field.type == "integer"
    return reference.aggregate.function in ("count", "distinct")


def _joined(joint: ast.boolop, parts: list[ast.expr]) -> ast.expr:
    return parts[0] if len(parts) == 1 else ast.BoolOp(joint, parts)


def _name(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())


def _set_state(index: int, letter: int) -> ast.stmt:
    place = ast.Subscript(_name("states"), ast.Constant(index), ast.Store())
    return ast.Assign([place], ast.Constant(letter))


def _call_statement(function: str, *arguments: ast.expr) -> ast.stmt:
    owner, _, method = function.partition(".")
    called: ast.expr = ast.Attribute(_name(owner), method, ast.Load()) if method else _name(owner)
    return ast.Expr(ast.Call(called, list(arguments), []))


def _fail(index: int, error: Exception, states: bytearray, errors: dict[int, str]) -> None:
    states[index] = LETTERS.failed
    errors[index] = type(error).__name__
