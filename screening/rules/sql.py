"""A rule over stored history as SQL, written from the same tree as the compiled function.

What a comparison reads may not be stored as a column (names, attributes, what the customer was like by then): there the
text says NULL, which in SQL's three-valued logic means what it means in a rule: unknown. So where the statement says
true or false, it is; only where it says neither, and something was left out, must the stored facts be asked.
The text is made of our own tree's nodes; whatever a rule's author wrote travels as parameters.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from screening.rules.aggregates import Aggregate
from screening.rules.nodes import (
    AggregateRef,
    AllOf,
    AnyOf,
    Comparison,
    CountryList,
    FieldRef,
    Literal,
    Node,
    Not,
    Range,
    Reference,
    Values,
    comparisons,
    references,
)
from screening.rules.rule import Rule
from screening.unconverted import reads_amount, whatever_amount

UNKNOWN: Final = "NULL::boolean"
# Fields that are columns of a stored transaction (`{0}` is its alias), with their types.
_COLUMNS: Final = {
    "amount": ("{0}.base_amount", "numeric"),
    "currency": ("{0}.currency", "text"),
    "direction": ("{0}.direction", "text"),
    "type": ("{0}.type", "text"),
    "channel": ("{0}.channel", "text"),
    "isCash": ("{0}.is_cash", "boolean"),
    "isCrossBorder": ("{0}.is_cross_border", "boolean"),
    "country": ("{0}.country", "text"),
    "hourOfDay": ("extract(hour FROM {0}.occurred_at AT TIME ZONE 'UTC')::numeric", "numeric"),
    "isRoundAmount": (
        "({0}.amount >= 100 AND {0}.amount = trunc({0}.amount) AND length(rtrim(trunc({0}.amount)::text, '0')) <= 2)",
        "boolean",
    ),
}
_EARLIER: Final = (
    "FROM screening_transaction p WHERE p.team_id = %(team)s AND p.customer_id = t.customer_id"
    " AND p.occurred_at <= t.occurred_at AND p.id < t.id"
)
_LAST_AT: Final = f"(SELECT p.occurred_at {_EARLIER} ORDER BY p.occurred_at DESC LIMIT 1)"
_SAME_COUNTERPARTY: Final = f"(SELECT 1 {_EARLIER} AND p.counterparty_key = t.counterparty_key)"
# Fields that follow from the customer's earlier transactions.
_OF_THE_PAST: Final = {
    "hasHistory": (f"({_LAST_AT} IS NOT NULL)", "boolean"),
    "daysSinceLastActivity": (
        f"floor(extract(epoch FROM t.occurred_at - {_LAST_AT}) / 86400)",
        "numeric",
    ),
    "isNewCounterparty": (
        f"(CASE WHEN t.counterparty_key IS NOT NULL THEN NOT EXISTS {_SAME_COUNTERPARTY} END)",
        "boolean",
    ),
}
_KEYS: Final = {
    "counterparty": "counterparty_key",
    "device": "device_key",
    "ip": "ip_key",
    "country": "country",
    "channel": "channel",
    "type": "type",
}
_COMPARE: Final = {"==": "=", "!=": "<>", ">": ">", ">=": ">=", "<": "<", "<=": "<="}
# A quotient keeps this many decimal places, far more than a rule's constants may have.
_ONE: Final = "1." + "0" * 28
_HISTORY: Final = """
    WITH wanted AS MATERIALIZED (
        SELECT e.id AS evaluation_id, t.* FROM screening_evaluation e
        JOIN screening_transaction t ON t.id = e.transaction_id AND t.organisation_id = e.organisation_id
        WHERE e.team_id = %(team)s AND e.id >= %(first)s AND e.id < %(end)s AND e.rescreens_id IS NULL
    ), narrowed AS MATERIALIZED (SELECT * FROM wanted t WHERE {narrowing} IS NOT FALSE)
    SELECT j.* FROM (
        SELECT t.evaluation_id, {applies} AS applies, {variants}{aggregates} FROM narrowed t {past}
    ) j WHERE (j.applies AND ({holds})) IS NOT FALSE ORDER BY j.evaluation_id"""


@dataclass(frozen=True)
class HistoryQuery:
    """One statement over the evaluations with ids from `first` to before `end` of a `team`, with those parameters
    besides `constants`. Rows that surely are no hits are left out.

    Each row: the evaluation's id, whether the rule applies, the verdict of each alternative in order, and the value of
    each of `aggregates`. `is_complete` says that nothing was left out of the text, so that null means unknown.
    """

    text: str
    constants: dict[str, Any]
    alternatives: int
    aggregates: tuple[Aggregate, ...]
    is_complete: bool
    left_out: tuple[str, ...]


def history_query(rule: Rule) -> HistoryQuery:
    asked = tuple(
        dict.fromkeys(
            reference.aggregate
            for tree in rule.trees
            for reference in references(tree)
            if isinstance(reference, AggregateRef)
        )
    )
    writer = _Writer(asked)
    applies = "true" if rule.applies_when is None else writer.node(rule.applies_when)
    variants = [writer.node(conditions) for conditions in rule.alternatives]
    plain = _Writer(asked, writer.constants, with_past=False)
    verdicts = [plain.node(conditions) for conditions in rule.alternatives]
    narrowing = f"({' OR '.join(verdicts)})"
    if rule.applies_when is not None:
        narrowing = f"({plain.node(rule.applies_when)} AND {narrowing})"
    columns = "".join(f", h.a{position}" for position in range(len(asked)))
    text = _HISTORY.format(
        narrowing=narrowing,
        applies=applies,
        variants=", ".join(f"{text} AS v{position}" for position, text in enumerate(variants)),
        holds=" OR ".join(f"j.v{position}" for position in range(len(variants))),
        aggregates=columns,
        past=_past(asked, writer),
    )
    left_out = tuple(dict.fromkeys(_left_out(rule)))
    return HistoryQuery(
        text=" ".join(text.split()),
        constants=writer.constants,
        alternatives=len(variants),
        aggregates=asked,
        is_complete=not left_out,
        left_out=left_out,
    )


def _left_out(rule: Rule) -> Iterator[str]:
    """The fields of comparisons that no column answers."""
    for tree in rule.trees:
        for comparison in comparisons(tree):
            if _is_stored(comparison):
                continue
            for side in (comparison.left, comparison.right):
                if isinstance(side, FieldRef):
                    yield side.name


def _is_stored(node: Comparison) -> bool:
    if node.operator in ("match", "contains"):
        return False
    sides = [side for side in (node.left, node.right) if isinstance(side, FieldRef)]
    return all(side.reading == "plain" and _known(side.name) for side in sides)


def _known(name: str) -> bool:
    return name in _COLUMNS or name in _OF_THE_PAST


@dataclass
class _Writer:
    """Writes nodes; `alias` is the transaction that is judged, `with_past` whether its past may be asked."""

    asked: tuple[Aggregate, ...] = ()
    constants: dict[str, Any] = field(default_factory=dict)
    alias: str = "t"
    with_past: bool = True

    def node(self, node: Node) -> str:
        if isinstance(node, AllOf):
            return "(" + (" AND ".join(self.node(child) for child in node.children) or "true") + ")"
        if isinstance(node, AnyOf):
            return "(" + (" OR ".join(self.node(child) for child in node.children) or "false") + ")"
        if isinstance(node, Not):
            return f"(NOT {self.node(node.child)})"
        return self._comparison(node)

    def constant(self, value: Any, kind: str) -> str:
        name = f"c{len(self.constants)}"
        self.constants[name] = value
        return f"%({name})s::{kind}"

    def _comparison(self, node: Comparison) -> str:
        sides = [side for side in (node.left, node.right) if isinstance(side, FieldRef | AggregateRef)]
        if not _is_stored(node) or not all(self._may_ask(side) for side in sides):
            return UNKNOWN
        left, kind = self._value(node.left)
        right = node.right
        if isinstance(right, FieldRef | AggregateRef):
            return f"({left} {_COMPARE[node.operator]} {self._value(right)[0]})"
        if isinstance(right, Range):
            return f"({left} BETWEEN {self.constant(right.low, kind)} AND {self.constant(right.high, kind)})"
        if isinstance(right, Values | CountryList):
            items = list(right.items) if isinstance(right, Values) else sorted(right.countries)
            found = f"{left} = ANY ({self.constant(items, kind + '[]')})"
            verdict = found if node.operator == "in" else f"NOT ({found})"
            # An unknown value is unknown, also against an empty list.
            return f"(CASE WHEN {left} IS NOT NULL THEN {verdict} END)"
        return f"({left} {_COMPARE[node.operator]} {self.constant(_plain(right), kind)})"

    def _may_ask(self, side: Reference) -> bool:
        return self.with_past or (isinstance(side, FieldRef) and side.name in _COLUMNS)

    def _value(self, side: Reference) -> tuple[str, str]:
        """The value of a side, and its type."""
        if isinstance(side, AggregateRef):
            text, kind = f"h.a{self.asked.index(side.aggregate)}", "numeric"
        elif side.name in _COLUMNS:
            column, kind = _COLUMNS[side.name]
            text = column.format(self.alias)
        else:
            text, kind = _OF_THE_PAST[side.name]
        if side.times is not None:
            text = f"({text} * {self.constant(side.times, 'numeric')})"
        return text, kind


def _plain(side: Any) -> Any:
    if not isinstance(side, Literal):
        raise TypeError("not a constant")
    return side.value


def _past(asked: tuple[Aggregate, ...], writer: _Writer) -> str:
    """The customer's transactions up to and with the one that is judged, as of the moment it was decided."""
    if not asked:
        return ""
    longest = max(aggregate.window_seconds for aggregate in asked)
    stored = _Writer(constants=writer.constants, alias="p", with_past=False)
    columns = ", ".join(f"{_aggregate(one, stored)} AS a{position}" for position, one in enumerate(asked))
    return f"""LEFT JOIN LATERAL (SELECT {columns} FROM screening_transaction p
        WHERE p.team_id = %(team)s AND p.customer_id = t.customer_id AND p.occurred_at <= t.occurred_at
        AND p.occurred_at > t.occurred_at - interval '{int(longest)} seconds' AND p.id <= t.id) h ON true"""  # noqa: S608 - our own text


