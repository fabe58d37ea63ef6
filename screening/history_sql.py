"""The one statement that reads a customer's profile and past, written from what the active rules and layers ask.

One aggregate with a FILTER per window, condition and grouping key, over one index scan per transaction. The text is
made of our own tree's nodes; whatever a rule's author wrote travels as parameters.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from screening.rules.aggregates import Aggregate
from screening.rules.nodes import (
    AllOf,
    AnyOf,
    Comparison,
    CountryList,
    FieldRef,
    Literal,
    Node,
    Not,
    Range,
    Values,
)
from screening.unconverted import reads_amount, whatever_amount

# Stored columns that a window may be filtered by, and their types.
COLUMNS: Final = {
    "direction": ("t.direction", "text"),
    "channel": ("t.channel", "text"),
    "type": ("t.type", "text"),
    "isCash": ("t.is_cash", "boolean"),
    "isCrossBorder": ("t.is_cross_border", "boolean"),
    "country": ("t.country", "text"),
    "currency": ("t.currency", "text"),
    "amount": ("t.base_amount", "numeric"),
}
# What a window may be grouped by or count the distinct values of: the stored column and the current value.
KEYS: Final = {
    "counterparty": ("t.counterparty_key", "i.counterparty_key"),
    "device": ("t.device_key", "i.device_key"),
    "ip": ("t.ip_key", "i.ip_key"),
    "country": ("t.country", "i.country"),
    "channel": ("t.channel", "i.channel"),
    "type": ("t.type", "i.type"),
}
_COMPARE: Final = {"==": "=", "!=": "<>", ">": ">", ">=": ">=", "<": "<", "<=": "<="}
_MONEY: Final = {"sum": "sum", "max": "max", "min": "min"}
# The current transactions, one row each; arrays in this order are the statement's first parameters.
INPUTS: Final = {
    "n": "int",
    "reference": "text",
    "occurred_at": "timestamptz",
    "key_hash": "uuid",
    "counterparty_key": "bigint",
    "device_key": "bigint",
    "ip_key": "bigint",
    "country": "text",
    "channel": "text",
    "type": "text",
}
_ARRAYS: Final = ", ".join(f"%s::{kind}[]" for kind in INPUTS.values())
# Without a time the transaction occurs when this statement runs: the customer's lock is held by then, so that payments
# which arrive at once see each other, whichever of them was read first.
_TAKEN: Final = {"occurred_at": "COALESCE(s.occurred_at, clock_timestamp()) AS occurred_at"}


@dataclass(frozen=True)
class HistoryStatement:
    """`rows_sql` takes the arrays of INPUTS, `row_sql` one value each; then both take `now`, the team, `constants`.

    `widths` says how many columns each aggregate has, in the order they were asked for (2 for an average).
    `unconverted` is asked only about who has amounts without a value in the team's currency.
    """

    row_sql: bytes
    rows_sql: bytes
    constants: tuple[Any, ...]
    widths: tuple[int, ...]
    unconverted: "UnconvertedStatement"


@dataclass(frozen=True)
class UnconvertedStatement:
    """For each of the aggregates at `positions` whether such an amount leaves it unknown, one column each.

    `sql` takes the arrays of INPUTS with every `occurred_at` known, then the team and `constants`.
    """

    sql: bytes
    constants: tuple[Any, ...]
    positions: tuple[int, ...]


def history_statement(asked: Sequence[Aggregate]) -> HistoryStatement:
    constants: list[Any] = []
    columns: list[str] = []
    widths: list[int] = []
    for aggregate in asked:
        made = _columns(aggregate, constants)
        columns += made
        widths.append(len(made))
    longest = max((aggregate.window_seconds for aggregate in asked), default=3_600)
    named = ", ".join(f"{column} AS a{position}" for position, column in enumerate(columns))
    values = ", ".join(f"%s::{kind}" for kind in INPUTS.values())
    # One row needs no order, and a plan without the sort starts sooner.
    row, rows = (
        " ".join(f"{_statement(source, named, longest)} {order}".split()).encode()
        for source, order in ((f"(VALUES ({values}))", ""), (f"unnest({_ARRAYS})", "ORDER BY i.n"))
    )
    return HistoryStatement(row, rows, tuple(constants), tuple(widths), _unconverted_statement(asked))


def _unconverted_statement(asked: Sequence[Aggregate]) -> UnconvertedStatement:
    constants: list[Any] = []
    positions = tuple(position for position, aggregate in enumerate(asked) if reads_amount(aggregate))
    concerned = [whatever_amount(asked[position]) for position in positions]
    longest = max((aggregate.window_seconds for aggregate in concerned), default=3_600)
    columns = [f"COALESCE(bool_or({_filter(aggregate, constants)}), false)" for aggregate in concerned]
    text = f"""
        SELECT {", ".join(columns)}
        FROM unnest({_ARRAYS}) AS i({", ".join(INPUTS)})
        CROSS JOIN (SELECT %s::uuid AS team) p
        JOIN screening_customer c ON c.team_id = p.team AND c.reference = i.reference
        LEFT JOIN screening_transaction t ON t.team_id = p.team AND t.customer_id = c.id
            AND t.base_amount IS NULL AND t.occurred_at <= i.occurred_at
            AND t.occurred_at > i.occurred_at - interval '{int(longest)} seconds'
        GROUP BY i.n ORDER BY i.n"""  # noqa: S608 - built from fixed fragments; see the module docstring
    return UnconvertedStatement(" ".join(text.split()).encode(), tuple(constants), positions)


def _statement(source: str, named: str, longest: int) -> str:
    taken = ", ".join(_TAKEN.get(name, f"s.{name}") for name in INPUTS)
    return f"""
        SELECT i.occurred_at, c.id, c.sealed_profile, c.kyc_status, c.kyc_tier, c.since, c.entity_type,
            c.home_country, c.risk_rating, c.is_pep, c.prior_alerts, c.prior_sars, c.open_case_id,
            k.body_hash, k.evaluation_id, k.held_until <= p.now,
            (SELECT t.occurred_at FROM screening_transaction t WHERE t.team_id = p.team AND t.customer_id = c.id
                AND t.occurred_at <= i.occurred_at ORDER BY t.occurred_at DESC LIMIT 1),
            c.first_at, c.profile_at,
            EXISTS (SELECT 1 FROM screening_transaction t WHERE t.team_id = p.team AND t.customer_id = c.id
                AND t.counterparty_key = i.counterparty_key AND t.occurred_at <= i.occurred_at),
            c.sealed_identity, c.open_alerts::text, h.*
        FROM (SELECT {taken} FROM {source} AS s({", ".join(INPUTS)})) i
        CROSS JOIN (SELECT %s::timestamptz AS now, %s::uuid AS team) p
        LEFT JOIN screening_customer c ON c.team_id = p.team AND c.reference = i.reference
        LEFT JOIN screening_idempotencykey k ON k.team_id = p.team AND k.key_hash = i.key_hash
        LEFT JOIN LATERAL (
            SELECT count(*) FILTER (WHERE t.base_amount IS NULL) > 0 AS unconverted{", " + named if named else ""}
            FROM screening_transaction t
            WHERE t.team_id = p.team AND t.customer_id = c.id AND t.occurred_at <= i.occurred_at
                AND t.occurred_at > i.occurred_at - interval '{int(longest)} seconds'
        ) h ON true"""  # noqa: S608 - built from fixed fragments; see the module docstring


def _columns(aggregate: Aggregate, constants: list[Any]) -> list[str]:
    """The aggregate's columns; appends the constants of each in the order of its placeholders."""
    if aggregate.function == "count":
        return [f"count(*) FILTER (WHERE {_filter(aggregate, constants)})"]
    if aggregate.function == "distinct":
        stored, current = KEYS[aggregate.of or ""]
        narrowed = _filter(aggregate, constants)
        return [f"count(DISTINCT {stored}) FILTER (WHERE {narrowed} AND {stored} IS DISTINCT FROM {current})"]
    if aggregate.function == "average":
        return [
            f"sum(t.base_amount) FILTER (WHERE {_filter(aggregate, constants)})",
            f"count(t.base_amount) FILTER (WHERE {_filter(aggregate, constants)})",
        ]
    return [f"{_MONEY[aggregate.function]}(t.base_amount) FILTER (WHERE {_filter(aggregate, constants)})"]


