"""The statement over history, the compiled rule and what was decided live agree on the same stored payments."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from screening.as_decided import AsDecided, Reader
from screening.context import make_facts
from screening.counting import Counting
from screening.models import Evaluation, RuleVersion
from screening.rule_trials.back_test import Trial
from screening.rules.aggregates import matches
from screening.rules.compile import Slots, compile_rules
from screening.rules.parse import parse_rule
from screening.rules.rule import Rule
from screening.rules.sql import history_query
from screening.unconverted import may_count
from tests.cast import Bank, make_bank
from tests.evaluate.rules import add_rules, rule
from tests.rule_trials.past import evaluations, payments, send

FIRST, END = UUID(int=0), UUID(int=(1 << 128) - 1)
LISTS = {"fatf_call_for_action": frozenset({"KP", "IR"}), "nobody": frozenset()}

WHERE = st.sampled_from(
    [
        {"field": "direction", "operator": "==", "value": "credit"},
        {"field": "isCash", "operator": "==", "value": True},
        {"field": "amount", "operator": "<", "value": 1000},
        {"not": {"field": "amount", "operator": ">=", "value": 500}},
        {
            "any": [
                {"field": "country", "operator": "==", "value": "KP"},
                {"field": "isCrossBorder", "operator": "!=", "value": True},
            ]
        },
    ]
)
WINDOWS = st.sampled_from(["PT6H", "P1D", "P7D"])
AGGREGATES = st.one_of(
    st.fixed_dictionaries({"function": st.just("count"), "window": WINDOWS}, optional={"where": WHERE}),
    st.fixed_dictionaries(
        {
            "function": st.sampled_from(["sum", "average", "max", "min"]),
            "of": st.just("amount"),
            "window": WINDOWS,
        },
        optional={"where": WHERE},
    ),
    st.fixed_dictionaries(
        {
            "function": st.just("distinct"),
            "of": st.sampled_from(["counterparty", "device", "country"]),
            "window": WINDOWS,
        },
        optional={"where": WHERE},
    ),
)
ORDER = st.sampled_from(["==", "!=", ">", ">=", "<", "<="])
NUMBERS = st.sampled_from([0, 1, 2, 3, 5, 100, 500, "512.5", 1_000, 9_500])
NUMERIC = st.one_of(
    st.sampled_from(["amount", "hourOfDay", "daysSinceLastActivity"]).map(lambda name: {"field": name}),
    AGGREGATES.map(lambda one: {"aggregate": one}),
    AGGREGATES.map(lambda one: {"aggregate": one, "times": "1.5"}),
)


def comparison(left: Any, operator: Any, value: Any) -> Any:
    return st.builds(lambda a, b, c: {**a, "operator": b, "value": c}, left, operator, value)


def field(name: str) -> Any:
    return st.just({"field": name})


COMPARISONS = st.one_of(
    comparison(NUMERIC, ORDER, NUMBERS | NUMERIC),
    comparison(NUMERIC, st.just("between"), st.just([2, 1000])),
    comparison(NUMERIC, st.sampled_from(["in", "not_in"]), st.just([1, 2, 500])),
    comparison(
        field("channel"), st.sampled_from(["==", "!=", "contains", "match"]), st.sampled_from(["atm", "cash"])
    ),
    comparison(field("type"), st.sampled_from(["in", "not_in"]), st.just(["transfer", "cash_deposit"])),
    comparison(
        field("country"),
        st.sampled_from(["in", "not_in"]),
        st.sampled_from([{"list": "fatf_call_for_action"}, {"list": "nobody"}]),
    ),
    comparison(
        st.sampled_from(["isCash", "isCrossBorder", "isRoundAmount", "hasHistory", "isNewCounterparty"]).map(
            lambda name: {"field": name}
        ),
        st.sampled_from(["==", "!="]),
        st.booleans(),
    ),
    comparison(field("narration"), st.sampled_from(["contains", "=="]), st.sampled_from(["gift", "RENT"])),
    comparison(field("kycStatus"), st.just("=="), st.just("verified")),
)
TREES = st.recursive(
    COMPARISONS,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda some: {"all": some}),
        st.lists(inner, min_size=1, max_size=3).map(lambda some: {"any": some}),
        inner.map(lambda one: {"not": one}),
    ),
    max_leaves=5,
)
GROUPED = st.none() | st.sampled_from([["device"], ["counterparty"], ["country", "channel"]])


@pytest.fixture(scope="module")
def bank() -> Bank:
    bank = make_bank("Acme Bank", "us")
    send(bank, payments(90))
    return bank


class Remembered(dict[UUID, tuple[AsDecided, Any]]):
    """Every stored payment with its facts."""

    def __repr__(self) -> str:
        return f"{len(self)} payments"


@pytest.fixture(scope="module")
def decided(bank: Bank) -> Remembered:
    read = Reader(bank.team_facts("us")).read([one.id for one in evaluations(bank)])
    return Remembered(
        {identifier: (read[identifier], facts_of(read[identifier])) for identifier in sorted(read)}
    )


def facts_of(one: AsDecided) -> dict[str, Any]:
    then = one.evaluation
    return make_facts(one.transaction, then.profile, then.past, then.amount)


def parsed(conditions: Any, applies_when: Any = None, group_by: Any = None) -> Rule:
    document = {"code": "R", "name": "A rule", "scoreContribution": 50, "conditions": conditions}
    document |= {"appliesWhen": applies_when} if applies_when else {}
    if group_by and "aggregate" in str(conditions):
        document["groupBy"] = group_by
    return parse_rule(
        document, country_lists=LISTS, rule_id=str(UUID(int=7)), version=1, layer="custom_rules"
    )


def hits_by_definition(rule: Rule, decided: Remembered) -> set[UUID]:
    """Each payment judged by the compiled rule, its past counted one by one out of what is held in memory."""
    slots = Slots()
    compiled = compile_rules([rule], slots)
    counting = Counting.of(tuple(slots.aggregates))
    found: set[UUID] = set()
    earlier: list[tuple[AsDecided, Any]] = []
    for identifier, (one, facts) in decided.items():
        seen = [other for other in earlier if other[0].customer_id == one.customer_id]
        stored, unknown = Past(one, seen).numbers(slots.aggregates)
        numbers = counting.with_current(stored, unknown, one.transaction, facts)
        outcome = compiled.run(
            [facts.get(name) for name in slots.fields],
            [numbers[aggregate] for aggregate in slots.aggregates],
            one.evaluation.decided_at,
        )
        if outcome.triggered:
            found.add(identifier)
        earlier.append((one, facts))
    return found


class Past:
    """What the decision path would have read of a customer's earlier payments, counted in Python."""

    def __init__(self, one: AsDecided, earlier: list[tuple[AsDecided, Any]]) -> None:
        self.one = one
        self.earlier = [
            (other, facts)
            for other, facts in earlier
            if other.transaction.occurred_at <= one.transaction.occurred_at
        ]

    def numbers(self, aggregates: Any) -> tuple[list[Any], list[int]]:
        stored, unknown = [], []
        for position, aggregate in enumerate(aggregates):
            inside = [
                (other, facts)
                for other, facts in self.earlier
                if (self.one.transaction.occurred_at - other.transaction.occurred_at).total_seconds()
                < aggregate.window_seconds
                and all(KEY[key](other) == KEY[key](self.one) is not None for key in aggregate.group_by)
            ]
            stored.append(self._number(aggregate, inside))
            if any(facts["amount"] is None and may_count(aggregate, facts) for _, facts in inside):
                unknown.append(position)
        return stored, unknown

    def _number(self, aggregate: Any, inside: Any) -> Any:
        counted = [(other, facts) for other, facts in inside if matches(aggregate, facts)]
        if aggregate.function == "count":
            return len(counted)
        if aggregate.function == "distinct":
            own = KEY[aggregate.of](self.one)
            return len({KEY[aggregate.of](other) for other, _ in counted} - {None, own})
        amounts = [facts["amount"] for _, facts in counted if facts["amount"] is not None]
        if aggregate.function == "average":
            return (sum(amounts) if amounts else None, len(amounts))
        if not amounts:
            return None
        return {"sum": sum, "max": max, "min": min}[aggregate.function](amounts)