def _aggregate(one: Aggregate, stored: _Writer) -> str:
    """As live: the stored ones, and the one that is judged where the filter takes it."""
    narrowed = _filter(one, stored)
    if one.function == "count":
        text = f"count(*) FILTER (WHERE {narrowed})"
    elif one.function == "distinct":
        key = _KEYS[one.of or ""]
        others = f"count(DISTINCT p.{key}) FILTER (WHERE {narrowed} AND p.{key} IS DISTINCT FROM t.{key})"
        own = f"bool_or(p.id = t.id AND p.{key} IS NOT NULL AND {_filter(one, stored)})"
        text = f"({others} + (CASE WHEN {own} THEN 1 ELSE 0 END))"
    elif one.function == "average":
        total = f"sum(p.base_amount) FILTER (WHERE {narrowed})"
        count = f"count(p.base_amount) FILTER (WHERE {_filter(one, stored)})"
        text = f"({total} * {_ONE} / NULLIF({count}, 0))"
    elif one.function == "sum":
        text = f"COALESCE(sum(p.base_amount) FILTER (WHERE {narrowed}), 0)"
    else:
        text = f"{one.function}(p.base_amount) FILTER (WHERE {narrowed})"
    return _where_known(one, text, stored)


def _where_known(one: Aggregate, text: str, stored: _Writer) -> str:
    """Null where the grouping key is missing, or where an amount without a value in the team's currency might count."""
    known = [f"t.{_KEYS[key]} IS NOT NULL" for key in one.group_by]
    if reads_amount(one):
        might = _filter(whatever_amount(one), stored)
        known.append(f"NOT COALESCE(bool_or(p.base_amount IS NULL AND {might}), false)")
    return f"(CASE WHEN {' AND '.join(known)} THEN {text} END)" if known else text


def _filter(one: Aggregate, stored: _Writer) -> str:
    parts = [f"p.occurred_at > t.occurred_at - interval '{int(one.window_seconds)} seconds'"]
    parts += [f"p.{_KEYS[key]} = t.{_KEYS[key]}" for key in one.group_by]
    if one.where is not None:
        parts.append(f"{stored.node(one.where)} IS TRUE")
    return " AND ".join(parts)


def as_read(value: Any, aggregate: Aggregate) -> Any:
    """A number from the statement as the compiled rules expect it."""
    if value is None or aggregate.is_money:
        return value
    return int(value) if isinstance(value, Decimal) else value