def _filter(aggregate: Aggregate, constants: list[Any]) -> str:
    parts = [f"t.occurred_at > i.occurred_at - interval '{int(aggregate.window_seconds)} seconds'"]
    for key in aggregate.group_by:
        stored, current = KEYS[key]
        parts.append(f"{stored} = {current}")
    if aggregate.where is not None:
        parts.append(_condition(aggregate.where, constants))
    return " AND ".join(parts)


def _condition(node: Node, constants: list[Any]) -> str:
    """SQL of a condition over stored columns; unknown values make it null, which a FILTER takes for false."""
    if isinstance(node, AllOf):
        return "(" + (" AND ".join(_condition(child, constants) for child in node.children) or "true") + ")"
    if isinstance(node, AnyOf):
        return "(" + (" OR ".join(_condition(child, constants) for child in node.children) or "false") + ")"
    if isinstance(node, Not):
        return f"(NOT {_condition(node.child, constants)})"
    return _comparison(node, constants)


def _comparison(node: Comparison, constants: list[Any]) -> str:
    if not isinstance(node.left, FieldRef):
        raise TypeError("a window is filtered by stored fields only")
    column, kind = COLUMNS[node.left.name]
    if node.left.times is not None:
        constants.append(node.left.times)
        column = f"({column} * %s::numeric)"
    right = node.right
    if isinstance(right, Range):
        constants.extend((right.low, right.high))
        return f"{column} BETWEEN %s::{kind} AND %s::{kind}"
    if isinstance(right, Values | CountryList):
        items = right.items if isinstance(right, Values) else sorted(right.countries)
        constants.append(list(items))
        membership = f"{column} = ANY (%s::{kind}[])"
        return membership if node.operator == "in" else f"NOT ({membership})"
    if not isinstance(right, Literal):
        raise TypeError("a window is filtered by constants only")
    value = right.value
    constants.append(value if not isinstance(value, Decimal) or kind == "numeric" else str(value))
    return f"{column} {_COMPARE[node.operator]} %s::{kind}"