KEY: dict[str, Any] = {
    "counterparty": lambda one: one.transaction.counterparty.identity,
    "device": lambda one: one.transaction.device_id,
    "country": lambda one: one.transaction.country,
    "channel": lambda one: one.transaction.channel,
}


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(tree=TREES, applies_when=st.none() | COMPARISONS, group_by=GROUPED)
def test_the_statement_and_the_compiled_rule_find_the_same_hits(bank, decided, tree, applies_when, group_by):
    rule = parsed(tree, applies_when, group_by)
    wanted = hits_by_definition(rule, decided)
    trial = Trial(bank.team_facts("us"), rule)
    with bank.seeing("us"):
        found = trial.candidates(FIRST, END)
        result = trial.judge(FIRST, END)
    # What the statement is sure of is a hit, and no hit is missing from it.
    sure = {one for one, candidate in found.items() if candidate.variant is not None}
    if trial.query.is_complete:
        assert sure == wanted
    else:
        assert wanted <= set(found)
        assert trial.query.left_out
    assert result.hits == len(wanted)
    assert result.evaluated == 90


LIVE = [
    rule("PLAIN", {"field": "amount", "operator": ">=", "value": 500}),
    rule(
        "VELOCITY",
        {"aggregate": {"function": "count", "window": "P2D"}, "operator": ">=", "value": 3},
        scoreContribution=60,
    ),
    rule("WORDS", {"field": "narration", "operator": "contains", "value": "gift"}, action="review"),
    rule(
        "SHARED",
        {"aggregate": {"function": "sum", "of": "amount", "window": "P7D"}, "operator": ">", "value": 900},
        groupBy=["device"],
    ),
    rule(
        "KNOWN",
        {
            "all": [
                {"field": "isNewCounterparty", "operator": "==", "value": False},
                {"field": "daysSinceLastActivity", "operator": "<=", "value": 2},
            ]
        },
    ),
    rule("OLD", {"field": "customerAgeDays", "operator": ">=", "value": 4}),
]


def test_a_back_test_of_what_was_live_changes_nothing() -> None:
    bank = make_bank("Acme Bank", "us")
    add_rules(bank, "us", *LIVE)
    send(bank, payments(120, seed=5))
    with bank.seeing("us"):
        versions = {one.rule.code: one for one in RuleVersion.objects.select_related("rule")}
        for document in LIVE:
            version = versions[document["code"]]
            again = parse_rule(
                version.document,
                country_lists={},
                rule_id=str(version.rule_id),
                version=1,
                layer="custom_rules",
            )
            result = Trial(bank.team_facts("us"), again).judge(FIRST, END)
            live = Evaluation.objects.filter(hit_rules__contains=[version.rule_id]).count()
            assert (result.hits, result.hits_before) == (live, live), document["code"]
            assert live, document["code"]
            assert (result.added, result.removed, result.raised, result.lowered) == (0, 0, 0, 0), document[
                "code"
            ]


def test_what_the_text_leaves_out_is_named() -> None:
    trial = parsed(
        {
            "all": [
                {"field": "narration", "operator": "contains", "value": "x"},
                {"field": "amount", "operator": ">", "value": 1},
            ]
        }
    )
    assert history_query(trial).left_out == ("narration",)
